"""Pushing checked values: nothing half done is ever visible, for the revision is named last."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from clerk_deploy.environment.labels import label_of, labels_to_drop
from clerk_deploy.environment.plan import Plan
from clerk_deploy.environment.secrets_document import SecretsDocument
from clerk_deploy.environment.secrets_update import update_secrets
from clerk_deploy.environment.store import Pointer, Store, visible_text
from clerk_deploy.environment.validate import Values
from clerk_deploy.errors import RefusedError

LABELS: Final = 16
"""Revisions kept: AWS takes 20 labels a secret, of which it uses up to three itself."""


@dataclass(frozen=True, kw_only=True)
class Makers:
    """Where ids and tokens come from.

    Args:
        version_id: Makes version ids, 32 to 64 characters.
        token: Makes tokens, 32 hexadecimal digits.
    """

    version_id: Callable[[], str]
    token: Callable[[], str]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a push did.

    Args:
        plan: What it set out to change.
        revision: The pushed revision.
        replaced_another: Another push ended at the same moment and lost.
        unlabelled: Revisions that AWS need not keep any more.
    """

    plan: Plan
    revision: str
    replaced_another: bool = False
    unlabelled: tuple[str, ...] = ()


def push(store: Store, values: Values, *, plan: Plan, makers: Makers, held: Collection[str] = ()) -> Outcome:
    """Write what the plan says. The revision parameter comes last: until then nobody sees anything of it.

    Args:
        store: The environment's store.
        values: The values that were planned.
        plan: What to change.
        makers: Where ids and tokens come from.
        held: Revisions that slots, stacks or releases use.

    Raises:
        RefusedError: Another push won; the message says which.
        DeployError: AWS did not do it; the pushed revision is still the one before.
    """
    update_secrets(
        store.secrets, lambda document: _changed(document, values, plan, makers), new_id=makers.version_id
    )
    revision = plan.stored or makers.version_id()
    if plan.stored is None:
        store.variables.write(visible_text(values.visible), version=revision)
    kept = {*held, revision, *([plan.pointer.revision] if plan.pointer.revision else [])}
    unlabelled = _label(store, revision, held=kept)
    replaced = _announce(store, plan.pointer, revision)
    return Outcome(plan=plan, revision=revision, replaced_another=replaced, unlabelled=unlabelled)


def _changed(document: SecretsDocument, values: Values, plan: Plan, makers: Makers) -> SecretsDocument:
    changed = document.with_instance(values.publishable_key, values.secrets).with_tokens(makers.token)
    return changed.only(set(changed.instances) - set(plan.drops))


def _label(store: Store, revision: str, *, held: Collection[str]) -> tuple[str, ...]:
    """Label the revision; make room for the label first."""
    versions = store.variables.versions()
    label = label_of(revision)
    if any(version.id == revision and label in version.labels for version in versions.items):
        return ()
    dropped = labels_to_drop(versions, held=held, room=LABELS - 1)
    for version, old in dropped:
        store.variables.unlabel(version, old)
    store.variables.label(revision, label)
    return tuple(version for version, _ in dropped)


def _announce(store: Store, before: Pointer, revision: str) -> bool:
    """Name the revision; find out whether another push did so at the same time.

    Returns:
        Whether another push lost against this one.
    """
    if before.revision == revision:
        return False
    now = store.pointer.read()
    if now.number != before.number and now.revision != revision:
        raise RefusedError(
            f"Another push ended first: revision {now.revision} is pushed, and yours is not.",
            next_step="see what it changed (clerk-deploy environment diff FILE), then push again",
        )
    number = store.pointer.write(revision)
    after = store.pointer.read()
    if after.revision != revision:
        raise RefusedError(
            f"Another push came after this one and won: revision {after.revision} is pushed.",
            next_step="see what it changed (clerk-deploy environment diff FILE), then push again",
        )
    return number > now.number + 1
