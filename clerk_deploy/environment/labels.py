"""The labels that make AWS keep revisions."""

from collections.abc import Collection
from typing import Final

from clerk_deploy.environment.store import Versions
from clerk_deploy.errors import RefusedError

LABEL: Final = "revision-"


def label_of(revision: str) -> str:
    """The label that keeps a revision."""
    return f"{LABEL}{revision[:8]}"


def labels_to_drop(versions: Versions, *, held: Collection[str], room: int) -> tuple[tuple[str, str], ...]:
    """Which labels go, the oldest first, so that only `room` of ours stay.

    Args:
        versions: The secret's versions.
        held: Revisions that must stay: a slot, the parameter or a stack uses them.
        room: Labels that may stay.

    Returns:
        Version id and label of each.

    Raises:
        RefusedError: More are held than there is room for.
    """
    ours = [
        (version.id, label)
        for version in versions.items
        for label in version.labels
        if label.startswith(LABEL)
    ]
    surplus = len(ours) - room
    loose = [(version, label) for version, label in ours if version not in held]
    if surplus > len(loose):
        raise RefusedError(
            f"{len(ours)} revisions are in use, and AWS labels no more versions of a secret.",
            next_step="release from one revision, so that slots let go of the others; then push again",
        )
    return tuple(loose[: max(surplus, 0)])
