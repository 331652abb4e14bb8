"""What to say about a name that the contract does not know."""

import difflib
import re
from collections.abc import Collection
from typing import Final

from clerk_deploy.environment.variable import Finding
from clerk_deploy.secret_value import secret_shape

_SHOWABLE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_SECRET_WORD: Final = re.compile(r"SECRET|PASSWORD|PRIVATE|CREDENTIAL")

SET_BY_DEPLOYMENT: Final = ("CLERK_DEPLOY_", "RELEASE_")
SET_BY_HOST: Final = frozenset({"NODE_ENV", "PORT", "HOSTNAME", "PATH", "NODE_OPTIONS"})


def is_secret_under_public_name(name: str) -> bool:
    """Whether a name promises a secret, yet its value would be inlined into the pages."""
    return name.startswith("NEXT_PUBLIC_") and bool(_SECRET_WORD.search(name))


def is_showable(name: str, known: Collection[str]) -> bool:
    """Whether what stands before the `=` may be repeated: a piece of a torn secret must not be."""
    if secret_shape(name):
        return False
    return bool(_SHOWABLE.fullmatch(name)) or _meant(name, known) is not None


def unknown_name(name: str, *, known: Collection[str], environment: str) -> Finding:
    """Why a name is refused, and what was probably meant.

    Args:
        name: As written.
        known: Names of the contract.
        environment: The environment's name, for the path in the settings.
    """
    declare = f"declare it under environments.{environment}.variables in cdk.json"
    if name == "CLERK_API_URL":
        return Finding(
            expected="the guide's name of it is CLERK_BACKEND_API_URL; the app gets it under both",
            next_step="write CLERK_BACKEND_API_URL, or leave it out for https://api.clerk.com",
        )
    if name.startswith(SET_BY_DEPLOYMENT):
        return Finding(expected="the deployment sets it by itself", next_step="remove the line")
    if name in SET_BY_HOST:
        return Finding(expected="the host sets it by itself", next_step="remove the line")
    if name.startswith("AWS"):
        return Finding(
            expected="names that begin with AWS are AWS's own, and Amplify refuses them",
            next_step="remove the line, or rename the variable and declare it in cdk.json",
        )
    if is_secret_under_public_name(name):
        return Finding(
            expected="this name promises a secret, and every NEXT_PUBLIC_ value is built into the pages",
            next_step="remove the line, or name it without NEXT_PUBLIC_ and " + declare + " as secret",
        )
    if meant := _meant(name, known):
        return Finding(
            expected=f"it is not in the contract; {meant} is, and looks alike",
            next_step=f"rename it to {meant}; if it is another, {declare}",
        )
    return Finding(expected="it is not in the contract", next_step=f"remove the line, or {declare}")


def _meant(name: str, known: Collection[str]) -> str | None:
    return next(iter(difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.82)), None)
