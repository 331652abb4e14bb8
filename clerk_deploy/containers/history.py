"""The releases of an environment on containers, from the stack's history and the engine's images."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from clerk_deploy.containers.docker import KeptImage
from clerk_deploy.containers.stack import Update
from clerk_deploy.settings.containers import PROJECT

_MESSAGE = re.compile(r"(?P<purpose>release|rollback) (?P<release>[0-9a-f]{12}-\S{1,8}) by (?P<who>.+)")
OUTCOMES = {"succeeded": "promoted", "failed": "aborted", "in-progress": "running"}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One update of an environment.

    Args:
        version: Number of the update in the stack's history.
        purpose: `release`, `rollback`, or `update` for a plain `pulumi up`.
        release: The release's name; empty when nothing tells it.
        commit: The commit, short or full; empty when nothing tells it.
        image: The image's id, when the engine still has it.
        outcome: `promoted`, `aborted`, `running`.
        who: Who asked for it.
        started: When it began.
        ended: When it ended; None while it runs.
    """

    version: int
    purpose: str
    release: str
    commit: str
    image: str
    outcome: str
    who: str
    started: datetime
    ended: datetime | None


def message(purpose: str, release: str, who: str) -> str:
    """What an update is called in the stack's history; `entries` reads it back."""
    return f"{purpose} {release} by {who}"


def entries(updates: Iterable[Update], images: Iterable[KeptImage]) -> tuple[Entry, ...]:
    """The history, the newest first.

    Args:
        updates: The stack's updates.
        images: The images that the engine keeps.
    """
    kept = {image.release: image for image in images}
    return tuple(_entry(update, kept) for update in updates if update.kind in ("update", "destroy"))


def _entry(update: Update, kept: dict[str, KeptImage]) -> Entry:
    told = _MESSAGE.fullmatch(update.message.strip())
    release = told["release"] if told else _pinned(update)
    image = kept.get(release)
    return Entry(
        version=update.version,
        purpose=told["purpose"] if told else update.kind,
        release=release,
        commit=image.commit if image else release.partition("-")[0] or update.git_commit,
        image=image.image if image else "",
        outcome=OUTCOMES.get(update.result, update.result),
        who=told["who"] if told else update.who,
        started=update.started,
        ended=update.ended,
    )


def _pinned(update: Update) -> str:
    """The release that the configuration named, for an update by hand."""
    try:
        return str(json.loads(update.config.get(f"{PROJECT}:release", "{}")).get("name", ""))
    except (ValueError, AttributeError):
        return ""
