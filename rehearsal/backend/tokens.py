"""Checks Clerk's session tokens, as every backend behind the application has to."""

import base64
import json
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from rehearsal.backend.state import Backend, Caller, Tenant

SKEW_SECONDS = 5
MAXIMUM_LENGTH = 8192

# Session tokens carry the unregistered header `cat`, which joserfc refuses by default.
REGISTRY = JWSRegistry(algorithms=["RS256"], strict_check_header=False)


class RefusedTokenError(Exception):
    """The token is of no use.

    Args:
        reason: Why, in fixed words.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoTenantError(Exception):
    """The token is good but names no tenant."""


async def check(backend: Backend, token: str) -> Caller:
    """Checks a session token: signature, issuer, times, state; then takes the tenant from it.

    Args:
        backend: Issuer, keys and time.
        token: The token.

    Raises:
        RefusedTokenError: It is of no use.
        NoTenantError: It names no tenant.
        KeysUnavailableError: The issuer's keys cannot be had.
    """
    header, claims = _unverified(token)
    if not backend.breakage.accepts_unsigned:
        claims = await _verified(backend, token, header)
    _check_claims(backend, claims)
    tenant = tenant_of(claims)
    if tenant is None:
        raise NoTenantError
    return Caller(user=claims["sub"], tenant=tenant)


def _unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    parts = token.split(".")
    if len(token) > MAXIMUM_LENGTH or len(parts) != 3:
        raise RefusedTokenError("malformed")
    try:
        header, claims = (
            json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2]
        )
    except ValueError:
        raise RefusedTokenError("malformed") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise RefusedTokenError("malformed")
    return header, claims


async def _verified(backend: Backend, token: str, header: dict[str, Any]) -> dict[str, Any]:
    kid = header.get("kid")
    if not isinstance(kid, str):
        raise RefusedTokenError("unknown key")
    key = await backend.keys.key(kid)
    if key is None:
        raise RefusedTokenError("unknown key")
    try:
        return dict(jwt.decode(token, key, algorithms=["RS256"], registry=REGISTRY).claims)
    except (JoseError, ValueError):
        raise RefusedTokenError("algorithm or signature") from None


def _check_claims(backend: Backend, claims: dict[str, Any]) -> None:
    now = backend.clock()
    if claims.get("iss") != backend.issuer:
        raise RefusedTokenError("issuer")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise RefusedTokenError("subject")
    expires, starts = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expires, int) or not isinstance(starts, int):
        raise RefusedTokenError("times")
    if expires + SKEW_SECONDS <= now and not backend.breakage.accepts_expired:
        raise RefusedTokenError("expired")
    if starts - SKEW_SECONDS > now:
        raise RefusedTokenError("not active yet")
    if claims.get("sts") == "pending":
        raise RefusedTokenError("session pending")
    if claims.get("azp") and claims["azp"] not in backend.origins:
        raise RefusedTokenError("authorized party")


def tenant_of(claims: dict[str, Any]) -> Tenant | None:
    """The tenant in verified claims: `o` of version 2, `org_id` of version 1, or a custom `tenant`.

    Args:
        claims: Verified claims.
    """
    organization = claims.get("o")
    if isinstance(organization, dict):
        names = [organization.get("slg"), organization.get("id")]
    else:
        names = [claims.get("org_slug"), claims.get("org_id"), claims.get("tenant")]
    known = [name for name in names if isinstance(name, str) and name]
    return Tenant(name=known[0], names=frozenset(known)) if known else None
