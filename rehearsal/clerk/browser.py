"""What browsers do otherwise than native clients: cookies instead of a header, and an Origin.

Sources: clerk/javascript (clerk-js fapiClient and cookie handlers, backend authenticateRequest).
"""

import base64
import hashlib
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rehearsal.clerk.errors import ClerkError
from rehearsal.clerk.instance import Instance
from rehearsal.clerk.models import Client
from rehearsal.clerk.tokens import client_of_token

CLIENT_COOKIE = "__client"
CLIENT_SECONDS = 365 * 24 * 3600


def check_browser(instance: Instance, request: Request) -> None:
    """Refuses browsers of development instances, and sites that are not the instance's.

    Raises:
        ClerkError: It is one.
    """
    if not instance.production:
        raise ClerkError(401, "dev_browser_unauthenticated", "Browser unauthenticated")
    origin = request.headers.get("origin")
    if origin and not is_of(instance.site, origin):
        long = (
            "The Request HTTP Origin header must be equal to or a subdomain of the requesting URL. "
            f"Clerk has no site {origin}."
        )
        raise ClerkError(400, "origin_invalid", "Invalid HTTP Origin header", long)


def is_of(site: str, origin: str) -> bool:
    """Whether an origin is a site's, or a subdomain's of it."""
    parts = urlsplit(origin)
    host = parts.hostname or ""
    return parts.scheme == "https" and (host == site or host.endswith(f".{site}"))


def with_cookies(instance: Instance, response: Response) -> Response:
    """The client's token as a cookie, where a native client would find it in a header."""
    token = response.headers.get("authorization")
    if token is None:
        return response
    del response.headers["authorization"]
    client, _ = client_of_token(instance, token)
    response.headers.append(
        "set-cookie",
        f"{CLIENT_COOKIE}={token}; Path=/; Max-Age={CLIENT_SECONDS}; HttpOnly; Secure; SameSite=Lax",
    )
    for cookie in updated_cookies(instance, client):
        response.headers.append("set-cookie", cookie)
    return response


def updated_cookies(instance: Instance, client: Client | None) -> list[str]:
    """The cookies that tell the site's servers when the client last changed; 0: nobody is signed in."""
    active = [
        session.created_at // 1000
        for session in instance.sessions.values()
        if client and session.client_id == client.id and session.status == "active"
    ]
    value = max(active, default=0)
    kept = f"Path=/; Domain={instance.site}; Max-Age={CLIENT_SECONDS}; Secure; SameSite=Lax"
    return [f"{name}={value}; {kept}" for name in suffixed(instance, "__client_uat")]


def suffixed(instance: Instance, name: str) -> tuple[str, str]:
    """A cookie's two names: the old one, and the one that several instances on one domain need."""
    digest = hashlib.sha1(instance.publishable_key.encode(), usedforsecurity=False).digest()
    suffix = base64.b64encode(digest).decode().replace("+", "-").replace("/", "_")[:8]
    return name, f"{name}_{suffix}"


class CrossOrigin:
    """Lets the scripts of an instance's own site read answers, with cookies.

    Args:
        app: The Frontend API.
        site: Finds the site of the instance that a request is for, from its headers; None for none.
    """

    def __init__(self, app: ASGIApp, *, site: Callable[[Headers], str | None]) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        site = self._site(headers)
        if not origin or site is None or not is_of(site, origin):
            await self._app(scope, receive, send)
            return

        async def allowing(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer["access-control-allow-origin"] = origin
                answer["access-control-allow-credentials"] = "true"
                answer.add_vary_header("Origin")
            await send(message)

        app: ASGIApp = self._app
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            asked = headers.get("access-control-request-headers", "")
            allowed = {
                "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
                "access-control-allow-headers": asked,
            }
            app = Response(status_code=204, headers=allowed)
        await app(scope, receive, allowing)
