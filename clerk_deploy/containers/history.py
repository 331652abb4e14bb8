"""The releases of an environment on containers: Pulumi's history is the ledger, the engine has the images.

Pulumi's state is what a team shares, so nothing is kept beside it: what was good and what is condemned
follows from the updates and their messages.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from clerk_deploy.containers.docker import KeptImage
from clerk_deploy.containers.stack import Update
from clerk_deploy.release.ledger.records import ABORTED, PROMOTED, RELEASE, ROLLBACK, ROLLED_BACK, RUNNING
from clerk_deploy.settings.containers import PROJECT

REASON_LENGTH = 300
"""Characters of a reason that an update's message keeps."""

FALLBACK = "fallback"
"""The purpose of a release of the app with Clerk's own components."""

_NAME = r"[0-9a-f]{12}-\S{1,8}"
_MESSAGE = re.compile(
    rf"(?P<purpose>{RELEASE}|{FALLBACK}|{ROLLBACK}) (?P<release>{_NAME})(?: from (?P<left>{_NAME}))?"
    r" by (?P<who>[^:]+)(?:: (?P<reason>.+))?"
)
OUTCOMES = {"succeeded": PROMOTED, "failed": ABORTED, "in-progress": RUNNING}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One update of an environment.

    Args:
        version: Number of the update in the stack's history; 0 where the state's backend counts none.
        purpose: `release`, `fallback`, `rollback`, or `update` for a plain `pulumi up`.
        release: The release's name; empty when nothing tells it.
        commit: The commit, short or full; empty when nothing tells it.
        image: The image's id, when the engine still has it.
        outcome: `promoted`, `rolled back` (later), `aborted`, `running`.
        who: Who asked for it.
        started: When it began.
        ended: When it ended; None while it runs.
        left: The release that a rollback led away from.
        reason: Why, as whoever asked has said.
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
    left: str = ""
    reason: str = ""


def message(purpose: str, release: str, who: str, *, left: str = "", reason: str = "") -> str:
    """What an update is called in the stack's history; `entries` reads it back.

    Args:
        purpose: `release`, `fallback` or `rollback`.
        release: The release that is to serve.
        who: Who asked.
        left: The release that a rollback leads away from.
        reason: Why.
    """
    away = f" from {left}" if left and left != release else ""
    why = " ".join(reason.split())[:REASON_LENGTH]
    return f"{purpose} {release}{away} by {who.replace(':', '-')}{f': {why}' if why else ''}"


def entries(updates: Iterable[Update], images: Iterable[KeptImage]) -> tuple[Entry, ...]:
    """The history, the newest first.

    Args:
        updates: The stack's updates, the newest first.
        images: The images that the engine keeps.
    """
    kept = tuple(images)
    found = [_entry(update, kept) for update in updates if update.kind in ("update", "destroy")]
    left_by: set[str] = set()
    marked = []
    for entry in found:
        brought = entry.outcome == PROMOTED and entry.release
        if brought and entry.release in left_by:
            entry = replace(entry, outcome=ROLLED_BACK)
        if brought:
            left_by.discard(entry.release)
        if entry.purpose == ROLLBACK and entry.outcome in (PROMOTED, ROLLED_BACK) and entry.left:
            left_by.add(entry.left)
        marked.append(entry)
    return tuple(marked)


def last_brought(history: Sequence[Entry]) -> str:
    """The release that the last update which succeeded brought; empty when nothing tells it.

    Args:
        history: The newest first.
    """
    return next((entry.release for entry in history if entry.outcome in (PROMOTED, ROLLED_BACK)), "")


def failed(history: Sequence[Entry]) -> tuple[str, ...]:
    """Releases that came to nothing when they were last tried.

    Args:
        history: The newest first.
    """
    newest: dict[str, str] = {}
    for entry in history:
        newest.setdefault(entry.release, entry.outcome)
    return tuple(release for release, outcome in newest.items() if release and outcome == ABORTED)


def condemned(history: Sequence[Entry]) -> dict[str, Entry]:
    """Releases that a rollback led away from, and that were not made live since; with that rollback.

    As on AWS it condemns what it leaves whatever becomes of it: one that was interrupted may have moved
    the traffic, and the next must not lead back.

    Args:
        history: The newest first.
    """
    decided: dict[str, Entry | None] = {}
    for entry in history:
        if entry.release and entry.outcome in (PROMOTED, ROLLED_BACK):
            decided.setdefault(entry.release, None)
        if entry.purpose == ROLLBACK and entry.left:
            decided.setdefault(entry.left, entry)
    return {release: entry for release, entry in decided.items() if entry}


def good(history: Sequence[Entry], *, seconds: float) -> tuple[str, ...]:
    """Releases that were live for long enough and are not condemned, the last live first.

    Args:
        history: The newest first.
        seconds: How long a release must have been live to be something to go back to.
    """
    bad = condemned(history)
    found: list[str] = []
    release, until, later = None, None, None
    for entry in history:
        if entry.outcome not in (PROMOTED, ROLLED_BACK) or entry.ended is None:
            continue
        # An update that brought no other release ended nothing.
        if entry.release != release:
            release, until = entry.release, later
        later = entry.started
        lived = (until - entry.ended).total_seconds() if until else seconds
        if release and release not in bad and lived >= seconds:
            found.append(release)
    return tuple(dict.fromkeys(found))


def _entry(update: Update, kept: Sequence[KeptImage]) -> Entry:
    told = _MESSAGE.fullmatch(update.message.strip())
    release = told["release"] if told else _pinned(update) or _built(update, kept)
    image = next((each for each in kept if each.release == release), None)
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
        left=(told["left"] or "") if told else "",
        reason=(told["reason"] or "") if told else "",
    )


def _pinned(update: Update) -> str:
    """The release that the configuration named, for an update by hand."""
    try:
        return str(json.loads(update.config.get(f"{PROJECT}:release", "{}")).get("name", ""))
    except (ValueError, AttributeError):
        return ""


def _built(update: Update, kept: Sequence[KeptImage]) -> str:
    """The release that an update by hand has built, where the commit leaves no doubt."""
    found = [each.release for each in kept if update.git_commit and each.commit == update.git_commit]
    return found[0] if len(found) == 1 else ""
