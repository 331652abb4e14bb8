"""Who may ask: limits, token, tenant; and the answers when somebody may not."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rehearsal.backend.keys import KeysUnavailableError
from rehearsal.backend.state import Backend, Caller, Tenant
from rehearsal.backend.tokens import NoTenantError, RefusedTokenError, check

Handler = Callable[[Backend, Caller, Request], Awaitable[Response]]


class Refusal(Exception):  # noqa: N818 - an answer, not an error of this program
    """An answer other than success.

    Args:
        status: HTTP status.
        error: Its code.
        headers: Further headers.
    """

    def __init__(self, status: int, error: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.headers = headers

    def answer(self) -> JSONResponse:
        """The answer."""
        return JSONResponse({"error": self.error}, self.status, headers=self.headers)


async def answer_refusal(_: Request, refusal: Exception) -> Response:
    """Starlette's exception handler for Refusal."""
    assert isinstance(refusal, Refusal)
    return refusal.answer()


def endpoint(backend: Backend, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Counts, authenticates, settles the tenant, then lets the handler answer."""

    async def answer(request: Request) -> Response:
        if backend.breakage.down:
            raise Refusal(503, "unavailable")
        address = request.client.host if request.client else ""
        _count(backend.retry_after(address=address))
        caller = await _caller(backend, request)
        _count(backend.retry_after(user=caller.user))
        return await handler(backend, _with_tenant(backend, caller, request), request)

    return answer


def _count(retry_after: int | None) -> None:
    if retry_after is not None:
        raise Refusal(429, "rate_limited", {"retry-after": str(retry_after)})


async def _caller(backend: Backend, request: Request) -> Caller:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refusal(401, "unauthenticated", {"www-authenticate": "Bearer"})
    try:
        return await check(backend, token.strip())
    except RefusedTokenError as error:
        challenge = f'Bearer error="invalid_token", error_description="{error.reason}"'
        raise Refusal(401, "unauthenticated", {"www-authenticate": challenge}) from None
    except NoTenantError:
        raise Refusal(403, "tenant_missing") from None
    except KeysUnavailableError:
        raise Refusal(503, "unavailable") from None


def _with_tenant(backend: Backend, caller: Caller, request: Request) -> Caller:
    """The caller with the tenant that counts: the token's, unless the backend is broken."""
    claimed = request.headers.get("x-tenant-id")
    if claimed is None or claimed in caller.tenant.names:
        return caller
    if backend.breakage.trusts_tenant_header:
        return Caller(user=caller.user, tenant=Tenant(name=claimed, names=frozenset({claimed})))
    if backend.breakage.ignores_tenant_header:
        return caller
    raise Refusal(403, "tenant_mismatch")
