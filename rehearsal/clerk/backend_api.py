"""The Backend API: api.clerk.com, with a secret key as Bearer token."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from rehearsal.clerk import shapes
from rehearsal.clerk.backend_organizations import ORGANIZATION_ROUTES
from rehearsal.clerk.backend_users import USER_ROUTES
from rehearsal.clerk.bodies import json_object
from rehearsal.clerk.errors import (
    ClerkError,
    answer_error,
    key_invalid,
    not_found,
    organization_not_found,
    parameter_invalid,
    parameter_missing,
    too_many_requests,
)
from rehearsal.clerk.guard import Guarded
from rehearsal.clerk.instance import Instance
from rehearsal.clerk.keys import new_id
from rehearsal.clerk.state import Clerk
from rehearsal.clerk.switches import Fault
from rehearsal.clerk.tokens import new_ticket

Handler = Callable[[Instance, Request], Awaitable[Response]]

THIRTY_DAYS = 30 * 24 * 3600
UNLIMITED = "/v1/jwks"
"""The one path that Clerk documents as not limited."""


def _bearer(headers: Headers) -> str | None:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if scheme == "Bearer" and value.strip() else None


def _endpoint(clerk: Clerk, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Authenticates, counts, then lets the handler answer."""

    async def answer(request: Request) -> Response:
        key = _bearer(request.headers)
        if key is None:
            raise ClerkError(
                401,
                "authorization_header_format_invalid",
                "Invalid Authorization header format",
                "Invalid Authorization header format. Must be 'Bearer <YOUR_API_KEY>'",
            )
        instance = clerk.by_secret_key(key)
        if instance is None:
            raise key_invalid()
        if instance.behaviour.rate_limits and request.url.path != UNLIMITED:
            retry_after = instance.backend_limit.retry_after(instance.id)
            if retry_after is not None:
                raise too_many_requests(retry_after)
        return await handler(instance, request)

    return answer


async def jwks(instance: Instance, _: Request) -> Response:
    """GET /v1/jwks."""
    return JSONResponse(instance.signing.jwks())


async def instance_settings(instance: Instance, _: Request) -> Response:
    """GET /v1/instance."""
    return JSONResponse(
        {
            "object": "instance",
            "id": instance.id,
            "environment_type": "production" if instance.production else "development",
            "allowed_origins": None,
            "workspace_id": None,
        }
    )


async def domains(instance: Instance, _: Request) -> Response:
    """GET /v1/domains: the primary domain, whose `clerk.` host is the Frontend API."""
    name = instance.frontend_host.removeprefix("clerk.")
    domain = {
        "object": "domain",
        "id": "dmn_" + instance.id.removeprefix("ins_"),
        "name": name,
        "is_satellite": False,
        "frontend_api_url": instance.issuer,
        "accounts_portal_url": f"https://accounts.{name}",
        "proxy_url": instance.behaviour.proxy_url,
        "development_origin": "",
        "cname_targets": [
            {"host": instance.frontend_host, "value": "frontend-api.clerk.services", "required": True},
            {"host": f"accounts.{name}", "value": "accounts.clerk.services", "required": True},
        ]
        if instance.production
        else [],
    }
    return JSONResponse({"data": [domain], "total_count": 1})


async def testing_tokens(instance: Instance, _: Request) -> Response:
    """POST /v1/testing_tokens."""
    expires_at = int(instance.clock()) + 3600
    return JSONResponse(
        {"object": "testing_token", "token": f"{expires_at}-{new_id('testing')}", "expires_at": expires_at}
    )


async def sign_in_tokens(instance: Instance, request: Request) -> Response:
    """POST /v1/sign_in_tokens."""
    body = await json_object(request)
    if not body.get("user_id"):
        raise parameter_missing("user_id")
    user = instance.user(body["user_id"])
    seconds = body.get("expires_in_seconds") or THIRTY_DAYS
    if not isinstance(seconds, int) or seconds < 1:
        raise parameter_invalid("expires_in_seconds", "expires_in_seconds is invalid")
    organization_id = body.get("org_id")
    if organization_id and not instance.membership(user_id=user.id, organization_id=organization_id):
        raise organization_not_found()
    ticket = new_ticket(
        instance, user=user, organization_id=organization_id or None, expires_in_seconds=seconds
    )
    return JSONResponse(shapes.ticket(instance, ticket))


async def session(instance: Instance, request: Request) -> Response:
    """GET /v1/sessions/{id}."""
    found = instance.session(request.path_params["id"])
    return JSONResponse(shapes.backend_session(instance, found))


async def revoke_session(instance: Instance, request: Request) -> Response:
    """POST /v1/sessions/{id}/revoke."""
    found = instance.session(request.path_params["id"])
    found.status = "revoked"
    return JSONResponse(shapes.backend_session(instance, found))


async def list_redirect_urls(instance: Instance, _: Request) -> Response:
    """GET /v1/redirect_urls."""
    return JSONResponse([shapes.redirect_url(one) for one in instance.redirect_urls.values()])


async def create_redirect_url(instance: Instance, request: Request) -> Response:
    """POST /v1/redirect_urls."""
    url = (await json_object(request)).get("url")
    if not url:
        raise parameter_missing("url")
    if any(one.url == url for one in instance.redirect_urls.values()):
        raise ClerkError(
            400, "duplicate_record", "duplicate redirect url", f"the redirect url {url} already exists"
        )
    return JSONResponse(shapes.redirect_url(instance.add_redirect_url(str(url))))


async def delete_redirect_url(instance: Instance, request: Request) -> Response:
    """DELETE /v1/redirect_urls/{id}."""
    id_ = request.path_params["id"]
    if instance.redirect_urls.pop(id_, None) is None:
        raise not_found("redirect url", id_)
    return JSONResponse({"object": "redirect_url", "id": id_, "deleted": True})


ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/v1/jwks", jwks),
    ("GET", "/v1/instance", instance_settings),
    ("GET", "/v1/domains", domains),
    ("POST", "/v1/testing_tokens", testing_tokens),
    ("POST", "/v1/sign_in_tokens", sign_in_tokens),
    ("GET", "/v1/sessions/{id}", session),
    ("POST", "/v1/sessions/{id}/revoke", revoke_session),
    ("GET", "/v1/redirect_urls", list_redirect_urls),
    ("POST", "/v1/redirect_urls", create_redirect_url),
    ("DELETE", "/v1/redirect_urls/{id}", delete_redirect_url),
    *USER_ROUTES,
    *ORGANIZATION_ROUTES,
]


async def _unknown(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return ClerkError(status, "resource_not_found", "not found", "Resource not found").answer()


def create_backend_api(clerk: Clerk) -> ASGIApp:
    """The Backend API of all instances; the secret key tells which."""

    def fault(headers: Headers) -> Fault | None:
        instance = clerk.by_secret_key(_bearer(headers) or "")
        return instance.behaviour.backend_api if instance else None

    handlers: dict[Any, Any] = {ClerkError: answer_error, HTTPException: _unknown}
    routes = [Route(path, _endpoint(clerk, handler), methods=[method]) for method, path, handler in ROUTES]
    return Guarded(
        Starlette(routes=routes, exception_handlers=handlers), clerk=clerk, api="backend", fault=fault
    )
