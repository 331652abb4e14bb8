"""What answers on the branches' default domains: the branch's server, found by the Host header."""

import httpx
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from rehearsal.aws.amplify.compute import Compute

RESPONSE_SECONDS = 30.0
HOP_BY_HOP = {b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"te", b"trailer", b"host"}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_sites(compute: Compute) -> Starlette:
    """The application that serves every branch."""
    client = httpx.AsyncClient(
        timeout=httpx.Timeout(RESPONSE_SECONDS, connect=5.0),
        limits=httpx.Limits(max_connections=200, max_keepalive_connections=50),
        trust_env=False,
    )

    async def forward(request: Request) -> Response:
        site = compute.sites.get(request.headers.get("host", "").split(":")[0])
        if site is None:
            return PlainTextResponse("404: no deployment on this domain\n", status_code=404)
        # The app sees an internal host name, as it may on Amplify (amplify-hosting#3686).
        url = httpx.URL(scheme="http", host="127.0.0.1", port=site.port, raw_path=_target(request))
        headers = [(name, value) for name, value in request.headers.raw if name not in HOP_BY_HOP]
        outgoing = client.build_request(request.method, url, headers=headers, content=_body(request))
        try:
            answer = await client.send(outgoing, stream=True)
        except httpx.TimeoutException:
            return PlainTextResponse("504: the server took longer than 30 s\n", status_code=504)
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


def _body(request: Request) -> object:
    has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
    return request.stream() if has_body else None
