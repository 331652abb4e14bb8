"""Releases on containers as a person reads them."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rich.console import RenderableType

    from clerk_deploy.containers.history import Entry

LAYER: Final = " digest: sha256:"
"""Stands in Pulumi's lines about an image's layers."""

SUMMARY: Final = "Diagnostics:"
"""Heads Pulumi's repetition of everything that went wrong."""

TRACE: Final = re.compile(r"pulumi:pulumi:Stack \S+ +running +(?!error|warning)")
"""The traceback of the program's process, which Pulumi ends when a resource has failed."""


@dataclass(kw_only=True)
class Telling:
    """Tells a person what is done, with the seconds since the beginning.

    Pulumi repeats many lines, has one for each layer of an image, and says all errors again at its end.

    Args:
        note: Prints a line.
        clock: Tells the time in seconds.
    """

    note: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    _began: float = field(init=False)
    _seen: set[str] = field(init=False, default_factory=set)
    _in_summary: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """From now on."""
        self._began = self.clock()

    def __call__(self, line: str) -> None:
        """Tell a line, if it tells something."""
        if line[:1].strip():
            self._in_summary = line.startswith(SUMMARY)
        is_noise = LAYER in line or (TRACE.search(line) is not None)
        if not line.strip() or line in self._seen or self._in_summary or is_noise:
            return
        self._seen.add(line)
        self.note(f"{self.clock() - self._began:7.1f} s  {line.rstrip()}")


def status_lines(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The document as labels and texts."""
    from clerk_deploy.cli.release_text import moment

    service, kept = document["service"], document["kept"]
    marks = dict.fromkeys(document["failed"], " (failed)") | dict.fromkeys(
        document["condemned"], " (rolled back)"
    )
    health = {True: "well", False: "not well"}.get(document["healthy"], document["silence"])
    which = " (the fallback)" if document["fallback"] else ""
    lines = [("live", f"{document['live'] or 'nothing answers'}{which}, {health}")]
    if service:
        update = f", update {service['update']}" if service["update"] else ""
        lines.append(("service", f"{service['release']}, {service['tasks']} tasks{update}"))
    lines.append(("previous", document["previous"] or "nothing to go back to"))
    roles = (document["live"], document["previous"])
    lines += [("kept", name + marks.get(name, "")) for name in kept if name not in roles]
    if freeze := document["freeze"]:
        what = ", rollbacks too" if freeze["rollbacks"] else ""
        lines.append(("frozen", f"by {freeze['by']}, {moment(freeze['at'])}{what}: {freeze['reason']}"))
    if last := document["last"]:
        what = f"{last['kind']} {last['release']}".rstrip()
        lines.append(
            ("last operation", f"{what} by {last['who']}, {last['started'][:19]}Z: {last['outcome']}")
        )
    if document["secrets_since"]:
        lines.append(("secrets since", document["secrets_since"][:19] + "Z"))
    return lines + [("differs", text) for text in document["differences"]]


def next_step(document: Mapping[str, Any], environment: str) -> str | None:
    """What to do now; None for nothing."""
    service = document["service"]
    if service is None:
        return f"clerk-deploy release -e {environment}"
    if document["healthy"] is not True:
        return f"clerk-deploy rollback -e {environment}, or see clerk-deploy logs"
    if document["differences"]:
        commit = service["release"].partition("-")[0]
        return f"clerk-deploy release {commit} -e {environment} brings Pulumi's state up to what runs"
    return None


def document(entry: "Entry") -> dict[str, Any]:
    """An update for programs."""
    return {
        "number": entry.version or None,
        "kind": entry.purpose,
        "release": entry.release,
        "commit": entry.commit,
        "image": entry.image,
        "outcome": entry.outcome,
        "who": entry.who,
        "reason": entry.reason,
        "from": entry.left,
        "started": entry.started.isoformat(),
        "ended": entry.ended.isoformat() if entry.ended else None,
    }


def table(found: "tuple[Entry, ...]") -> "RenderableType":
    """Updates for people, the newest first."""
    from rich.table import Table
    from rich.text import Text

    from clerk_deploy.cli.release_text import STYLES

    if not found:
        return Text("Nothing was released yet.")
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("when", "what", "release", "outcome", "seconds", "by"):
        drawn.add_column(column, justify="right" if column == "seconds" else "left")
    drawn.add_column("why", overflow="fold")
    for entry in found:
        took = f"{(entry.ended - entry.started).total_seconds():.0f}" if entry.ended else ""
        drawn.add_row(
            entry.started.strftime("%Y-%m-%d %H:%M:%SZ"),
            entry.purpose,
            entry.release or entry.commit[:12],
            Text(entry.outcome, style=STYLES.get(entry.outcome, "yellow")),
            took,
            entry.who,
            entry.reason,
        )
    return drawn
