"""Clerk's resources as JSON, with every field that its OpenAPI specifications require."""

from typing import Any

from rehearsal.clerk.instance import Instance
from rehearsal.clerk.models import (
    Client,
    ExternalAccount,
    Membership,
    OAuthAttempt,
    Organization,
    RedirectUrl,
    Session,
    SignIn,
    SignUp,
    Ticket,
    User,
)
from rehearsal.clerk.tokens import session_token

SESSION_LIFETIME_MS = 7 * 24 * 3600 * 1000
ABANDON_MS = 30 * 24 * 3600 * 1000
ATTEMPT_LIFETIME_MS = 24 * 3600 * 1000


def _times(created_at: int) -> dict[str, int]:
    return {"created_at": created_at, "updated_at": created_at}


def user(user: User, *, private: bool) -> dict[str, Any]:
    """A user.

    Args:
        user: The user.
        private: With private metadata, which only the Backend API tells.
    """
    address = {
        "id": "idn_" + user.id.removeprefix("user_"),
        "object": "email_address",
        "email_address": user.email,
        "reserved": False,
        "verification": {
            "object": "verification_admin",
            "status": "verified",
            "strategy": "admin",
            "attempts": None,
            "expire_at": None,
        },
        "linked_to": [],
        "matches_sso_connection": False,
        **_times(user.created_at),
    }
    return {
        "id": user.id,
        "object": "user",
        "username": None,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "locale": None,
        "image_url": "https://img.clerk.com/standin",
        "has_image": False,
        "primary_email_address_id": address["id"],
        "primary_phone_number_id": None,
        "primary_web3_wallet_id": None,
        "password_enabled": user.password is not None,
        "two_factor_enabled": False,
        "totp_enabled": False,
        "backup_code_enabled": False,
        "email_addresses": [address],
        "phone_numbers": [],
        "web3_wallets": [],
        "passkeys": [],
        "external_accounts": [external_account(one) for one in user.external_accounts],
        "saml_accounts": [],
        "enterprise_accounts": [],
        "public_metadata": user.public_metadata,
        "private_metadata": user.private_metadata if private else {},
        "unsafe_metadata": user.unsafe_metadata,
        "external_id": user.external_id,
        "last_sign_in_at": None,
        "banned": user.banned,
        "locked": user.locked,
        "lockout_expires_in_seconds": None,
        "verification_attempts_remaining": 0 if user.locked else 100,
        "mfa_enabled_at": None,
        "mfa_disabled_at": None,
        "last_active_at": None,
        "create_organization_enabled": False,
        "delete_self_enabled": True,
        "legal_accepted_at": None,
        **_times(user.created_at),
    }


def external_account(account: ExternalAccount) -> dict[str, Any]:
    """An account at a social provider."""
    return {
        "object": "external_account",
        "id": account.id,
        "provider": f"oauth_{account.provider}",
        "identification_id": "idn_" + account.id.removeprefix("eac_"),
        "provider_user_id": account.provider_user_id,
        "approved_scopes": "email",
        "email_address": account.email,
        "first_name": "",
        "last_name": "",
        "image_url": "",
        "username": None,
        "phone_number": None,
        "public_metadata": {},
        "label": None,
        "verification": {
            "object": "verification_oauth",
            "status": "verified",
            "strategy": f"oauth_{account.provider}",
            "attempts": None,
            "expire_at": account.created_at + ATTEMPT_LIFETIME_MS,
        },
        **_times(account.created_at),
    }


def organization(instance: Instance, one: Organization) -> dict[str, Any]:
    """An organization."""
    members = sum(member.organization_id == one.id for member in instance.memberships.values())
    return {
        "object": "organization",
        "id": one.id,
        "name": one.name,
        "slug": one.slug,
        "image_url": "https://img.clerk.com/standin",
        "has_image": False,
        "members_count": members,
        "pending_invitations_count": 0,
        "max_allowed_memberships": 0,
        "admin_delete_enabled": True,
        "public_metadata": one.public_metadata,
        "private_metadata": one.private_metadata,
        **({"created_by": one.created_by} if one.created_by else {}),
        **_times(one.created_at),
    }


def public_user_data(one: User) -> dict[str, Any]:
    """What members of an organization see of each other."""
    return {
        "user_id": one.id,
        "identifier": one.email,
        "first_name": one.first_name,
        "last_name": one.last_name,
        "profile_image_url": None,
        "image_url": "https://img.clerk.com/standin",
        "has_image": False,
        "username": None,
        "banned": one.banned,
    }


def membership(instance: Instance, one: Membership) -> dict[str, Any]:
    """A membership. The official SDK fails without public_user_data."""
    return {
        "object": "organization_membership",
        "id": one.id,
        "role": one.role,
        "role_name": one.role.removeprefix("org:").title(),
        "permissions": [],
        "public_metadata": {},
        "private_metadata": {},
        "organization": organization(instance, instance.organizations[one.organization_id]),
        "public_user_data": public_user_data(instance.users[one.user_id]),
        **_times(one.created_at),
    }


