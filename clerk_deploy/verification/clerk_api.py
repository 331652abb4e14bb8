"""The few calls to Clerk that checks make: Backend API, and Frontend API as native clients use it."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from clerk_deploy.verification.context import Context, PrerequisiteError, patient
from clerk_deploy.verification.http import NoAnswerError, Response
from clerk_deploy.verification.target import SmokeUser

API_VERSION: Final = "2026-05-12"
NATIVE: Final = f"_is_native=1&__clerk_api_version={API_VERSION}"


def backend_api(context: Context, method: str, path: str, body: bytes | None = None) -> Response:
    """A call of Clerk's Backend API.

    Args:
        context: Has the secret key.
        method: HTTP method.
        path: Below /v1.
        body: JSON, if any.

    Raises:
        PrerequisiteError: There is no secret key.
    """
    key = context.target.clerk_secret_key
    if not key:
        raise PrerequisiteError("Clerk's secret key was not given")
    return context.client.request(
        method,
        f"{context.target.clerk_api_url}/v1{path}",
        headers={
            "Authorization": f"Bearer {key.reveal()}",
            "Clerk-API-Version": API_VERSION,
            "Content-Type": "application/json",
        },
        body=body,
    )


def frontend_api(context: Context, path: str, form: Mapping[str, str], token: str = "") -> Response:
    """A call of Clerk's Frontend API as a native client.

    Args:
        context: Has the publishable key.
        path: Below /v1.
        form: The body's fields.
        token: The client's own token, if any.
    """
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if token:
        headers["Authorization"] = token
    return context.client.request(
        "POST",
        f"{context.target.frontend_api}/v1{path}?{NATIVE}",
        headers=headers,
        body=urlencode(form).encode(),
    )


def error_code(answer: Response) -> str:
    """Clerk's own word for what went wrong."""
    errors = answer.field("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return str(errors[0].get("code", ""))[:80]
    return ""


def public_keys(context: Context) -> tuple[Mapping[str, Any], ...]:
    """The instance's keys as its Frontend API shows them; empty when it shows none."""

    def fetch(own: Context) -> tuple[Mapping[str, Any], ...]:
        if not own.target.frontend_api:
            return ()
        try:
            answer = own.client.get(f"{own.target.frontend_api}/.well-known/jwks.json", follow=2)
        except NoAnswerError:
            return ()
        return keys_of(answer)

    return context.once("jwks", fetch)


def keys_of(answer: Response) -> tuple[Mapping[str, Any], ...]:
    """The keys of a JWKS."""
    keys = answer.field("keys") if answer.status == 200 else None
    return tuple(key for key in keys if isinstance(key, dict)) if isinstance(keys, list) else ()


def session_token(context: Context, user: SmokeUser) -> str:
    """A session token of a user, made past the app.

    With the secret key through a sign-in ticket, which asks for no second factor and trusts any device;
    without it by password.

    Raises:
        PrerequisiteError: Clerk gave none; the message has Clerk's error code.
    """
    form = {"strategy": "password", "identifier": user.email, "password": user.password.reveal()}
    if context.target.clerk_secret_key:
        form = {"strategy": "ticket", "ticket": _ticket(context, user)}
    answer = patient(context, lambda: frontend_api(context, "/client/sign_ins", form))
    if answer.status != 200:
        raise PrerequisiteError(
            f"Clerk refused to sign in the smoke user of {user.tenant}: {answer.status} {error_code(answer)}"
        )
    document = answer.json()
    sessions = (document.get("client") or {}).get("sessions") or [] if isinstance(document, dict) else []
    for session in sessions:
        if isinstance(token := (session.get("last_active_token") or {}).get("jwt"), str):
            return token
    return _token_of_session(context, answer, user)


def _token_of_session(context: Context, answer: Response, user: SmokeUser) -> str:
    created = (answer.field("response") or {}).get("created_session_id")
    client = answer.header("authorization")
    if not isinstance(created, str) or not client:
        raise PrerequisiteError(f"Clerk did not complete the sign-in of the smoke user of {user.tenant}")
    made = frontend_api(context, f"/client/sessions/{quote(created)}/tokens", {}, client).field("jwt")
    if not isinstance(made, str):
        raise PrerequisiteError(f"Clerk gave the smoke user of {user.tenant} no token")
    return made


def _ticket(context: Context, user: SmokeUser) -> str:
    found = backend_api(context, "GET", f"/users?email_address={quote(user.email)}&limit=1").json()
    if not isinstance(found, list) or not found:
        raise PrerequisiteError(
            f"Clerk knows no smoke user of {user.tenant}: run `clerk-deploy smoke create`"
        )
    wanted: dict[str, object] = {"user_id": found[0].get("id"), "expires_in_seconds": 60}
    memberships = backend_api(context, "GET", f"/users/{found[0].get('id')}/organization_memberships?limit=2")
    data = memberships.field("data")
    if isinstance(data, list) and len(data) == 1:
        wanted["org_id"] = data[0].get("organization", {}).get("id")
    ticket = backend_api(context, "POST", "/sign_in_tokens", json.dumps(wanted).encode()).field("token")
    if not isinstance(ticket, str):
        raise PrerequisiteError(f"Clerk gave no sign-in ticket for the smoke user of {user.tenant}")
    return ticket
