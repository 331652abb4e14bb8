"""The check of a public HTTPS address."""

import re
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from clerk_deploy.environment.keys import HOST
from clerk_deploy.environment.variable import Check, Finding


def https_address(*, path_allowed: bool, example: str) -> Check:
    """A check of a public HTTPS address.

    Args:
        path_allowed: Whether something may stand behind the host and port.
        example: A right one, for the message.
    """

    def check(value: str) -> Finding | None:
        reason = _address_mistake(value, path_allowed=path_allowed)
        if reason is None:
            return None
        return Finding(expected=f"it must be an address such as {example}; {reason}", next_step="correct it")

    return check


def _address_mistake(value: str, *, path_allowed: bool) -> str | None:
    parts = _split(value)
    if isinstance(parts, str):
        return parts
    host = parts.hostname or ""
    mistakes: tuple[tuple[Callable[[], bool], str], ...] = (
        (lambda: parts.scheme != "https", "it must begin with https://"),
        (lambda: "@" in parts.netloc, "it must not hold a user or password"),
        (lambda: "?" in value or "#" in value, "it must end before any ? or #"),
        (lambda: parts.netloc != parts.netloc.lower(), "its host must be in lower case"),
        (
            lambda: host == "localhost" or host.endswith(".localhost"),
            "users cannot reach this machine",
        ),
        (lambda: not HOST.fullmatch(host), "its host must be a public name with a dot, no number"),
        (lambda: value.endswith("/"), "it must not end with a slash: paths are appended to it"),
        (lambda: bool(parts.path) and not path_allowed, "nothing may follow the host"),
        (
            lambda: not re.fullmatch(r"[\w./~%+-]*", parts.path, re.ASCII),
            "its path has a character to be encoded",
        ),
        (
            lambda: "//" in parts.path or "/../" in f"{parts.path}/",
            "its path must be without // and ..",
        ),
    )
    return next((reason for wrong, reason in mistakes if wrong()), None)


def _split(value: str) -> SplitResult | str:
    if re.search(r"\s", value):
        return "it must not hold a space"
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return "its host or port cannot be read"
    if port == 0 or parts.netloc.endswith(":"):
        return "its port cannot be read"
    return parts
