"""What Clerk's components are told of an instance: which fields a form has, where its pages are."""

from typing import Any

from rehearsal.clerk.instance import Instance
from rehearsal.clerk.social import PROVIDERS

OFF_ATTRIBUTES = (
    "phone_number",
    "username",
    "web3_wallet",
    "first_name",
    "last_name",
    "authenticator_app",
    "backup_code",
    "passkey",
)


def display_config(instance: Instance) -> dict[str, Any]:
    """Names and addresses. The page's own settings come before these."""
    home = f"https://{instance.site}"
    addresses = {
        f"{name}_url": home
        for name in (
            "home",
            "user_profile",
            "after_sign_in",
            "after_sign_up",
            "after_sign_out_one",
            "after_sign_out_all",
            "after_switch_session",
            "after_leave_organization",
            "after_create_organization",
            "after_join_waitlist",
            "organization_profile",
            "create_organization",
            "waitlist",
        )
    }
    return {
        "object": "display_config",
        "id": "display_config_" + instance.id.removeprefix("ins_"),
        "instance_environment_type": "production" if instance.production else "development",
        "application_name": instance.site,
        "preferred_sign_in_strategy": "password",
        "google_one_tap_client_id": None,
        "theme": {},
        "branded": False,
        "show_devmode_warning": False,
        "logo_image_url": None,
        "favicon_image_url": None,
        "support_email": None,
        "privacy_policy_url": None,
        "terms_url": None,
        "captcha_public_key": None,
        "captcha_widget_type": None,
        "captcha_provider": None,
        "captcha_oauth_bypass": [],
        "sign_in_url": f"{home}/sign-in",
        "sign_up_url": f"{home}/sign-up",
        **addresses,
    }


def user_settings(instance: Instance) -> dict[str, Any]:
    """Fields, providers and rules of sign-in and sign-up: an address and a password, not verified."""
    return {
        "attributes": {
            "email_address": _attribute("email_address", on=True, used_for_first_factor=True),
            "password": _attribute("password", on=True),
            **{name: _attribute(name, on=False) for name in OFF_ATTRIBUTES},
        },
        "social": {f"oauth_{name}": _social(instance, name) for name in PROVIDERS},
        "sign_in": {"second_factor": {"required": False, "enabled": False}},
        "sign_up": {
            "captcha_enabled": False,
            "captcha_widget_type": None,
            "custom_action_required": False,
            "progressive": True,
            "mode": "public",
            "legal_consent_enabled": False,
        },
        "actions": {"delete_self": True, "create_organization": False},
        "attack_protection": {"enumeration_protection": {"enabled": False}},
        "passkey_settings": {"allow_autofill": False, "show_sign_in_button": False},
        "password_settings": {
            "min_length": instance.behaviour.minimum_password_length,
            "max_length": 72,
            "disable_hibp": False,
            "require_special_char": False,
            "require_numbers": False,
            "require_uppercase": False,
            "require_lowercase": False,
            "show_zxcvbn": False,
            "min_zxcvbn_strength": 0,
        },
        "username_settings": {"min_length": 4, "max_length": 64},
        "saml": {"enabled": False},
        "enterprise_sso": {"enabled": False},
    }


def _attribute(name: str, *, on: bool, used_for_first_factor: bool = False) -> dict[str, Any]:
    return {
        "name": name,
        "enabled": on,
        "required": on,
        "used_for_first_factor": used_for_first_factor,
        "first_factors": ["email_code"] if used_for_first_factor else [],
        "used_for_second_factor": False,
        "second_factors": [],
        "verifications": ["email_code"] if used_for_first_factor else [],
        "verify_at_sign_up": False,
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
