"""The values that a rehearsal deploys with: shaped like production's, made for the run, worth nothing."""

import base64
import secrets
from dataclasses import dataclass, field

from clerk_deploy.settings import EnvironmentSettings

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
TENANT = "tenant_production_001"
OTHER_TENANT = "tenant_production_002"
GOOGLE_CLIENT_ID = "1234567890-rehearsal.apps.googleusercontent.com"
FACEBOOK_APP_ID = "123456789012345"
SOCIAL_USER = "octocat@example.com"
GITHUB_CLIENT_ID = "Iv1.0123456789abcdef"


@dataclass(frozen=True, kw_only=True)
class Example:
    """One environment's names and keys.

    Args:
        domain: The site's domain.
        domains: All host names of the site.
        secret_key: Clerk's secret key of the run.
        github_token: The token that Amplify and the release steps show GitHub.
    """

    domain: str
    domains: tuple[str, ...]
    secret_key: str = field(repr=False)
    github_token: str = field(repr=False)

    @classmethod
    def make(cls, environment: EnvironmentSettings) -> "Example":
        """Names from the settings, keys at random."""
        return cls(
            domain=environment.domain,
            domains=environment.domains,
            secret_key=f"sk_live_{_characters(42)}",
            github_token=f"github_pat_{_characters(22)}_{_characters(59)}",
        )

    @property
    def frontend_host(self) -> str:
        """Host of Clerk's Frontend API."""
        return f"clerk.{self.domain}"

    @property
    def backend_host(self) -> str:
        """Host of the other team's backend."""
        return f"api.{self.domain}"

    @property
    def publishable_key(self) -> str:
        """Clerk's publishable key: the Frontend API's host, in base64 without padding."""
        encoded = base64.b64encode(f"{self.frontend_host}$".encode()).decode().rstrip("=")
        return f"pk_live_{encoded}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must be in no artifact."""
        return (self.secret_key, self.github_token)

    def environment_file(self) -> str:
        """A .env.production for this environment."""
        return "".join(
            f"{name}={value}\n"
            for name, value in {
                "CLERK_SECRET_KEY": self.secret_key,
                "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY": self.publishable_key,
                "NEXT_PUBLIC_API_BASE_URL": f"https://{self.backend_host}",
                "NEXT_PUBLIC_TENANT_ID": TENANT,
                "NEXT_PUBLIC_APP_URL": f"https://{self.domain}",
                "NEXT_PUBLIC_GOOGLE_CLIENT_ID": GOOGLE_CLIENT_ID,
                "NEXT_PUBLIC_GITHUB_CLIENT_ID": GITHUB_CLIENT_ID,
            }.items()
        )


def _characters(count: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(count))
