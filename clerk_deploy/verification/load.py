"""The target from what an environment has stored: settings, variables, secrets, smoke users.

Takes plain documents, so that the command line and Lambdas use the same: the settings come as
`settings.verification.model_dump(by_alias=True, mode="json")`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from clerk_deploy.environment.contract import APP_URL, PUBLISHABLE_KEY, SECRET_KEY
from clerk_deploy.environment.secrets_document import SecretsDocument
from clerk_deploy.errors import CheckFailedError
from clerk_deploy.secret_value import SecretValue
from clerk_deploy.verification.report import Waiver
from clerk_deploy.verification.target import (
    CLERK_API,
    Alarms,
    BackendPaths,
    Budgets,
    Cname,
    SmokeUser,
    Target,
)

SOCIAL_VARIABLES: Final = {
    "google": "NEXT_PUBLIC_GOOGLE_CLIENT_ID",
    "facebook": "NEXT_PUBLIC_FACEBOOK_APP_ID",
    "github": "NEXT_PUBLIC_GITHUB_CLIENT_ID",
}


def make_target(
    *,
    url: str,
    domains: Sequence[str] = (),
    verification: Mapping[str, Any],
    variables: Mapping[str, str],
    secrets: SecretsDocument | None = None,
    smoke: Mapping[str, Any] | None = None,
    cnames: Sequence[Mapping[str, str]] = (),
    alarms_prefix: str = "",
    region: str = "us-east-1",
    production: bool = True,
) -> Target:
    """What is verified.

    Args:
        url: The site's address.
        domains: Its other host names.
        verification: The settings' `verification`, as JSON has it.
        variables: The public and plain variables of the revision that is verified.
        secrets: The secrets document.
        smoke: The document of the smoke users.
        cnames: The settings' `clerk.cnames`, as JSON has them.
        alarms_prefix: How the environment's alarms begin; empty: monitoring is not asked for.
        region: AWS region.
        production: Whether the Clerk instance must be a production instance.

    Raises:
        CheckFailedError: The smoke users' document is none.
    """
    document = secrets or SecretsDocument()
    key = variables.get(PUBLISHABLE_KEY, "")
    users, expired = _smoke(smoke or {})
    return Target(
        url=url.rstrip("/"),
        pages=tuple(verification["pages"]),
        domains=tuple(domains),
        publishable_key=key,
        tenant=variables.get("NEXT_PUBLIC_TENANT_ID", ""),
        api_base_url=variables.get("NEXT_PUBLIC_API_BASE_URL", "").rstrip("/"),
        app_url=variables.get(APP_URL, "").rstrip("/"),
        clerk_api_url=(variables.get("CLERK_BACKEND_API_URL") or CLERK_API).rstrip("/"),
        clerk_secret_key=document.instances.get(key, {}).get(SECRET_KEY),
        users=users,
        expired_token=expired,
        verification_token=_newest(document, "verification"),
        release_token=_newest(document, "release"),
        social={name: variables[word] for name, word in SOCIAL_VARIABLES.items() if variables.get(word)},
        backend=BackendPaths(**_snake(verification["backend"])),
        budgets=budgets(verification["budgets"]),
        cnames=tuple(Cname(name=each["name"], target=each["target"]) for each in cnames),
        resolver=verification["resolver"],
        alarms=Alarms(prefix=alarms_prefix, region=region, datapoint_minutes=verification["datapointMinutes"])
        if alarms_prefix
        else None,
        production=production,
    )


def waivers(verification: Mapping[str, Any]) -> tuple[Waiver, ...]:
    """The settings' waivers."""
    return tuple(
        Waiver(check=each["check"], reason=each["reason"], until=date.fromisoformat(each["until"]))
        for each in verification["waivers"]
    )


def budgets(document: Mapping[str, Any]) -> Budgets:
    """The settings' budgets, in seconds."""
    values: dict[str, Any] = {}
    for name, value in _snake(document).items():
        plain = name.removesuffix("_milliseconds")
        values[plain] = value / 1000 if plain != name else value
    return Budgets(**values)


def parse_smoke(text: str, *, source: str) -> Mapping[str, Any]:
    """The smoke users' document of a stored text.

    Args:
        text: The stored text.
        source: Where it was read, for the message.

    Raises:
        CheckFailedError: It is none.
    """
    try:
        document = json.loads(text)
        _smoke(document)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise CheckFailedError(
            f"{source} holds something else than smoke users.",
            next_step="make them again: clerk-deploy smoke create",
        ) from None
    found: Mapping[str, Any] = document
    return found


def _smoke(document: Mapping[str, Any]) -> tuple[tuple[SmokeUser, ...], SecretValue | None]:
    users = tuple(
        SmokeUser(
            tenant=str(each["tenant"]), email=str(each["email"]), password=SecretValue(str(each["password"]))
        )
        for each in document.get("users", ())
    )
    expired = document.get("expiredToken")
    return users, SecretValue(str(expired)) if expired else None


def _newest(document: SecretsDocument, purpose: str) -> SecretValue | None:
    return next(iter(document.tokens.get(purpose, ())), None)


def _snake(document: Mapping[str, Any]) -> dict[str, Any]:
    """Keys as Python has them: `scriptBytes` becomes `script_bytes`, `pageP95Milliseconds` too."""
    return {re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower(): value for name, value in document.items()}
