"""The contract's values of an environment on containers: from a checked file, or from Secrets Manager."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from clerk_deploy.environment.contract import contract
from clerk_deploy.environment.secrets_document import TOKENS, SecretsDocument
from clerk_deploy.environment.sources import from_file
from clerk_deploy.environment.validate import Values, check_values
from clerk_deploy.errors import CheckFailedError, Problem, SettingsError
from clerk_deploy.secret_value import SecretValue
from clerk_deploy.settings.models import EnvironmentSettings

TOKEN_COMMAND: Final = "openssl rand -hex 32 | pulumi config set --secret tokens"
"""Makes the key of an environment's tokens without showing it to argv or the screen."""

_KEY: Final = re.compile(r"[0-9A-Za-z_-]{32,128}")


@dataclass(frozen=True, kw_only=True)
class ContainerValues:
    """What a release is built with and what its server knows.

    Args:
        visible: Public and plain variables of the guide, under every name that the app has for them.
        extras: The application's own public and plain variables.
        revision: Tells these values from others.
        publishable_key: The Clerk instance's.
        secrets: The server's secrets and, from Secrets Manager, the tokens.
    """

    visible: Mapping[str, str]
    extras: Mapping[str, str]
    revision: str
    publishable_key: str
    secrets: SecretsDocument = field(repr=False)


def values_of_file(
    path: Path, *, previous: Path | None, environment: str, settings: EnvironmentSettings
) -> ContainerValues:
    """Values of a .env file, checked against the contract.

    Args:
        path: The file.
        previous: The file from before a change of the Clerk instance; its secrets are kept beside the
            new ones.
        environment: The environment's name.
        settings: Its settings.

    Raises:
        UnusableInputError: A file is missing or unreadable.
        ProblemsError: With every problem of the contract.
    """
    values = check_values(from_file(path), environment=environment, settings=settings)
    secrets = SecretsDocument()
    if previous:
        before = check_values(from_file(previous), environment=environment, settings=settings)
        secrets = secrets.with_instance(before.publishable_key, before.secrets)
    return container_values(
        values.visible,
        settings=settings,
        revision=_revision(values),
        secrets=secrets.with_instance(values.publishable_key, values.secrets),
    )


def container_values(
    visible: Mapping[str, str], *, settings: EnvironmentSettings, revision: str, secrets: SecretsDocument
) -> ContainerValues:
    """Values sorted by how they reach the build.

    Args:
        visible: Every public and plain variable.
        settings: The environment's settings.
        revision: The revision of these values.
        secrets: The secrets document.
    """
    own = {variable.name for variable in settings.variables}
    handed_on = {
        other: visible.get(variable.name, "")
        for variable in contract(settings)
        for other in variable.handed_on_as
    }
    guide = {name: value for name, value in visible.items() if name not in own}
    return ContainerValues(
        visible={**guide, **handed_on},
        extras={name: value for name, value in visible.items() if name in own},
        revision=revision,
        publishable_key=visible["NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY"],
        secrets=secrets,
    )


def with_tokens(secrets: SecretsDocument, keys: str | None) -> SecretsDocument:
    """The document with its tokens; those of Secrets Manager stay.

    One key makes all tokens of an environment, so that one secret has to be made and kept. While it
    is rotated there are two: the first is used, both are accepted.

    Args:
        secrets: The document.
        keys: The stack's secret `tokens`: one key or two, the newest first.

    Raises:
        SettingsError: There are no tokens, or the keys cannot be used.
    """
    if all(secrets.tokens.get(purpose) for purpose in TOKENS):
        return secrets
    words = (keys or "").replace(",", " ").split()
    if not 1 <= len(words) <= 2 or not all(_KEY.fullmatch(word) for word in words):
        raise SettingsError(
            "The stack has no usable tokens.",
            problems=[
                Problem(
                    where="tokens",
                    expected="one secret of 32 to 128 letters and digits, or two while it is rotated",
                    next_step=TOKEN_COMMAND,
                )
            ],
            next_step=f"in pulumi/: {TOKEN_COMMAND}",
        )
    made = {purpose: tuple(SecretValue(_token(word, purpose)) for word in words) for purpose in TOKENS}
    return SecretsDocument(instances=secrets.instances, tokens=made)


def require_instance(secrets: SecretsDocument, publishable_key: str, *, release: str) -> None:
    """Refuse to run a release whose Clerk instance's secret is not at hand.

    Args:
        secrets: The document that the release would get.
        publishable_key: The key that the release was built with.
        release: Its name.

    Raises:
        CheckFailedError: The document holds no secret of that instance.
    """
    if publishable_key and publishable_key not in secrets.instances:
        raise CheckFailedError(
            f"Release {release} was built for another Clerk instance, and its secret is not at hand.",
            next_step="give the .env file of that instance: "
            "pulumi config set --path variables.previousFile FILE",
        )


def _token(key: str, purpose: str) -> str:
    return hmac.new(key.encode(), f"clerk-deploy/{purpose}".encode(), hashlib.sha256).hexdigest()[:32]


def _revision(values: Values) -> str:
    """The same for the same values, whoever computes it; secrets are no part of it."""
    text = json.dumps(dict(values.visible), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
