"""The event of a viewer-request function, and what may come of its answer."""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rehearsal.edge.functions.origin_update import updated_origin
from rehearsal.edge.functions.runner import FunctionError, Returned
from rehearsal.edge.model import Origin
from rehearsal.edge.request import Fields, Request

DISALLOWED = frozenset(
    {
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "trailer",
        "upgrade",
        "x-accel-buffering",
        "x-accel-charset",
        "x-accel-limit-rate",
        "x-accel-redirect",
        "x-amzn-auth",
        "x-amzn-cf-billing",
        "x-amzn-cf-id",
        "x-amzn-cf-xff",
        "x-amzn-errortype",
        "x-amzn-fle-profile",
        "x-amzn-header-count",
        "x-amzn-header-order",
        "x-amzn-lambda-integration-tag",
        "x-amzn-requestid",
        "x-cache",
        "x-forwarded-proto",
        "x-real-ip",
    }
)
DISALLOWED_PREFIXES = ("x-amz-cf-", "x-edge-")
READ_ONLY = frozenset({"content-length", "host", "transfer-encoding", "via"})
GENERATED_BYTES = 40 * 1024
TOKEN = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")


@dataclass(frozen=True, kw_only=True)
class Generated:
    """A response that the function made itself.

    Args:
        status: Its status.
        fields: Its header fields, lower-case names.
        body: Its body.
    """

    status: int
    fields: Fields
    body: bytes


def hidden(name: str) -> bool:
    """Whether functions neither see nor may set a header; lower-case."""
    return name in DISALLOWED or name.startswith(DISALLOWED_PREFIXES)


def event_of(request: Request, *, distribution: str, domain: str, identity: str) -> dict[str, Any]:
    """CloudFront's event, version 1.0.

    Args:
        request: The viewer's request.
        distribution: The distribution's id.
        domain: Its name under cloudfront.net.
        identity: The request's id.
    """
    seen = [(name, value) for name, value in request.fields if not hidden(name) and name != "cookie"]
    return {
        "version": "1.0",
        "context": {
            "distributionDomainName": domain,
            "distributionId": distribution,
            "eventType": "viewer-request",
            "requestId": identity,
        },
        "viewer": {"ip": request.address},
        "request": {
            "method": request.method,
            "uri": request.path,
            "querystring": _values(_parameters(request)),
            "headers": _values(seen),
            "cookies": _values(request.cookies),
        },
    }


def apply(
    returned: Returned, *, request: Request, event: Mapping[str, Any], origin: Origin
) -> tuple[Request, Origin] | Generated:
    """What the function's answer means.

    Args:
        returned: The answer.
        request: The request that the function saw.
        event: The event that it was given.
        origin: The behaviour's origin.

    Raises:
        FunctionError: The answer is one that CloudFront refuses.
    """
    value = returned.value
    if not isinstance(value, dict):
        raise _invalid("the function returned neither a request nor a response")
    if "statusCode" in value:
        return _generated(value)
    original = event["request"]
    if value.get("method") != original["method"]:
        raise _invalid("the method is read-only")
    uri = value.get("uri")
    if not isinstance(uri, str) or not uri.startswith("/") or re.search(r"[?#\s\x00-\x1f\x7f]", uri):
        raise _invalid("uri must be a path that begins with a slash, without a query")
    changed = replace(
        request,
        path=uri,
        query=_query(value.get("querystring"), original["querystring"], request),
        fields=_request_fields(value, original, request),
    )
    return changed, updated_origin(origin, returned.origin)


