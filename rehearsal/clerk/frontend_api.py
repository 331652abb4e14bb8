"""The Frontend API: clerk.yourapp.com, as native clients and the browsers of production instances use it."""

from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from rehearsal.clerk import (
    frontend_handshake,
    frontend_public,
    frontend_sessions,
    frontend_sign_in,
    frontend_sign_up,
    frontend_social,
)
from rehearsal.clerk.bodies import form_fields
from rehearsal.clerk.browser import CrossOrigin
from rehearsal.clerk.errors import ClerkError, answer_error
from rehearsal.clerk.frontend_call import Handler, by_client, instance_of, public
from rehearsal.clerk.guard import Guarded
from rehearsal.clerk.packages import create_packages
from rehearsal.clerk.state import Clerk
from rehearsal.clerk.switches import Fault

PUBLIC: list[tuple[str, str, Handler]] = [
    ("GET", "/.well-known/jwks.json", frontend_public.jwks),
    ("GET", "/v1/health", frontend_public.health),
    ("GET", "/v1/environment", frontend_public.environment),
    ("PATCH", "/v1/environment", frontend_public.environment),
    ("GET", "/v1/oauth_callback", frontend_social.callback),
]
BY_CLIENT: list[tuple[str, str, Handler]] = [
    ("GET", "/v1/client", frontend_sessions.get_client),
    ("PUT", "/v1/client", frontend_sessions.create_client),
    ("GET", "/v1/client/handshake", frontend_handshake.handshake),
    ("POST", "/v1/client/sign_ins", frontend_sign_in.create_sign_in),
    ("POST", "/v1/client/sign_ins/{id}/attempt_first_factor", frontend_sign_in.attempt_first_factor),
    ("GET", "/v1/client/sign_ins/{id}", frontend_social.get_sign_in),
    ("POST", "/v1/client/sign_ups", frontend_sign_up.create_sign_up),
    ("DELETE", "/v1/client/sessions", frontend_sessions.remove_all_sessions),
    ("POST", "/v1/client/sessions/{id}/tokens", frontend_sessions.create_token),
    ("POST", "/v1/client/sessions/{id}/touch", frontend_sessions.touch_session),
    ("POST", "/v1/client/sessions/{id}/remove", frontend_sessions.remove_session),
    ("POST", "/v1/client/sessions/{id}/end", frontend_sessions.end_session),
]


class MethodInQuery:
    """Clerk's clients send DELETE as POST with `_method=DELETE`, to spare browsers a preflight."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        wanted = parse_qs(scope["query_string"].decode("latin-1")).get("_method", [""])[0].upper()
        if scope["method"] == "POST" and wanted in ("DELETE", "PATCH", "PUT"):
            scope = {**scope, "method": wanted}
        await self._app(scope, receive, send)


async def _callback_by_post(request: Request) -> Response:
    """POST /v1/oauth_callback: some providers post; the answer is the GET with the same parameters."""
    fields = await form_fields(request)
    return RedirectResponse(request.url.replace_query_params(**fields), 303)


async def _unknown(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return ClerkError(status, "resource_not_found", "not found", "Resource not found").answer()


def create_frontend_api(clerk: Clerk) -> ASGIApp:
    """The Frontend API of all instances; the host or the proxy URL tells which."""

    def fault(headers: Headers) -> Fault | None:
        instance = instance_of(clerk, headers)
        return instance.behaviour.frontend_api if instance else None

    routes = [
        *(Route(path, public(clerk, handler), methods=[method]) for method, path, handler in PUBLIC),
        *(Route(path, by_client(clerk, handler), methods=[method]) for method, path, handler in BY_CLIENT),
        Route("/v1/oauth_callback", _callback_by_post, methods=["POST"]),
        create_packages(clerk.packages),
    ]
    handlers: dict[Any, Any] = {ClerkError: answer_error, HTTPException: _unknown}
    app = Starlette(routes=routes, exception_handlers=handlers)

    def site(headers: Headers) -> str | None:
        instance = instance_of(clerk, headers)
        return instance.site if instance and instance.production else None

    return CrossOrigin(Guarded(MethodInQuery(app), clerk=clerk, api="frontend", fault=fault), site=site)
