"""All that the Clerk stand-in knows: its instances, the social providers, and what it was asked."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal.clerk.instance import Instance
from rehearsal.clerk.social import Providers
from rehearsal.limits import Clock

BACKEND_HOST = "api.clerk.com"
PROXY_TARGET_HOST = "frontend-api.clerk.dev"
"""Where Clerk has proxies send Frontend API requests; the proxy URL tells the instance."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request, without headers, query or body, which may hold secrets."""

    api: str
    method: str
    path: str
    status: int


@dataclass(kw_only=True)
class Clerk:
    """Clerk, with one or more instances.

    Args:
        clock: Seconds since the epoch.
        instances: The instances.
        providers: The social providers' stand-in.
        asked: The latest requests, oldest first.
        packages: Where the scripts of Clerk's components are kept; None: there are none.
    """

    clock: Clock
    instances: list[Instance] = field(default_factory=list)
    providers: Providers = field(default_factory=Providers)
    asked: deque[Asked] = field(default_factory=lambda: deque(maxlen=2000))
    packages: Path | None = None

    def add(self, instance: Instance, *, client_ids: Mapping[str, str] | None = None) -> Instance:
        """Adds an instance and registers it with the social providers, as its owner would.

        Args:
            instance: The instance.
            client_ids: Client ids by provider (google, facebook, github); made up where absent.
        """
        self.instances.append(instance)
        self.providers.register(
            redirect_uri=f"{instance.issuer}/v1/oauth_callback",
            instance_id=instance.id,
            client_ids=client_ids or {},
        )
        return instance

    def by_secret_key(self, key: str) -> Instance | None:
        """The instance that accepts a secret key."""
        return next((one for one in self.instances if key in one.secret_keys), None)

    def by_host(self, host: str) -> Instance | None:
        """The instance whose Frontend API has a host."""
        return next((one for one in self.instances if one.frontend_host == host), None)

    def by_proxy_url(self, url: str) -> Instance | None:
        """The instance with a registered proxy URL."""
        return next((one for one in self.instances if one.behaviour.proxy_url == url), None)
