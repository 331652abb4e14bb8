"""Who asks the Frontend API: the instance, the client, the user's address."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rehearsal.clerk import shapes
from rehearsal.clerk.browser import CLIENT_COOKIE, check_browser, with_cookies
from rehearsal.clerk.errors import ClerkError
from rehearsal.clerk.instance import Instance
from rehearsal.clerk.models import Client
from rehearsal.clerk.state import Clerk
from rehearsal.clerk.tokens import client_of_token, client_token

LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request to the Frontend API.

    Args:
        clerk: Clerk.
        instance: The instance that the host or the proxy names.
        request: The request.
        client: The client of the token; None without one.
        current: The token's rotating part is the client's present one.
    """

    clerk: Clerk
    instance: Instance
    request: Request
    client: Client | None = None
    current: bool = True

    @property
    def address(self) -> str:
        """The user's address: with a proxy the leftmost X-Forwarded-For, else the peer's.

        A browser is at its user's desk, though here all are on loopback: servers use up no sign-ins of its.
        """
        forwarded = self.request.headers.get("x-forwarded-for", "").partition(",")[0].strip()
        if forwarded and self.request.headers.get("clerk-proxy-url"):
            return forwarded
        peer = self.request.client.host if self.request.client else ""
        return f"{peer}, a browser" if self.request.headers.get("origin") else peer


Handler = Callable[[Call], Awaitable[Response]]


def host_of(headers: Headers) -> str:
    """The host asked for, without its port."""
    return headers.get("host", "").partition(":")[0].lower()


def instance_of(clerk: Clerk, headers: Headers) -> Instance | None:
    """The instance that the proxy URL or the host names; on loopback the only one."""
    if headers.get("clerk-proxy-url"):
        return clerk.by_proxy_url(headers["clerk-proxy-url"])
    host = host_of(headers)
    if host in LOOPBACK and len(clerk.instances) == 1:
        return clerk.instances[0]
    return clerk.by_host(host)


def public(clerk: Clerk, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that any caller may ask."""

    async def answer(request: Request) -> Response:
        return await handler(Call(clerk=clerk, instance=_attributed(clerk, request), request=request))

    return answer


def by_client(clerk: Clerk, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint for clients: native ones send the client token as Authorization, browsers as a cookie."""

    async def answer(request: Request) -> Response:
        instance = _attributed(clerk, request)
        is_native = request.query_params.get("_is_native") in ("1", "true")
        if is_native:
            _check_native(instance, request)
            token = request.headers.get("authorization", "").strip()
        else:
            check_browser(instance, request)
            token = request.cookies.get(CLIENT_COOKIE, "")
        client, current = client_of_token(instance, token) if token else (None, True)
        if not is_native and not current:
            client, current = None, True
        response = await handler(
            Call(clerk=clerk, instance=instance, request=request, client=client, current=current)
        )
        return response if is_native else with_cookies(instance, response)

    return answer


def _attributed(clerk: Clerk, request: Request) -> Instance:
    headers = request.headers
    instance = instance_of(clerk, headers)
    if headers.get("clerk-proxy-url"):
        key = headers.get("clerk-secret-key")
        if not key:
            raise ClerkError(
                400,
                "proxy_request_missing_secret_key",
                "missing secret key",
                "When using a proxy, it's required to also pass the instance secret key "
                "in the Clerk-Secret-Key header.",
            )
        if clerk.by_secret_key(key) is None or (instance and key not in instance.secret_keys):
            long = "The secret key given with this proxy request is invalid."
            raise ClerkError(401, "proxy_request_invalid_secret_key", "invalid secret key", long)
    if instance is None:
        raise ClerkError(
            400,
            "host_invalid",
            "Invalid host",
            "We were unable to attribute this request to an instance running on Clerk. "
            "Make sure that your Clerk Publishable Key is correct.",
        )
    return instance


def _check_native(instance: Instance, request: Request) -> None:
    if request.headers.get("origin") and request.headers.get("authorization"):
        raise ClerkError(
            400,
            "origin_authorization_headers_conflict",
            "Setting both the 'Origin' and 'Authorization' headers is forbidden",
        )
    if not instance.behaviour.native_api:
        raise ClerkError(
            400,
            "native_api_disabled",
            "Native API disabled",
            "The Native API is disabled for this instance. Visit the Clerk Dashboard to enable it.",
        )


def own_client(call: Call) -> Client:
    """The request's client, made when there is none; a browser's is of the site that asks."""
    return call.client or call.instance.add_client(origin=call.request.headers.get("origin"))


def require_current(call: Call) -> None:
    """Refuses a client token whose rotating part is an older one.

    Raises:
        ClerkError: It is.
    """
    if call.client and not call.current:
        message = "The client's rotating key does not match the given one"
        raise ClerkError(400, "cookie_invalid", "cookie invalid", message)


def require_client(call: Call) -> Client:
    """The client of the request.

    Raises:
        ClerkError: There is none, or its token is an older one.
    """
    require_current(call)
    if call.client is None:
        raise ClerkError(401, "signed_out", "Signed out", "You are signed out")
    return call.client


def answer(call: Call, client: Client, response: dict[str, Any] | None) -> JSONResponse:
    """An answer with the client piggybacked and its token as header."""
    return JSONResponse(
        {"response": response, "client": shapes.client(call.instance, client)},
        headers={"authorization": client_token(call.instance, client)},
    )
