"""The verification's healthy world, for the function that verifies on a schedule."""

from tests.clerk_deploy.verification.conftest import (
    _without_proxies,
    authority,
    cacert,
    served,
    served_for_session,
)

__all__ = ["_without_proxies", "authority", "cacert", "served", "served_for_session"]
