"""The Backend API's users."""

import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rehearsal.clerk import shapes
from rehearsal.clerk.bodies import data_page, json_object, page
from rehearsal.clerk.errors import ClerkError, body_invalid, parameter_invalid
from rehearsal.clerk.instance import Instance
from rehearsal.clerk.models import User

METADATA = ("public_metadata", "private_metadata", "unsafe_metadata")


def _matching(instance: Instance, request: Request) -> list[User]:
    """Users that the filters select, newest first."""
    query = request.query_params
    emails = {email.lower() for email in query.getlist("email_address")}
    ids = set(query.getlist("user_id"))
    organizations = set(query.getlist("organization_id"))
    members = {one.user_id for one in instance.memberships.values() if one.organization_id in organizations}
    text = query.get("query", "").lower()
    return [
        user
        for user in reversed(instance.users.values())
        if (not emails or user.email in emails)
        and (not ids or user.id in ids)
        and (not organizations or user.id in members)
        and text in user.email
    ]


async def list_users(instance: Instance, request: Request) -> Response:
    """GET /v1/users: a bare array."""
    rows = [shapes.user(user, private=True) for user in _matching(instance, request)]
    return JSONResponse(page(request, rows))


async def count_users(instance: Instance, request: Request) -> Response:
    """GET /v1/users/count."""
    return JSONResponse({"object": "total_count", "total_count": len(_matching(instance, request))})


async def create_user(instance: Instance, request: Request) -> Response:
    """POST /v1/users."""
    body = await json_object(request)
    emails = body.get("email_address") or []
    password = body.get("password")
    if not isinstance(emails, list) or not all(isinstance(email, str) for email in emails):
        raise parameter_invalid("email_address", "email_address is invalid. Must be an array of strings.")
    if not (password is None or isinstance(password, str)):
        raise parameter_invalid("password", "password is invalid. Must be of type string.")
    missing = [] if emails else ["email_address"]
    if password is None and body.get("skip_password_requirement") is not True:
        missing.append("password")
    if missing:
        long = f"{json.dumps(missing)} data doesn't match user requirements set for this instance"
        raise ClerkError(422, "form_data_missing", "missing data", long, meta={"param_names": missing})
    metadata = {name: body.get(name) or {} for name in METADATA}
    if not all(isinstance(value, dict) for value in metadata.values()):
        raise body_invalid()
    user = instance.add_user(
        email=emails[0], password=password, check=body.get("skip_password_checks") is not True
    )
    user.first_name, user.last_name = body.get("first_name"), body.get("last_name")
    user.external_id = body.get("external_id")
    user.public_metadata = metadata["public_metadata"]
    user.private_metadata = metadata["private_metadata"]
    user.unsafe_metadata = metadata["unsafe_metadata"]
    return JSONResponse(shapes.user(user, private=True))


async def get_user(instance: Instance, request: Request) -> Response:
    """GET /v1/users/{id}."""
    return JSONResponse(shapes.user(instance.user(request.path_params["id"]), private=True))


async def delete_user(instance: Instance, request: Request) -> Response:
    """DELETE /v1/users/{id}."""
    user = instance.user(request.path_params["id"])
    instance.delete_user(user)
    return JSONResponse({"object": "user", "id": user.id, "deleted": True})


async def verify_password(instance: Instance, request: Request) -> Response:
    """POST /v1/users/{id}/verify_password."""
    user = instance.user(request.path_params["id"])
    if user.password is None:
        long = "This user does not have a password set for their account"
        raise ClerkError(400, "no_password_set", "no password set", long)
    if (await json_object(request)).get("password") != user.password:
        long = "The provided password is not the one the user has set"
        raise ClerkError(422, "incorrect_password", "incorrect password", long)
    return JSONResponse({"verified": True})


async def user_memberships(instance: Instance, request: Request) -> Response:
    """GET /v1/users/{id}/organization_memberships."""
    user = instance.user(request.path_params["id"])
    rows = [
        shapes.membership(instance, one) for one in instance.memberships.values() if one.user_id == user.id
    ]
    return data_page(request, rows)


USER_ROUTES = [
    ("GET", "/v1/users", list_users),
    ("POST", "/v1/users", create_user),
    ("GET", "/v1/users/count", count_users),
    ("GET", "/v1/users/{id}", get_user),
    ("DELETE", "/v1/users/{id}", delete_user),
    ("POST", "/v1/users/{id}/verify_password", verify_password),
    ("GET", "/v1/users/{id}/organization_memberships", user_memberships),
]