def _request_fields(value: Mapping[str, Any], original: Mapping[str, Any], request: Request) -> Fields:
    headers = value.get("headers")
    if not isinstance(headers, dict):
        raise _invalid("headers must be an object")
    before: dict[str, Any] = original["headers"]
    for name in READ_ONLY:
        if headers.get(name) != before.get(name):
            raise _invalid(f"the header {name} is read-only")
    cookies = value.get("cookies")
    same_cookies = cookies == original["cookies"]
    kept = [
        (name, content)
        for name, content in request.fields
        if hidden(name)
        or (same_cookies if name == "cookie" else name in headers and headers[name] == before.get(name))
    ]
    fresh = {name: content for name, content in headers.items() if content != before.get(name)}
    for name, content in fresh.items():
        kept += [(name, single) for single in _header_values(name, content)]
    if not same_cookies and isinstance(cookies, dict) and cookies:
        pairs = [f"{name}={single}" for name, item in cookies.items() for single in _singles(name, item)]
        kept.append(("cookie", "; ".join(pairs)))
    return tuple(kept)


def _header_values(name: str, content: Any) -> list[str]:
    if not TOKEN.fullmatch(name):
        raise _invalid(f"the header name {name!r} must be lower-case letters, digits and dashes")
    if hidden(name) or name == "cookie":
        raise _invalid(f"a function may not set the header {name}")
    values = _singles(name, content)
    if any(re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value) for value in values):
        raise _invalid(f"the header {name} holds a control character")
    if any(not value.isascii() for value in values):
        raise _invalid(f"the header {name} holds a character outside ASCII")
    return values


def _singles(name: str, item: Any) -> list[str]:
    several = item.get("multiValue") if isinstance(item, dict) else None
    entries = several if isinstance(several, list) and several else [item]
    values = [entry.get("value") if isinstance(entry, dict) else None for entry in entries]
    if not all(isinstance(value, str) for value in values):
        raise _invalid(f"{name} must be an object with a string as its value")
    return [str(value) for value in values]


def _query(value: Any, before: Mapping[str, Any], request: Request) -> str:
    if value == before:
        return request.query
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        raise _invalid("querystring must be an object")
    return "&".join(f"{name}={single}" for name, item in value.items() for single in _singles(name, item))


def _generated(value: Mapping[str, Any]) -> Generated:
    status = value["statusCode"]
    if not isinstance(status, int) or not 200 <= status <= 599:
        raise _invalid("statusCode is a number from 200 to 599")
    headers = value.get("headers", {})
    if not isinstance(headers, dict):
        raise _invalid("headers must be an object")
    fields: list[tuple[str, str]] = []
    for name, content in headers.items():
        if name in READ_ONLY:
            raise _invalid(f"the header {name} is read-only")
        fields += [(name, single) for single in _header_values(name, content)]
    for name, cookie in (value.get("cookies") or {}).items():
        attributes = cookie.get("attributes") if isinstance(cookie, dict) else None
        ending = f"; {attributes}" if attributes else ""
        fields += [("set-cookie", f"{name}={single}{ending}") for single in _singles(name, cookie)]
    body = _body(value.get("body"))
    if len(body) + sum(len(name) + len(content) for name, content in fields) > GENERATED_BYTES:
        raise _invalid(f"a generated response is at most {GENERATED_BYTES} bytes")
    return Generated(status=status, fields=tuple(fields), body=body)


def _body(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, dict) and isinstance(body.get("data"), str):
        if body.get("encoding") == "text":
            return str(body["data"]).encode()
        if body.get("encoding") == "base64":
            try:
                return base64.b64decode(body["data"], validate=True)
            except binascii.Error:
                raise _invalid("the body is not base64") from None
    raise _invalid("body is a string, or {encoding: 'text' or 'base64', data: a string}")


def _parameters(request: Request) -> list[tuple[str, str]]:
    return [(name, part.partition("=")[2]) for name, part in request.parameters]


def _values(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    collected: dict[str, list[str]] = {}
    for name, value in pairs:
        collected.setdefault(name, []).append(value)
    return {
        name: {"value": values[0]}
        if len(values) == 1
        else {"value": values[0], "multiValue": [{"value": value} for value in values]}
        for name, values in collected.items()
    }


def _invalid(message: str) -> FunctionError:
    return FunctionError("validation", message)
