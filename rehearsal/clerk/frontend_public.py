"""What the Frontend API tells anybody: health, keys, settings."""

from starlette.responses import JSONResponse, Response

from rehearsal.clerk.frontend_call import Call
from rehearsal.clerk.social import PROVIDERS


async def health(_: Call) -> Response:
    """GET /v1/health."""
    return JSONResponse({"status": "healthy"})


async def jwks(call: Call) -> Response:
    """GET /.well-known/jwks.json."""
    return JSONResponse(call.instance.signing.jwks())


async def environment(call: Call) -> Response:
    """GET /v1/environment: the parts that a deployment's verification reads."""
    instance = call.instance
    kind = "production" if instance.production else "development"
    social = {
        f"oauth_{name}": {
            "enabled": name in instance.behaviour.social,
            "required": False,
            "authenticatable": name in instance.behaviour.social,
            "block_email_subaddresses": False,
            "strategy": f"oauth_{name}",
            "not_selectable": False,
            "deprecated": False,
            "name": provider.title,
            "logo_url": f"https://img.clerk.com/static/{name}.png",
        }
        for name, provider in PROVIDERS.items()
    }
    return JSONResponse(
        {
            "auth_config": {
                "object": "auth_config",
                "id": "aconf_" + instance.id.removeprefix("ins_"),
                "single_session_mode": False,
                "native_api": instance.behaviour.native_api,
                "first_factors": [
                    "password",
                    "ticket",
                    *(f"oauth_{one}" for one in instance.behaviour.social),
                ],
                "email_address_verification_strategies": ["email_code"],
            },
            "display_config": {
                "object": "display_config",
                "id": "display_config_" + instance.id.removeprefix("ins_"),
                "instance_environment_type": kind,
                "application_name": instance.frontend_host.removeprefix("clerk."),
            },
            "user_settings": {
                "social": social,
                "password_settings": {
                    "min_length": instance.behaviour.minimum_password_length,
                    "disable_hibp": False,
                },
            },
            "organization_settings": {"enabled": True, "force_organization_selection": False},
            "maintenance_mode": False,
        }
    )
