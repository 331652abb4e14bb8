"""What a push would change. Reads only."""

from collections.abc import Collection
from dataclasses import dataclass

from clerk_deploy.environment.compare import Change, Pushed, compare, same_visible
from clerk_deploy.environment.contract import PUBLISHABLE_KEY
from clerk_deploy.environment.labels import LABEL
from clerk_deploy.environment.secrets_document import LIMIT_BYTES, SecretsDocument
from clerk_deploy.environment.secrets_update import read_secrets
from clerk_deploy.environment.store import Pointer, Store, Versions, visible_text
from clerk_deploy.environment.validate import Values
from clerk_deploy.errors import CheckFailedError


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a push would change.

    Args:
        pointer: The revision parameter as it was read.
        changes: Variables that differ from what is pushed.
        needs_revision: Whether public or plain values changed.
        stored: A version that holds these values already: pushed, or left by a push that was cut off.
        makes_tokens: Whether tokens are missing.
        drops: Publishable keys whose secrets go.
    """

    pointer: Pointer
    changes: tuple[Change, ...]
    needs_revision: bool
    stored: str | None
    makes_tokens: bool
    drops: tuple[str, ...] = ()

    @property
    def changes_nothing(self) -> bool:
        """Whether everything is pushed already."""
        return not (self.changes or self.needs_revision or self.makes_tokens or self.drops)


def read_pushed(store: Store, *, publishable_key: str | None = None) -> Pushed:
    """What is pushed now.

    Args:
        store: The environment's store.
        publishable_key: Whose secrets; None takes those of the pushed revision.

    Raises:
        DeployError: Nothing is deployed, or AWS did not tell.
    """
    pointer = store.pointer.read()
    visible = store.visible(pointer.revision) if pointer.revision else {}
    document = read_secrets(store.secrets, store.secrets.versions().current)
    key = publishable_key or visible.get(PUBLISHABLE_KEY, "")
    return Pushed(revision=pointer.revision, visible=visible, secrets=document.instances.get(key, {}))


def plan_push(store: Store, values: Values, *, held: Collection[str] = (), prune: bool = False) -> Plan:
    """What a push would change; writes nothing.

    Args:
        store: The environment's store.
        values: Checked values.
        held: Revisions that slots, stacks or releases use.
        prune: Whether to drop secrets of instances that no held revision names.

    Raises:
        DeployError: Nothing is deployed, or AWS did not tell.
    """
    _refuse_too_large(values)
    pointer = store.pointer.read()
    versions = store.variables.versions()
    visible = store.visible(pointer.revision) if pointer.revision else {}
    document = read_secrets(store.secrets, store.secrets.versions().current)
    pushed = Pushed(
        revision=pointer.revision,
        visible=visible,
        secrets=document.instances.get(values.publishable_key, {}),
    )
    in_use = (pointer.revision,) if pointer.revision else ()
    needs_revision = not same_visible(values, visible)
    return Plan(
        pointer=pointer,
        changes=compare(values, pushed),
        needs_revision=needs_revision,
        stored=_stored(store, values, versions) if needs_revision else pointer.revision,
        makes_tokens=document.with_tokens(lambda: "") != document,
        drops=_dropped(store, document, values, versions, {*held, *in_use}) if prune else (),
    )


def _stored(store: Store, values: Values, versions: Versions) -> str | None:
    """The current version if it holds these values: a push that was cut off left it."""
    if versions.current is None:
        return None
    try:
        found = store.visible(versions.current)
    except CheckFailedError:
        return None
    return versions.current if same_visible(values, found) else None


def _dropped(
    store: Store, document: SecretsDocument, values: Values, versions: Versions, held: Collection[str]
) -> tuple[str, ...]:
    """Instances that no labelled or held revision names."""
    labelled = {
        version.id for version in versions.items if any(label.startswith(LABEL) for label in version.labels)
    }
    used = {values.publishable_key}
    for revision in sorted(labelled | set(held)):
        used.add(store.visible(revision).get(PUBLISHABLE_KEY, ""))
    return tuple(key for key in document.instances if key not in used)


def _refuse_too_large(values: Values) -> None:
    size = len(visible_text(values.visible).encode())
    if size > LIMIT_BYTES:
        raise CheckFailedError(
            f"All public and plain variables have {size} bytes; Secrets Manager takes {LIMIT_BYTES}.",
            next_step="shorten the longest, or keep it in a store of your own and pass its address",
        )
