"""Changes the stand-in while it runs. Answers on loopback names only, never on Clerk's own."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rehearsal.clerk.bodies import json_object
from rehearsal.clerk.errors import ClerkError, answer_error
from rehearsal.clerk.frontend_call import LOOPBACK, host_of
from rehearsal.clerk.instance import Instance
from rehearsal.clerk.models import ProviderAccount
from rehearsal.clerk.social import PROVIDERS
from rehearsal.clerk.state import Clerk
from rehearsal.clerk.switches import change
from rehearsal.clerk.tokens import session_token

Endpoint = Callable[[Request], Awaitable[Response]]


def _instance(clerk: Clerk, request: Request) -> Instance:
    wanted = request.path_params["instance"]
    for one in clerk.instances:
        if wanted in (one.id, one.publishable_key, one.frontend_host):
            return one
    raise HTTPException(404, f"no instance {wanted}")


def create_control_app(clerk: Clerk) -> Starlette:
    """The control path, below /_control.

    Args:
        clerk: What to change.
    """

    async def show(_: Request) -> Response:
        return JSONResponse(
            {
                "instances": [
                    {
                        "id": one.id,
                        "frontend_host": one.frontend_host,
                        "publishable_key": one.publishable_key,
                        "behaviour": asdict(one.behaviour),
                        "users": len(one.users),
                        "organizations": [organization.slug for organization in one.organizations.values()],
                    }
                    for one in clerk.instances
                ]
            }
        )

    async def asked(request: Request) -> Response:
        rows = [asdict(one) for one in clerk.asked]
        if request.method == "DELETE":
            clerk.asked.clear()
        return JSONResponse(rows)

    async def behaviour(request: Request) -> Response:
        instance = _instance(clerk, request)
        try:
            change(instance.behaviour, await json_object(request))
        except ValueError as error:
            raise HTTPException(400, str(error)) from None
        return JSONResponse(asdict(instance.behaviour))

    async def token(request: Request) -> Response:
        """A session token signed in the past or now, for a session that is the user's latest."""
        instance = _instance(clerk, request)
        body = await json_object(request)
        user = instance.user(body.get("user_id"))
        session = instance.add_session(instance.add_client(), user=user)
        issued_at = instance.clock() - float(body.get("age_seconds", 0))
        return JSONResponse({"jwt": session_token(instance, session, issued_at=issued_at)})

    async def providers(request: Request) -> Response:
        body = await json_object(request)
        if body.get("consent") in ("immediate", "page"):
            clerk.providers.consent = body["consent"]
        for name, account in (body.get("accounts") or {}).items():
            if name not in PROVIDERS:
                raise HTTPException(400, f"no provider {name}")
            clerk.providers.accounts[name] = ProviderAccount(provider=name, **account)
        return JSONResponse({"consent": clerk.providers.consent})

    def guarded(handler: Endpoint) -> Endpoint:
        async def answer(request: Request) -> Response:
            peer = request.client.host if request.client else ""
            if host_of(request.headers) not in LOOPBACK or not peer.startswith("127."):
                raise HTTPException(404)
            return await handler(request)

        return answer

    routes = [
        Route("/_control", guarded(show)),
        Route("/_control/asked", guarded(asked), methods=["GET", "DELETE"]),
        Route("/_control/providers", guarded(providers), methods=["PATCH"]),
        Route("/_control/instances/{instance}/behaviour", guarded(behaviour), methods=["PATCH"]),
        Route("/_control/instances/{instance}/session_tokens", guarded(token), methods=["POST"]),
    ]
    handlers: dict[Any, Any] = {ClerkError: answer_error}
    return Starlette(routes=routes, exception_handlers=handlers)
