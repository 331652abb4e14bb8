"""Clients and sessions at the Frontend API: tokens, and the ways to sign out."""

from starlette.responses import JSONResponse, Response

from rehearsal.clerk import shapes
from rehearsal.clerk.bodies import form_fields
from rehearsal.clerk.errors import ClerkError, not_found
from rehearsal.clerk.frontend_call import Call, answer, own_client, require_client, require_current
from rehearsal.clerk.models import Session, SessionStatus
from rehearsal.clerk.tokens import client_token, session_token


def _own_session(call: Call) -> Session:
    """The session in the path, if it is the client's."""
    client = require_client(call)
    id_ = call.request.path_params["id"]
    session = call.instance.sessions.get(id_)
    if session is None or session.client_id != client.id or session.status == "removed":
        raise not_found("session", id_)
    return session


async def get_client(call: Call) -> Response:
    """GET /v1/client: nothing without a client."""
    require_current(call)
    if call.client is None:
        return JSONResponse({"response": None, "client": None})
    return JSONResponse(
        {"response": shapes.client(call.instance, call.client), "client": None},
        headers={"authorization": client_token(call.instance, call.client)},
    )


async def create_client(call: Call) -> Response:
    """PUT /v1/client: the browser's client, made when it has none."""
    require_current(call)
    client = own_client(call)
    return JSONResponse(
        {"response": shapes.client(call.instance, client), "client": None},
        headers={"authorization": client_token(call.instance, client)},
    )


async def touch_session(call: Call) -> Response:
    """POST /v1/client/sessions/{id}/touch: the tab's session; active_organization_id switches."""
    session = _own_session(call)
    fields = await form_fields(call.request)
    if "active_organization_id" in fields:
        session.organization_id = _organization_of(call, session, fields["active_organization_id"])
    return answer(call, require_client(call), shapes.frontend_session(call.instance, session))


def _organization_of(call: Call, session: Session, id_: str) -> str | None:
    """An organization of the session's user; none for an empty id, which is the personal account."""
    if not id_:
        return None
    if call.instance.membership(user_id=session.user_id, organization_id=id_) is None:
        raise ClerkError(
            404,
            "organization_not_found_or_unauthorized",
            "not found or unauthorized",
            "Given organization not found, or you don't have permission to access the organization",
        )
    return id_


async def create_token(call: Call) -> Response:
    """POST /v1/client/sessions/{id}/tokens: a fresh session token; organization_id switches."""
    session = _own_session(call)
    if session.status != "active":
        raise ClerkError(
            401,
            "authentication_invalid",
            "Invalid authentication",
            "Unable to authenticate the request, you need to supply an active session",
        )
    wanted = (await form_fields(call.request)).get("organization_id")
    if wanted:
        session.organization_id = _organization_of(call, session, wanted)
    headers = {"authorization": client_token(call.instance, require_client(call))}
    return JSONResponse({"object": "token", "jwt": session_token(call.instance, session)}, headers=headers)


async def _finish(call: Call, status: SessionStatus) -> Response:
    session = _own_session(call)
    session.status = status
    return answer(call, require_client(call), shapes.frontend_session(call.instance, session))


async def remove_session(call: Call) -> Response:
    """POST /v1/client/sessions/{id}/remove: signs out of one session."""
    return await _finish(call, "removed")


async def end_session(call: Call) -> Response:
    """POST /v1/client/sessions/{id}/end: ends one session."""
    return await _finish(call, "ended")


async def remove_all_sessions(call: Call) -> Response:
    """DELETE /v1/client/sessions: signs out of every session, and keeps the client."""
    client = require_client(call)
    for session in call.instance.sessions.values():
        if session.client_id == client.id:
            session.status = "removed"
    return JSONResponse(
        {"response": shapes.client(call.instance, client), "client": None},
        headers={"authorization": client_token(call.instance, client)},
    )
