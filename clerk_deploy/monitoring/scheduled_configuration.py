"""What the scheduled verification is told by its stack; apart from it, so that a synth imports no checks."""

from dataclasses import dataclass
from typing import Any, Final

from clerk_deploy.names import Names

VARIABLE: Final = "CLERK_DEPLOY_VERIFICATION"
"""Environment variable with the configuration, as JSON."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The environment as its scheduled verification needs it.

    Args:
        application: The settings' application name.
        environment: The environment's name.
        url: The site's address.
        domains: Its other host names.
        slots: Where its releases run.
        production: Whether the Clerk instance must be a production instance.
        cnames: The settings' `clerk.cnames`.
        verification: The settings' `verification`.
    """

    application: str
    environment: str
    url: str
    domains: list[str]
    slots: list[str]
    production: bool
    cnames: list[dict[str, str]]
    verification: dict[str, Any]

    @property
    def names(self) -> Names:
        """Names of what the environment owns."""
        return Names(application=self.application, environment=self.environment)
