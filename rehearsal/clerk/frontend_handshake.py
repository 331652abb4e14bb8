"""The handshake: a site's server sends a browser here whose session token ended, and gets it back with one.

Sources: clerk/javascript, backend tokens/handshake and request. Clerk answers with a nonce that the server
redeems at the Backend API; the stand-in answers with the token, which the SDK takes all the same.
"""

from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response

from rehearsal.clerk.browser import is_of, suffixed, updated_cookies
from rehearsal.clerk.errors import parameter_invalid
from rehearsal.clerk.frontend_call import Call
from rehearsal.clerk.models import Session
from rehearsal.clerk.tokens import handshake_token, session_token

HANDSHAKE_SECONDS = 10


async def handshake(call: Call) -> Response:
    """GET /v1/client/handshake: back to the site, with the cookies that its server is to set."""
    instance = call.instance
    back = call.request.query_params.get("redirect_url", "")
    parts = urlsplit(back)
    if not is_of(instance.site, f"{parts.scheme}://{parts.netloc}"):
        raise parameter_invalid("redirect_url", f"{back} is no address of {instance.site}")
    session = _latest(call)
    directives = updated_cookies(instance, call.client)
    for name in suffixed(instance, "__session"):
        value = f"{name}={session_token(instance, session)}" if session else f"{name}=; Max-Age=0"
        directives.append(f"{value}; Path=/; Secure; SameSite=Lax")
    response = RedirectResponse(back, 307, headers={"cache-control": "no-store"})
    response.headers.append(
        "set-cookie",
        f"__clerk_handshake={handshake_token(instance, directives)}; Path=/; Domain={instance.site}; "
        f"Max-Age={HANDSHAKE_SECONDS}; Secure; SameSite=Lax",
    )
    return response


def _latest(call: Call) -> Session | None:
    own = [
        session
        for session in call.instance.sessions.values()
        if call.client and session.client_id == call.client.id and session.status == "active"
    ]
    return own[-1] if own else None
