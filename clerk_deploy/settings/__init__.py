"""Settings of all environments, parsed once into frozen types."""

from clerk_deploy.environment.keys import InstanceType
from clerk_deploy.environment.variable import NeededAt
from clerk_deploy.settings.clerk import Clerk, ClerkDns
from clerk_deploy.settings.load import load_settings, parse_settings, pick_environment
from clerk_deploy.settings.models import (
    ContactSettings,
    EnvironmentSettings,
    Firewall,
    Host,
    HostedZone,
    LogSettings,
    Settings,
)
from clerk_deploy.settings.variables import ExtraVariable

__all__ = [
    "Clerk",
    "ClerkDns",
    "ContactSettings",
    "EnvironmentSettings",
    "ExtraVariable",
    "Firewall",
    "Host",
    "HostedZone",
    "InstanceType",
    "LogSettings",
    "NeededAt",
    "Settings",
    "load_settings",
    "parse_settings",
    "pick_environment",
]
