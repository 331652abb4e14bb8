"""Rotating the tokens of edge, release and verification."""

from collections.abc import Callable
from dataclasses import replace

from clerk_deploy.environment.push import Makers
from clerk_deploy.environment.secrets_document import TOKENS, SecretsDocument
from clerk_deploy.environment.secrets_update import read_secrets, update_secrets
from clerk_deploy.environment.store import Store
from clerk_deploy.errors import RefusedError
from clerk_deploy.secret_value import SecretValue


def rotate_tokens(store: Store, *, makers: Makers, sent_by_edge: SecretValue | None) -> None:
    """Put a new first token before each one that was first; that one stays accepted.

    Args:
        store: The environment's store.
        makers: Where ids and tokens come from.
        sent_by_edge: The origin token in the edge's store; None while nothing is there.

    Raises:
        RefusedError: There are no tokens, or the edge has not got the last ones: the app would
            refuse what it sends after one more.
        DeployError: AWS did not do it.
    """
    document = read_secrets(store.secrets, store.secrets.versions().current)
    if not all(document.tokens.get(name) for name in TOKENS):
        raise RefusedError(
            f"{store.names.environment} has no tokens yet.",
            next_step="push first: clerk-deploy environment push FILE",
        )
    if sent_by_edge and sent_by_edge != document.tokens["origin"][0]:
        raise RefusedError(
            "The edge still sends the token from before the last rotation; a second one would cut it off.",
            next_step="bring the new token to the edge first (every release does), then rotate again",
        )
    update_secrets(store.secrets, _rotation(document, makers.token), new_id=makers.version_id)


def _rotation(
    document: SecretsDocument, new_token: Callable[[], str]
) -> Callable[[SecretsDocument], SecretsDocument]:
    """A change to fixed tokens: applied again on top of somebody else's write, it gives the same."""
    rotated = {name: (SecretValue(new_token()), document.tokens[name][0]) for name in TOKENS}
    return lambda found: replace(found, tokens={**found.tokens, **rotated})
