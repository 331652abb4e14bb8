"""Smoke users: made at Clerk for verification alone, in two tenants, with passwords that nobody knows."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from clerk_deploy.errors import CheckFailedError, DeployError, UnreachableError
from clerk_deploy.secret_value import SecretValue
from clerk_deploy.verification import clerk_api, jwt
from clerk_deploy.verification.context import Context, PrerequisiteError
from clerk_deploy.verification.http import NoAnswerError, RateLimitedError, Response
from clerk_deploy.verification.target import SmokeUser

ROLE: Final = "org:member"
STRENGTH: Final = "-aA1"
"""At the end of each password, so that any policy of characters is met."""


@dataclass(frozen=True, kw_only=True)
class Makers:
    """Randomness.

    Args:
        name: A name that no user has.
        password: A password.
    """

    name: Callable[[], str]
    password: Callable[[], str]


@dataclass(frozen=True, kw_only=True)
class Made:
    """What was made.

    Args:
        users: Of the own tenant and of the other.
        expired_token: A token of the own tenant's user; a minute later it has expired.
    """

    users: tuple[SmokeUser, ...]
    expired_token: SecretValue | None

    def to_json(self) -> str:
        """The stored text, passwords in the clear: for Secrets Manager and a secret's file alone."""
        document: dict[str, Any] = {
            "users": [
                {"tenant": user.tenant, "email": user.email, "password": user.password.reveal()}
                for user in self.users
            ]
        }
        if self.expired_token:
            document["expiredToken"] = self.expired_token.reveal()
        return json.dumps(document)


def create(context: Context, *, tenants: Sequence[str], domain: str, makers: Makers) -> Made:
    """Makes a user in each tenant; a tenant without an organization gets one.

    Args:
        context: Has Clerk's secret key.
        tenants: The deployment's own tenant, then another.
        domain: Of the users' addresses; nothing is ever sent to them.
        makers: Randomness.

    Raises:
        DeployError: Clerk refused or did not answer. Whatever was made until then is deleted again.
    """
    made: list[SmokeUser] = []
    try:
        for tenant in tenants:
            email = f"{makers.name()}@{domain}"
            password = SecretValue(f"{makers.password()}{STRENGTH}")
            made.append(SmokeUser(tenant=tenant, email=email, password=password))
            _make(context, made[-1])
    except (DeployError, NoAnswerError, RateLimitedError) as error:
        delete(context, made)
        raise _told(error) from None
    return Made(users=tuple(made), expired_token=_short_lived(context, made[0]))


def delete(context: Context, users: Sequence[SmokeUser]) -> tuple[str, ...]:
    """Deletes users at Clerk.

    Args:
        context: Has Clerk's secret key.
        users: Whom.

    Returns:
        Addresses of those that are still there.
    """
    left = []
    for user in users:
        try:
            if not _delete(context, user):
                left.append(user.email)
        except (NoAnswerError, RateLimitedError):
            left.append(user.email)
    return tuple(left)


def _delete(context: Context, user: SmokeUser) -> bool:
    found = clerk_api.backend_api(context, "GET", f"/users?email_address={quote(user.email)}&limit=1")
    rows = found.json()
    if found.status != 200 or not isinstance(rows, list):
        return False
    return all(
        clerk_api.backend_api(context, "DELETE", f"/users/{quote(str(row.get('id')))}").status == 200
        for row in rows
    )


def _make(context: Context, user: SmokeUser) -> None:
    body = {
        "email_address": [user.email],
        "password": user.password.reveal(),
        "first_name": "Smoke",
        "last_name": "Verification",
        "public_metadata": {"tenant": user.tenant, "purpose": "clerk-deploy verification"},
    }
    user_id = _field(_post(context, "/users", body), "id", f"making a user of {user.tenant}")
    organization = _organization(context, user.tenant, user_id)
    membership = {"user_id": user_id, "role": ROLE}
    answer = _post(context, f"/organizations/{quote(organization)}/memberships", membership)
    # Who makes an organization is a member already.
    if answer.status != 200 and clerk_api.error_code(answer) != "already_a_member_in_organization":
        raise _refusal(answer, f"making a user a member of {user.tenant}")


def _organization(context: Context, tenant: str, user_id: str) -> str:
    answer = clerk_api.backend_api(context, "GET", f"/organizations/{quote(tenant, safe='')}")
    if answer.status == 404 and not tenant.startswith("org_"):
        answer = _post(context, "/organizations", {"name": tenant, "slug": tenant, "created_by": user_id})
    return _field(answer, "id", f"finding the organization {tenant}")


def _short_lived(context: Context, user: SmokeUser) -> SecretValue | None:
    """A token whose session is ended at once; None where Clerk gives none to native clients."""
    try:
        token = clerk_api.session_token(context, user)
        session = quote(str(jwt.parse(token).claims.get("sid")))
        clerk_api.backend_api(context, "POST", f"/sessions/{session}/revoke")
    except (PrerequisiteError, NoAnswerError, RateLimitedError, jwt.NoTokenError):
        return None
    return SecretValue(token)


def _post(context: Context, path: str, document: object) -> Response:
    return clerk_api.backend_api(context, "POST", path, json.dumps(document).encode())


def _field(answer: Response, name: str, doing: str) -> str:
    value = answer.field(name)
    if answer.status != 200 or not isinstance(value, str):
        raise _refusal(answer, doing)
    return value


def _refusal(answer: Response, doing: str) -> DeployError:
    code = clerk_api.error_code(answer)
    return CheckFailedError(
        f"Clerk refused {doing}: {answer.status} {code}.",
        next_step="look at the instance's restrictions and organizations in Clerk's dashboard; "
        "the secret key must be the instance's own",
    )


def _told(error: Exception) -> DeployError:
    if isinstance(error, DeployError):
        return error
    return UnreachableError(
        f"Clerk's Backend API did not answer: {error}.",
        next_step="check the network and HTTPS_PROXY, then run it again; nothing is left behind",
    )
