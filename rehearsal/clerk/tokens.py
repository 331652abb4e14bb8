"""The tokens an instance signs: session tokens, client tokens, tickets and testing tokens."""

import secrets
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from rehearsal.clerk.instance import Instance
from rehearsal.clerk.keys import new_id
from rehearsal.clerk.models import Client, Session, Ticket, User

# Session tokens carry the unregistered header `cat`, which joserfc refuses by default.
REGISTRY = JWSRegistry(strict_check_header=False)
SESSION_CATEGORY = "cl_B7d4PD111AAA"


def _sign(instance: Instance, claims: dict[str, Any], **header: str) -> str:
    protected = {"alg": "RS256", "kid": instance.signing.kid, "typ": "JWT", **header}
    return jwt.encode(protected, claims, instance.signing.key, registry=REGISTRY)


def _read(instance: Instance, token: str) -> dict[str, Any] | None:
    try:
        return dict(jwt.decode(token, instance.signing.key, algorithms=["RS256"], registry=REGISTRY).claims)
    except (JoseError, ValueError):
        return None


def session_token(instance: Instance, session: Session, *, issued_at: float | None = None) -> str:
    """A session token, signed as of now.

    Args:
        instance: The instance.
        session: The session that it is of.
        issued_at: Seconds since the epoch; a past time makes a token that has expired already.
    """
    now = int(instance.clock() if issued_at is None else issued_at)
    user = instance.users[session.user_id]
    claims: dict[str, Any] = {
        "iss": instance.issuer,
        "sub": user.id,
        "sid": session.id,
        "iat": now,
        "nbf": now - 10,
        "exp": now + instance.behaviour.token_ttl_seconds,
        "jti": secrets.token_hex(10),
        "fva": [0, -1],
    }
    if origin := instance.clients[session.client_id].origin:
        claims["azp"] = origin
    if instance.behaviour.token_version == 2:
        claims |= {"v": 2, "sts": "active"}
    claims |= _tenant_claims(instance, session, user)
    return _sign(instance, claims, cat=SESSION_CATEGORY)


def _tenant_claims(instance: Instance, session: Session, user: User) -> dict[str, Any]:
    if instance.behaviour.tenancy == "metadata":
        return {"tenant": user.public_metadata["tenant"]} if "tenant" in user.public_metadata else {}
    membership = session.organization_id and instance.membership(
        user_id=user.id, organization_id=session.organization_id
    )
    if not membership or not instance.behaviour.organization_claims:
        return {}
    organization = instance.organizations[membership.organization_id]
    if instance.behaviour.token_version == 2:
        role = membership.role.removeprefix("org:")
        return {"o": {"id": organization.id, "slg": organization.slug, "rol": role}}
    return {
        "org_id": organization.id,
        "org_slug": organization.slug,
        "org_role": membership.role,
        "org_permissions": [],
    }


def client_token(instance: Instance, client: Client) -> str:
    """The client token, which native clients keep and send as Authorization."""
    return _sign(instance, {"id": client.id, "rotating_token": client.rotating_token})


def handshake_token(instance: Instance, directives: list[str]) -> str:
    """What a site's server gets back from a handshake.

    Args:
        instance: The instance.
        directives: Values of Set-Cookie headers.
    """
    return _sign(instance, {"handshake": directives})


def client_of_token(instance: Instance, token: str) -> tuple[Client | None, bool]:
    """The client that a token names.

    Args:
        instance: The instance.
        token: The Authorization header's value, with or without `Bearer`.

    Returns:
        The client, or None for an unreadable token or an unknown client; and whether the rotating
        part is the client's present one.
    """
    claims = _read(instance, token.removeprefix("Bearer ").strip()) or {}
    client = instance.clients.get(str(claims.get("id")))
    if client is None:
        return None, False
    return client, secrets.compare_digest(str(claims.get("rotating_token")), client.rotating_token)


def new_ticket(
    instance: Instance, *, user: User, organization_id: str | None, expires_in_seconds: int
) -> Ticket:
    """A sign-in token for a user.

    Args:
        instance: The instance.
        user: Who signs in with it.
        organization_id: The organization that the session activates.
        expires_in_seconds: Its lifetime.
    """
    id_ = new_id("sit")
    expires_at = instance.clock() + expires_in_seconds
    token = _sign(
        instance,
        {
            "iss": instance.issuer,
            "exp": int(expires_at),
            "sid": id_,
            "st": "sign_in_token",
            "eid": instance.id,
        },
    )
    ticket = Ticket(
        id=id_,
        token=token,
        user_id=user.id,
        organization_id=organization_id,
        expires_at=expires_at,
        created_at=instance.now_ms(),
    )
    instance.tickets[token] = ticket
    return ticket
