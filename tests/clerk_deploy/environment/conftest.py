import base64
from collections.abc import Callable

import pytest

from clerk_deploy.environment.sources import from_text
from clerk_deploy.environment.validate import Values, check_values
from clerk_deploy.settings import EnvironmentSettings

SETTINGS = {
    "host": "amplify",
    "account": "123456789012",
    "domain": "yourapp.com",
    "repository": "https://github.com/your-org/yourapp",
    "variables": [
        {"name": "SENTRY_DSN", "help": "Where errors go."},
        {"name": "MAIL_PASSWORD", "secret": True},
        {"name": "NEXT_PUBLIC_THEME"},
    ],
}


def publishable_key(host: str = "clerk.yourapp.com", *, kind: str = "live") -> str:
    return f"pk_{kind}_" + base64.b64encode(f"{host}$".encode()).decode().rstrip("=")


GOOD = {
    "CLERK_SECRET_KEY": "sk_live_c0ffeec0ffeec0ffeec0ffee",
    "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY": publishable_key(),
    "NEXT_PUBLIC_API_BASE_URL": "https://api.yourapp.com",
    "NEXT_PUBLIC_TENANT_ID": "tenant_production_001",
    "NEXT_PUBLIC_APP_URL": "https://yourapp.com",
}


@pytest.fixture
def settings() -> EnvironmentSettings:
    return EnvironmentSettings.model_validate(SETTINGS)


@pytest.fixture
def good() -> dict[str, str]:
    return dict(GOOD)


@pytest.fixture
def check(settings: EnvironmentSettings) -> Callable[..., Values]:
    """Checks a file's text, with settings changed by keyword."""

    def run(text: str, **changed: object) -> Values:
        changes = {**SETTINGS, **changed}
        return check_values(
            from_text(text, source=".env.production"),
            environment="production",
            settings=EnvironmentSettings.model_validate(changes),
        )

    return run
