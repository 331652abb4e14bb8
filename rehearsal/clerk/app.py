"""Clerk in one ASGI app: dispatches by host name."""

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from rehearsal.clerk.backend_api import ROUTES as BACKEND_ROUTES
from rehearsal.clerk.backend_api import create_backend_api
from rehearsal.clerk.frontend_api import create_frontend_api
from rehearsal.clerk.frontend_call import LOOPBACK, host_of
from rehearsal.clerk.providers import create_providers
from rehearsal.clerk.social import PROVIDERS
from rehearsal.clerk.state import BACKEND_HOST, PROXY_TARGET_HOST, Clerk

BACKEND_PATHS = tuple({"/v1/" + path.split("/")[2] for _, path, _ in BACKEND_ROUTES})


class ByHost:
    """Dispatches to the Backend API, the Frontend API or a social provider.

    On loopback names both APIs answer, since their paths do not overlap.
    """

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk
        self._backend = create_backend_api(clerk)
        self._frontend = create_frontend_api(clerk)
        self._providers = create_providers(clerk.providers)

    def _app(self, host: str, path: str) -> ASGIApp:
        if host == BACKEND_HOST:
            return self._backend
        if host == PROXY_TARGET_HOST or self._clerk.by_host(host):
            return self._frontend
        if any(host == provider.host for provider in PROVIDERS.values()):
            return self._providers
        if host in LOOPBACK:
            return self._backend if path.startswith(BACKEND_PATHS) else self._frontend
        return PlainTextResponse(f"Clerk's stand-in serves no host {host}\n", 421)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        host = host_of(Headers(scope=scope))
        await self._app(host, scope["path"])(scope, receive, send)


def create_app(clerk: Clerk) -> Starlette:
    """Clerk as one app: api.clerk.com, every instance's Frontend API, and the social providers.

    Args:
        clerk: The state, which stays changeable while the app runs.
    """
    return Starlette(routes=[Mount("/", app=ByHost(clerk))])
