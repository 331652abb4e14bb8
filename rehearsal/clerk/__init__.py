"""Clerk on loopback: Backend API, Frontend API and social providers. See README.md beside this file."""

from rehearsal.clerk.app import create_app
from rehearsal.clerk.control import create_control_app
from rehearsal.clerk.instance import Instance
from rehearsal.clerk.models import ProviderAccount
from rehearsal.clerk.state import Asked, Clerk
from rehearsal.clerk.switches import Behaviour, Fault

__all__ = [
    "Asked",
    "Behaviour",
    "Clerk",
    "Fault",
    "Instance",
    "ProviderAccount",
    "create_app",
    "create_control_app",
]
