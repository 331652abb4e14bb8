"""Reads what requests carry: JSON, form fields, the page of a list."""

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse

from rehearsal.clerk.errors import ClerkError, body_invalid


async def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object.

    Raises:
        ClerkError: It is something else.
    """
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        raise body_invalid() from None
    if not isinstance(body, dict):
        raise body_invalid()
    return body


async def form_fields(request: Request) -> dict[str, str]:
    """The body as form fields.

    Raises:
        ClerkError: It is of another content type.
    """
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if body and kind != "application/x-www-form-urlencoded":
        long = (
            f"Content-Type {kind} is unsupported. You should use application/x-www-form-urlencoded instead."
        )
        raise ClerkError(415, "unsupported_content_type", "Content-Type is unsupported", long)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def page(request: Request, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that `limit` and `offset` select.

    Raises:
        ClerkError: A parameter is no number or outside its bounds.
    """
    limit = _number(request, "limit", default=10, least=1, most=500)
    offset = _number(request, "offset", default=0, least=0, most=10**9)
    return rows[offset : offset + limit]


def _number(request: Request, name: str, *, default: int, least: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.isdigit() or not least <= int(text) <= most:
        long = f"{text} does not match one of the allowed values for parameter {name}"
        raise ClerkError(400, "invalid_query_parameter_value", "is invalid", long)
    return int(text)


def data_page(request: Request, rows: list[dict[str, Any]]) -> JSONResponse:
    """A page with the number of all rows, as the newer list endpoints answer."""
    return JSONResponse({"data": page(request, rows), "total_count": len(rows)})
