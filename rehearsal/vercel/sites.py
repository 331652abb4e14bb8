"""What answers on the deployments' own names and on the projects' domains."""

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from rehearsal.reverse_proxy import create_reverse_proxy
from rehearsal.vercel.state import Vercel

BYPASS_HEADER = "x-vercel-protection-bypass"


def create_sites(vercel: Vercel) -> ASGIApp:
    """The application that serves every deployment, found by the Host header."""

    def port_of(host: str) -> int | None:
        made = vercel.serving(host)
        return made.port if made and made.port else None

    proxy = create_reverse_proxy(port_of, pass_host=True)

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            host = headers.get("host", "").split(":")[0]
            if not vercel.is_open(host, headers.get(BYPASS_HEADER, "")):
                page = HTMLResponse("<!doctype html><title>Authentication Required</title>", 401)
                await page(scope, receive, send)
                return
        await proxy(scope, receive, send)

    return guarded
