"""Credentials of a role as an AWS service gets them, with the role's trust policy honoured."""

import json
import time
from dataclasses import dataclass
from typing import Any

from ministack.services import iam, sts

LIFETIME_SECONDS = 3600


class TrustError(Exception):
    """The role does not exist, or its trust policy does not name the service."""


@dataclass(frozen=True)
class Credentials:
    """Temporary credentials; the secret parts are left out of the representation."""

    access_key: str
    secret_key: str
    session_token: str
    expiration: float

    def __repr__(self) -> str:
        """Without the secret parts."""
        return f"Credentials({self.access_key})"


def assume(role_arn: str, *, service: str, session: str) -> Credentials:
    """Credentials of a role for a service; call it within ministack's `request_scope`.

    Args:
        role_arn: The role.
        service: The service principal, such as `amplify.amazonaws.com`.
        session: Role session name.

    Raises:
        TrustError: No such role, or it does not trust the service.
    """
    name = role_arn.rsplit("/", 1)[-1]
    role = iam._roles.get(name)
    if role is None:
        raise TrustError(f"The role {name} does not exist")
    if not _trusts(json.loads(role["AssumeRolePolicyDocument"]), service):
        raise TrustError(f"The trust policy of {name} does not name {service}")
    credentials = Credentials(
        access_key=sts._gen_session_access_key(),
        secret_key=sts._gen_secret(),
        session_token=sts._gen_session_token(),
        expiration=time.time() + LIFETIME_SECONDS,
    )
    sts.register_session(
        credentials.access_key,
        {
            "Arn": f"arn:aws:sts::{role_arn.split(':')[4]}:assumed-role/{name}/{session}",
            "UserId": f"{role['RoleId']}:{session}",
            "SecretAccessKey": credentials.secret_key,
            "SessionToken": credentials.session_token,
            "Expiration": credentials.expiration,
            "AccountId": role_arn.split(":")[4],
            "PrincipalType": "AssumedRole",
        },
    )
    return credentials


def _trusts(document: dict[str, Any], service: str) -> bool:
    def services(statement: dict[str, Any]) -> list[str]:
        principal = statement.get("Principal", {})
        named = principal.get("Service", []) if isinstance(principal, dict) else []
        return [named] if isinstance(named, str) else named

    return any(
        statement.get("Effect") == "Allow" and service in services(statement)
        for statement in document["Statement"]
    )
