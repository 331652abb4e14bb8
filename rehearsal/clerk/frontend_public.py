"""What the Frontend API tells anybody: health, keys, settings."""

from typing import Any

from starlette.responses import JSONResponse, Response

from rehearsal.clerk.frontend_call import Call
from rehearsal.clerk.instance import Instance
from rehearsal.clerk.social import PROVIDERS


async def health(_: Call) -> Response:
    """GET /v1/health."""
    return JSONResponse({"status": "healthy"})


async def jwks(call: Call) -> Response:
    """GET /.well-known/jwks.json."""
    return JSONResponse(call.instance.signing.jwks())


async def environment(call: Call) -> Response:
    """GET /v1/environment: the parts that a deployment's verification reads, not the whole."""
    instance = call.instance
    return JSONResponse(
        {
            "auth_config": _auth_config(instance),
            "display_config": {
                "object": "display_config",
                "id": "display_config_" + instance.id.removeprefix("ins_"),
                "instance_environment_type": "production" if instance.production else "development",
                "application_name": instance.frontend_host.removeprefix("clerk."),
                "google_one_tap_client_id": None,
            },
            "user_settings": {
                "social": {f"oauth_{name}": _social(instance, name) for name in PROVIDERS},
                "password_settings": {
                    "min_length": instance.behaviour.minimum_password_length,
                    "disable_hibp": False,
                },
            },
            "organization_settings": {"enabled": True, "force_organization_selection": False},
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


def _social(instance: Instance, name: str) -> dict[str, Any]:
    enabled = name in instance.behaviour.social
    return {
        "enabled": enabled,
        "required": False,
        "authenticatable": enabled,
        "block_email_subaddresses": False,
        "strategy": f"oauth_{name}",
        "not_selectable": False,
        "deprecated": False,
        "name": PROVIDERS[name].title,
        "logo_url": f"https://img.clerk.com/static/{name}.png",
    }
