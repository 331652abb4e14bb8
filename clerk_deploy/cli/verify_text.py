"""A verification's results for people: what failed first, how it is known, why it may be, what to do."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from clerk_deploy.verification.findings import Status
from clerk_deploy.verification.registry import Check
from clerk_deploy.verification.report import Report, Result

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

ORDER: Final = (Status.FAILED, Status.UNKNOWN, Status.WAIVED, Status.SKIPPED, Status.PASSED)
STYLES: Final = {
    Status.FAILED: "bold red",
    Status.UNKNOWN: "yellow",
    Status.WAIVED: "magenta",
    Status.SKIPPED: "dim",
    Status.PASSED: "green",
}
MOST_DETAILS: Final = 8
FOLLOWS: Final = re.compile(r": see |: too many requests")
"""Nothing to explain: it follows from another check's failure, or from a limit that passes."""

FEW: Final = 2
"""So many checks that say the same have a row each; more are one row."""

WIDE: Final = 120
"""Columns from which on the promises fit beside the evidence."""


def report(found: Report) -> "list[RenderableType]":
    """The table, what to do about each failure, and the summary."""
    from rich.text import Text

    parts: list[RenderableType] = [
        Text(f"{found.url} ({found.moment.value})", style="bold"),
        "",
        _Table(found),
    ]
    for status in (Status.FAILED, Status.UNKNOWN, Status.WAIVED):
        for result in found.of(status):
            if status is not Status.UNKNOWN or not FOLLOWS.search(result.finding.evidence):
                parts += ["", *_explained(result)]
    style = "bold green" if found.is_good else "bold red"
    return [*parts, "", Text(found.summary(), style=style)]


class _Table:
    """The results as a table that leaves the promises out where there is no room for them.

    Checks that were not tried for the same reason are one row: --json names each.
    """

    def __init__(self, found: Report) -> None:
        self._found = found

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        from rich.table import Table
        from rich.text import Text

        is_wide = options.max_width >= WIDE
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("")
        table.add_column("check", no_wrap=True)
        if is_wide:
            table.add_column("promise")
        table.add_column("how it is known", overflow="fold", max_width=100)
        for status in ORDER:
            for name, title, evidence in _rows(self._found.of(status), status):
                shown = Text(evidence, style="dim" if status is Status.SKIPPED else "")
                promise = (title,) if is_wide else ()
                table.add_row(Text(status.value, style=STYLES[status]), name, *promise, shown)
        yield table


def _rows(results: Sequence[Result], status: Status) -> Iterator[tuple[str, str, str]]:
    """Check, promise and evidence of each row."""
    alike: dict[str, list[Check]] = {}
    for result in results:
        alike.setdefault(result.finding.evidence, []).append(result.check)
    for result in results:
        evidence, check = result.finding.evidence, result.check
        same = alike[evidence]
        is_one_row = len(same) > FEW and (status is Status.SKIPPED or FOLLOWS.search(evidence))
        if not is_one_row:
            yield check.id, check.title, evidence
        elif check is same[0]:
            subjects = dict.fromkeys(each.id.partition(".")[0] for each in same)
            yield f"{len(same)} checks", ", ".join(subjects), evidence


def _explained(result: Result) -> "list[RenderableType]":
    from rich.padding import Padding
    from rich.text import Text

    check = result.check
    lines: list[RenderableType] = [
        Text.assemble(
            (f"{result.status.value} ", STYLES[result.status]),
            (check.id, "bold"),
            f"  {check.title} [{check.severity.value}]",
        )
    ]
    shown = [result.finding.evidence, *result.finding.details]
    rest = len(shown) - MOST_DETAILS
    words = [("found", line) for line in shown[:MOST_DETAILS]]
    if rest > 0:
        words.append(("", f"and {rest} more"))
    words += [("guide", check.guide), ("why", check.why), ("next", check.next_step)]
    return lines + [
        Padding(Text.assemble((f"{word:<6}", "cyan"), line), (0, 0, 0, 2), expand=False)
        for word, line in words
    ]


def listed(checks: Sequence[Check]) -> "list[RenderableType]":
    """All checks with their guide lines."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("id", "severity", "runs in", "needs", "promise", "guide"):
        table.add_column(title, no_wrap=title == "id", overflow="fold")
    for check in checks:
        table.add_row(
            check.id,
            check.severity.value,
            ", ".join(sorted(each.value for each in check.runs_in)) or "on request",
            ", ".join(sorted(each.value for each in check.needs)) or "-",
            check.title,
            check.guide,
        )
    return [table]


def list_document(checks: Sequence[Check]) -> dict[str, Any]:
    """All checks for programs."""
    return {
        "checks": [
            {
                "id": check.id,
                "title": check.title,
                "guide": check.guide,
                "severity": check.severity.value,
                "runsIn": sorted(each.value for each in check.runs_in),
                "needs": sorted(each.value for each in check.needs),
                "tags": sorted(check.tags),
                "why": check.why,
                "nextStep": check.next_step,
            }
            for check in checks
        ]
    }
