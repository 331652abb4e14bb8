"""The backend's app: routes, CORS, and the headers of every answer."""

from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rehearsal.backend.access import Refusal, answer_refusal, endpoint
from rehearsal.backend.documents import DOCUMENT_ROUTES
from rehearsal.backend.state import Backend

METHODS = ["GET", "POST", "DELETE"]
REQUEST_HEADERS = ["Authorization", "Content-Type", "X-Tenant-ID"]


class Edge:
    """CORS for the application's origins, and headers that keep answers out of caches."""

    def __init__(self, app: ASGIApp, backend: Backend) -> None:
        self._backend = backend
        self._strict = CORSMiddleware(
            app,
            allow_origins=backend.origins,
            allow_methods=METHODS,
            allow_headers=REQUEST_HEADERS,
            expose_headers=["Retry-After"],
        )
        self._broken = CORSMiddleware(
            app, allow_origins=["*"], allow_methods=METHODS, allow_headers=["*"], allow_credentials=True
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""

        async def private(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["cache-control"] = "private, no-store"
                headers["x-content-type-options"] = "nosniff"
            await send(message)

        app = self._broken if self._backend.breakage.cors_any_origin else self._strict
        await app(scope, receive, private)


async def _other(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    codes = {404: "not_found", 405: "method_not_allowed"}
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else None
    return JSONResponse({"error": codes.get(status, "internal")}, status, headers=headers)


def create_app(backend: Backend) -> Starlette:
    """The backend as one app.

    Args:
        backend: The state, which stays changeable while the app runs.
    """

    async def health(_: Request) -> Response:
        down = backend.breakage.down
        return JSONResponse({"status": "fail" if down else "ok"}, 503 if down else 200)

    handlers: dict[Any, Any] = {Refusal: answer_refusal, HTTPException: _other}
    routes = [
        Route("/health", health),
        *(Route(path, endpoint(backend, handler), methods=[way]) for way, path, handler in DOCUMENT_ROUTES),
    ]
    app = Starlette(routes=routes, exception_handlers=handlers)
    return Starlette(routes=[Mount("/", app=Edge(app, backend))])
