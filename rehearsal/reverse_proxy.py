"""A reverse proxy to servers on loopback, chosen by the Host header."""

from collections.abc import AsyncIterator, Callable

import httpx
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

RESPONSE_SECONDS = 30.0
HOP_BY_HOP = {b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"te", b"trailer"}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_reverse_proxy(port_of: Callable[[str], int | None], *, pass_host: bool) -> Starlette:
    """The application.

    Args:
        port_of: The port on loopback for a host name, or None where nothing answers.
        pass_host: Whether the server sees the host name that was asked for, or an internal one.
    """
    client = httpx.AsyncClient(
        timeout=httpx.Timeout(RESPONSE_SECONDS, connect=5.0, pool=RESPONSE_SECONDS),
        limits=httpx.Limits(max_connections=200, max_keepalive_connections=50),
        trust_env=False,
    )
    dropped = HOP_BY_HOP if pass_host else HOP_BY_HOP | {b"host"}

    async def forward(request: Request) -> Response:
        port = port_of(request.headers.get("host", "").split(":")[0])
        if port is None:
            return PlainTextResponse("404: no deployment on this domain\n", status_code=404)
        outgoing = client.build_request(
            request.method,
            httpx.URL(scheme="http", host="127.0.0.1", port=port, raw_path=_target(request)),
            headers=[(name, value) for name, value in request.headers.raw if name not in dropped],
            content=_body(request),
        )
        try:
            answer = await client.send(outgoing, stream=True)
        except httpx.TimeoutException:
            return PlainTextResponse(f"504: no answer in {RESPONSE_SECONDS:.0f} s\n", status_code=504)
        except httpx.TransportError as error:
            return PlainTextResponse(f"502: {type(error).__name__}\n", status_code=502)
        response = StreamingResponse(
            answer.aiter_raw(), status_code=answer.status_code, background=BackgroundTask(answer.aclose)
        )
        response.raw_headers = [
            (name.lower(), value) for name, value in answer.headers.raw if name.lower() not in HOP_BY_HOP
        ]
        return response

    return Starlette(routes=[Route("/{path:path}", forward, methods=METHODS)])


def _target(request: Request) -> bytes:
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query: bytes = request.scope["query_string"]
    return raw.split(b"?")[0] + (b"?" + query if query else b"")


def _body(request: Request) -> AsyncIterator[bytes] | None:
    has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
    return request.stream() if has_body else None
