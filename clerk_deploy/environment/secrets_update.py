"""Changing the secrets document while somebody else may do the same."""

from collections.abc import Callable

from clerk_deploy.environment.secrets_document import SecretsDocument
from clerk_deploy.environment.store import VersionedSecret
from clerk_deploy.errors import RefusedError

ATTEMPTS = 5


def read_secrets(secret: VersionedSecret, version: str | None) -> SecretsDocument:
    """The document of one version; an empty one before the first write."""
    if version is None:
        return SecretsDocument()
    return SecretsDocument.from_json(secret.read(version), source=secret.name)


def update_secrets(
    secret: VersionedSecret,
    change: Callable[[SecretsDocument], SecretsDocument],
    *,
    new_id: Callable[[], str],
) -> SecretsDocument:
    """Apply a change to the current document; write only when it changes something.

    Secrets Manager has no conditional write. So after each write the version that was replaced is compared
    with the one that was read; if somebody wrote in between, the change is applied again on top of theirs.

    Args:
        secret: The secret.
        change: From the document as it is to the document as it shall be; gives the same for the same.
        new_id: Makes version ids.

    Returns:
        The document as it is now.

    Raises:
        RefusedError: Others kept writing.
        DeployError: AWS did not read or write it.
    """
    base_id = secret.versions().current
    base = read_secrets(secret, base_id)
    rewrite = False
    for _ in range(ATTEMPTS):
        wanted = change(base)
        if wanted == base and not rewrite:
            return wanted
        written = new_id()
        secret.write(wanted.to_json(), version=written)
        versions = secret.versions()
        if versions.current != written:
            # theirs came after ours: go on from theirs
            base_id, rewrite = versions.current, False
            base = read_secrets(secret, base_id)
        elif versions.previous != base_id:
            # ours replaced theirs unread: theirs again, with our change on top
            base = read_secrets(secret, versions.previous)
            base_id, rewrite = written, True
        else:
            return wanted
    raise RefusedError(
        f"{secret.name} was written by others {ATTEMPTS} times meanwhile.",
        next_step="find out who pushes at the same time, then run it again",
    )
