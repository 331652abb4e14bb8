"""What the Frontend API tells anybody: health, keys, settings."""

from typing import Any

from starlette.responses import JSONResponse, Response

from rehearsal.clerk.frontend_call import Call
from rehearsal.clerk.frontend_settings import display_config, user_settings
from rehearsal.clerk.instance import Instance


async def health(_: Call) -> Response:
    """GET /v1/health."""
    return JSONResponse({"status": "healthy"})


async def jwks(call: Call) -> Response:
    """GET /.well-known/jwks.json."""
    return JSONResponse(call.instance.signing.jwks())


async def environment(call: Call) -> Response:
    """GET /v1/environment: what a deployment's verification and Clerk's components read, not the whole."""
    instance = call.instance
    return JSONResponse(
        {
            "auth_config": _auth_config(instance),
            "display_config": display_config(instance),
            "user_settings": user_settings(instance),
            "organization_settings": {
                "enabled": True,
                "max_allowed_memberships": 0,
                "force_organization_selection": False,
                "actions": {"admin_delete": True},
                "domains": {"enabled": False, "enrollment_modes": [], "default_role": None},
                "slug": {"disabled": False},
            },
            "maintenance_mode": False,
        }
    )


def _auth_config(instance: Instance) -> dict[str, Any]:
    social = [f"oauth_{name}" for name in instance.behaviour.social]
    return {
        "object": "auth_config",
        "id": "aconf_" + instance.id.removeprefix("ins_"),
        "first_name": "on",
        "last_name": "on",
        "email_address": "required",
        "phone_number": "off",
        "username": "off",
        "password": "required",
        "identification_requirements": [["email_address"]],
        "identification_strategies": ["email_address", *social],
        "first_factors": ["password", "ticket", *social],
        "second_factors": [],
        "email_address_verification_strategies": ["email_code"],
        "single_session_mode": False,
        "enhanced_email_deliverability": False,
        "test_mode": not instance.production,
        "url_based_session_syncing": True,
        "claimed_at": None,
        "reverification": True,
        "native_settings": {
            "object": "native_settings",
            "api_enabled": instance.behaviour.native_api,
            "trusted_device_sign_in_enabled": instance.behaviour.device_trust,
            "trusted_device_enrollment_prompt_after_sign_in_enabled": False,
            "trusted_device_enrollment_prompt_after_sign_up_enabled": False,
        },
    }
