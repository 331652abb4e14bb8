"""The secrets document: the server's secrets by publishable key, and the edge's tokens.

One shape for Secrets Manager and for a Docker secret's file. Standard library only.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from clerk_deploy.errors import CheckFailedError
from clerk_deploy.secret_value import SecretValue

TOKENS: Final = ("origin", "release", "verification")
"""What the tokens prove: a request came through the edge, may name its slot, is a verification."""

LIMIT_BYTES: Final = 65_536
"""Secrets Manager's limit of one value."""

Instances = Mapping[str, Mapping[str, SecretValue]]
Tokens = Mapping[str, tuple[SecretValue, ...]]


@dataclass(frozen=True, kw_only=True)
class SecretsDocument:
    """Everything that only the running server and the edge may know.

    Args:
        instances: Secret variables by publishable key.
        tokens: By purpose; the first is sent, all are accepted.
    """

    instances: Instances = field(default_factory=dict)
    tokens: Tokens = field(default_factory=dict)

    def with_instance(self, publishable_key: str, secrets: Mapping[str, SecretValue]) -> "SecretsDocument":
        """With one instance's secrets replaced, the others kept."""
        return replace(self, instances={**self.instances, publishable_key: dict(secrets)})

    def with_tokens(self, new_token: Callable[[], str]) -> "SecretsDocument":
        """With a token for each purpose that has none."""
        made = {name: self.tokens.get(name) or (SecretValue(new_token()),) for name in TOKENS}
        return replace(self, tokens={**self.tokens, **made})

    def only(self, publishable_keys: Collection[str]) -> "SecretsDocument":
        """Without the instances that are not named."""
        kept = {key: secrets for key, secrets in self.instances.items() if key in publishable_keys}
        return replace(self, instances=kept)

    def to_json(self) -> str:
        """The stored text, secrets in the clear: for Secrets Manager and a secret's file alone.

        Raises:
            CheckFailedError: It is over Secrets Manager's limit.
        """
        text = json.dumps(
            {
                "instances": {
                    key: {name: secret.reveal() for name, secret in secrets.items()}
                    for key, secrets in self.instances.items()
                },
                "tokens": {
                    name: [token.reveal() for token in accepted] for name, accepted in self.tokens.items()
                },
            },
            separators=(",", ":"),
        )
        if len(text.encode()) > LIMIT_BYTES:
            raise CheckFailedError(
                f"All secrets together are over {LIMIT_BYTES} bytes, which Secrets Manager does not take.",
                next_step="drop instances that nothing uses (push --prune), or shorten your own secrets",
            )
        return text

    @classmethod
    def from_json(cls, text: str, *, source: str) -> "SecretsDocument":
        """The document of a stored text.

        Args:
            text: The stored text.
            source: Where it was read, for the message.

        Raises:
            CheckFailedError: It is no secrets document; the message holds nothing of it.
        """
        try:
            document: Any = json.loads(text)
            return cls(
                instances={
                    str(key): {str(name): _secret(value) for name, value in secrets.items()}
                    for key, secrets in document.get("instances", {}).items()
                },
                tokens={
                    str(name): tuple(_secret(token) for token in accepted)
                    for name, accepted in document.get("tokens", {}).items()
                },
            )
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise CheckFailedError(
                f"{source} holds something else than clerk-deploy's secrets document.",
                next_step="find out who wrote it (CloudTrail, PutSecretValue) and restore the version before",
            ) from None


def _secret(value: object) -> SecretValue:
    if not isinstance(value, str):
        raise TypeError("a secret must be a text")
    return SecretValue(value)
