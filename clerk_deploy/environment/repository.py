"""The GitHub token that Amplify clones with and that moves the slots' branches."""

import json
import re
from typing import Final

from clerk_deploy.environment.push import Makers
from clerk_deploy.environment.store import Store
from clerk_deploy.errors import UnusableInputError
from clerk_deploy.secret_value import SecretValue

_FINE_GRAINED: Final = re.compile(r"github_pat_[A-Za-z0-9_]{22,}")
_CLASSIC: Final = re.compile(r"ghp_[A-Za-z0-9]{36,}")


def github_token(text: str) -> SecretValue:
    """A token that was typed or piped in.

    Args:
        text: With or without a line end.

    Raises:
        UnusableInputError: It has not the shape of a personal access token; it is not repeated.
    """
    token = text.strip()
    if _FINE_GRAINED.fullmatch(token) or _CLASSIC.fullmatch(token):
        return SecretValue(token)
    found = "nothing was given" if not token else "what was given is something else, or cut off"
    raise UnusableInputError(
        f"A GitHub token begins with github_pat_ (or ghp_); {found}.",
        next_step="make a fine-grained token at https://github.com/settings/personal-access-tokens with "
        "Contents and Webhooks: read and write on the one repository",
    )


def is_classic(token: SecretValue) -> bool:
    """Whether Amplify would clone with an SSH key of its own instead of the GitHub App."""
    return bool(_CLASSIC.fullmatch(token.reveal()))


def connect_repository(store: Store, token: SecretValue, *, makers: Makers) -> bool:
    """Store the token.

    Args:
        store: The environment's store.
        token: The token.
        makers: Where ids come from.

    Returns:
        Whether it was another one than stored.

    Raises:
        DeployError: Nothing is deployed, or AWS did not do it.
    """
    text = json.dumps({"token": token.reveal()})
    return store.repository.replace(text, version=makers.version_id())
