"""What a function's `updateRequestOrigin` makes of an origin."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rehearsal.edge.functions.runner import FunctionError
from rehearsal.edge.model import Origin

FORBIDDEN_ORIGIN_HEADERS = frozenset(
    {
        "cache-control",
        "connection",
        "content-length",
        "cookie",
        "host",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "max-forwards",
        "pragma",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "range",
        "request-range",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
        "x-real-ip",
    }
)
ORIGIN_KEYS = frozenset(
    {
        "domainName",
        "originPath",
        "customHeaders",
        "connectionAttempts",
        "originShield",
        "originAccessControlConfig",
        "timeouts",
        "customOriginConfig",
        "hostHeader",
        "sni",
        "allowedCertificateNames",
    }
)
TIMEOUTS = {
    "readTimeout": (1, 120),
    "responseCompletionTimeout": (1, 3600),
    "keepAliveTimeout": (1, 120),
    "connectionTimeout": (1, 10),
}
HOST_NAME = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*", re.IGNORECASE
)


def updated_origin(origin: Origin, update: Mapping[str, Any] | None) -> Origin:
    """The origin after `updateRequestOrigin`; what is not named is inherited.

    Args:
        origin: The behaviour's origin.
        update: The function's argument, or None.

    Raises:
        FunctionError: CloudFront would refuse the argument.
    """
    if update is None:
        return origin
    unknown = set(update) - ORIGIN_KEYS
    if unknown:
        raise _invalid(f"updateRequestOrigin does not take {', '.join(sorted(unknown))}")
    for key in ("domainName", "hostHeader", "sni"):
        if key in update and not (isinstance(update[key], str) and HOST_NAME.fullmatch(update[key])):
            raise _invalid(f"{key} must be a host name")
    path = update.get("originPath", origin.path)
    if not isinstance(path, str) or (path and (not path.startswith("/") or path.endswith("/"))):
        raise _invalid("originPath begins with a slash and does not end with one")
    timeouts = _timeouts(update.get("timeouts") or {})
    custom = update.get("customOriginConfig") or {}
    protocol = {"http": "http-only", "https": "https-only"}.get(custom.get("protocol", ""), origin.protocol)
    port = custom.get("port")
    return replace(
        origin,
        domain=str(update.get("domainName", origin.domain)).lower(),
        path=path,
        protocol=protocol,
        http_port=int(port) if port and protocol == "http-only" else origin.http_port,
        https_port=int(port) if port and protocol != "http-only" else origin.https_port,
        host_header=update.get("hostHeader", None if "domainName" in update else origin.host_header),
        headers=_origin_headers(update["customHeaders"]) if "customHeaders" in update else origin.headers,
        read_seconds=timeouts.get("readTimeout", origin.read_seconds),
        connect_seconds=timeouts.get("connectionTimeout", origin.connect_seconds),
    )


def _timeouts(timeouts: Any) -> dict[str, float]:
    if not isinstance(timeouts, dict) or set(timeouts) - set(TIMEOUTS):
        raise _invalid(f"timeouts takes {', '.join(TIMEOUTS)}")
    for key, value in timeouts.items():
        low, high = TIMEOUTS[key]
        if not isinstance(value, int) or not low <= value <= high:
            raise _invalid(f"{key} is a whole number of seconds from {low} to {high}")
    return {key: float(value) for key, value in timeouts.items()}


def _origin_headers(headers: Any) -> dict[str, str]:
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise _invalid("customHeaders is an object of strings")
    for name in headers:
        lower = name.lower()
        if lower in FORBIDDEN_ORIGIN_HEADERS or lower.startswith(("x-amz-", "x-edge-")):
            raise _invalid(f"customHeaders may not hold {name}")
    return dict(headers)


def _invalid(message: str) -> FunctionError:
    return FunctionError("validation", message)
