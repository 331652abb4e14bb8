"""Settings of all environments, parsed once into frozen types."""

from clerk_deploy.environment.variable import NeededAt
from clerk_deploy.settings.load import load_settings, parse_settings, pick_environment
from clerk_deploy.settings.models import EnvironmentSettings, ExtraVariable, Host, Settings

__all__ = [
    "EnvironmentSettings",
    "ExtraVariable",
    "Host",
    "NeededAt",
    "Settings",
    "load_settings",
    "parse_settings",
    "pick_environment",
]