def backend_session(instance: Instance, one: Session) -> dict[str, Any]:
    """A session, as the Backend API tells it."""
    return {
        "object": "session",
        "id": one.id,
        "client_id": one.client_id,
        "user_id": one.user_id,
        "status": one.status,
        "last_active_organization_id": one.organization_id,
        "actor": None,
        "tasks": None,
        "last_active_at": instance.now_ms(),
        "expire_at": one.created_at + SESSION_LIFETIME_MS,
        "abandon_at": one.created_at + ABANDON_MS,
        **_times(one.created_at),
    }


def frontend_session(instance: Instance, one: Session) -> dict[str, Any]:
    """A session, as the Frontend API tells it, with a fresh token while it is active."""
    owner = instance.users[one.user_id]
    token = None
    if instance.behaviour.last_active_token and one.status == "active":
        token = {"object": "token", "jwt": session_token(instance, one)}
    return {
        "object": "session",
        "id": one.id,
        "status": one.status,
        "expire_at": one.created_at + SESSION_LIFETIME_MS,
        "abandon_at": one.created_at + ABANDON_MS,
        "last_active_at": instance.now_ms(),
        "last_active_token": token,
        "last_active_organization_id": one.organization_id,
        "actor": None,
        "tasks": None,
        "user": user(owner, private=False),
        "public_user_data": public_user_data(owner),
        "factor_verification_age": [0, -1],
        **_times(one.created_at),
    }


def client(instance: Instance, one: Client) -> dict[str, Any]:
    """A client with its active sessions and its present attempts."""
    sessions = [
        frontend_session(instance, session)
        for session in instance.sessions.values()
        if session.client_id == one.id and session.status == "active"
    ]
    attempt = instance.sign_ins.get(one.sign_in_id or "")
    registration = instance.sign_ups.get(one.sign_up_id or "")
    return {
        "object": "client",
        "id": one.id,
        "sessions": sessions,
        "sign_in": sign_in(attempt) if attempt and attempt.status != "complete" else None,
        "sign_up": sign_up(registration) if registration else None,
        "last_active_session_id": sessions[-1]["id"] if sessions else None,
        "last_authentication_strategy": attempt.strategy if attempt else None,
        "cookie_expires_at": None,
        "captcha_bypass": False,
        **_times(one.created_at),
    }


def oauth_verification(attempt: OAuthAttempt, *, expire_at: int) -> dict[str, Any]:
    """The state of a social sign-in.

    Args:
        attempt: The social part.
        expire_at: Milliseconds since the epoch.
    """
    error = None
    if attempt.error_code:
        error = {
            "message": attempt.error_message,
            "long_message": attempt.error_message,
            "code": attempt.error_code,
        }
    return {
        "object": "verification_oauth",
        "status": attempt.status,
        "strategy": f"oauth_{attempt.provider}",
        "external_verification_redirect_url": attempt.authorize_url,
        "attempts": None,
        "expire_at": expire_at,
        "error": error,
    }


def sign_in(one: SignIn) -> dict[str, Any]:
    """An attempt to sign in."""
    expires = one.created_at + ATTEMPT_LIFETIME_MS
    return {
        "object": "sign_in_attempt",
        "id": one.id,
        "status": one.status,
        "supported_identifiers": ["email_address"],
        "supported_first_factors": [{"strategy": "password"}] if one.status == "needs_first_factor" else None,
        "supported_second_factors": None,
        "first_factor_verification": oauth_verification(one.oauth, expire_at=expires) if one.oauth else None,
        "second_factor_verification": None,
        "identifier": one.identifier,
        "user_data": None,
        "created_session_id": one.session_id,
        "client_trust_state": "new",
        "abandon_at": expires,
    }


def sign_up(one: SignUp) -> dict[str, Any]:
    """An attempt to sign up."""
    return {
        "object": "sign_up_attempt",
        "id": one.id,
        "status": "complete",
        "required_fields": [],
        "optional_fields": [],
        "missing_fields": [],
        "unverified_fields": [],
        "verifications": {
            "email_address": None,
            "phone_number": None,
            "web3_wallet": None,
            "external_account": None,
        },
        "username": None,
        "email_address": one.email,
        "phone_number": None,
        "web3_wallet": None,
        "password_enabled": False,
        "first_name": None,
        "last_name": None,
        "unsafe_metadata": {},
        "public_metadata": {},
        "custom_action": False,
        "external_id": None,
        "created_session_id": one.session_id,
        "created_user_id": one.user_id,
        "abandon_at": one.created_at + ATTEMPT_LIFETIME_MS,
        "legal_accepted_at": None,
    }


def ticket(instance: Instance, one: Ticket) -> dict[str, Any]:
    """A sign-in token."""
    return {
        "object": "sign_in_token",
        "id": one.id,
        "status": "accepted" if one.used else "pending",
        "user_id": one.user_id,
        "token": one.token,
        "url": f"{instance.issuer}/v1/tickets/accept?ticket={one.token}",
        **_times(one.created_at),
    }


def redirect_url(one: RedirectUrl) -> dict[str, Any]:
    """A redirect URL on the allow-list."""
    return {"object": "redirect_url", "id": one.id, "url": one.url, **_times(one.created_at)}
