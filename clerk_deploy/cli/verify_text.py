"""A verification's results for people: what failed first, how it is known, why it may be, what to do."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from clerk_deploy.verification.findings import Status
from clerk_deploy.verification.registry import Check
from clerk_deploy.verification.report import Report, Result

if TYPE_CHECKING:
    from rich.console import RenderableType

ORDER: Final = (Status.FAILED, Status.UNKNOWN, Status.WAIVED, Status.SKIPPED, Status.PASSED)
STYLES: Final = {
    Status.FAILED: "bold red",
    Status.UNKNOWN: "yellow",
    Status.WAIVED: "magenta",
    Status.SKIPPED: "dim",
    Status.PASSED: "green",
}
MOST_DETAILS: Final = 8


def report(found: Report) -> "list[RenderableType]":
    """The table, what to do about each failure, and the summary."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", title=None)
    table.add_column("")
    table.add_column("check", no_wrap=True)
    table.add_column("promise")
    table.add_column("how it is known", overflow="fold")
    for status in ORDER:
        for result in found.of(status):
            table.add_row(
                Text(status.value, style=STYLES[status]),
                result.check.id,
                result.check.title,
                Text(result.finding.evidence, style="dim" if status is Status.SKIPPED else ""),
            )
    parts: list[RenderableType] = [Text(f"{found.url} ({found.moment.value})", style="bold"), "", table]
    for status in (Status.FAILED, Status.UNKNOWN, Status.WAIVED):
        for result in found.of(status):
            # What only follows from another check's failure is explained there.
            if status is not Status.UNKNOWN or ": see " not in result.finding.evidence:
                parts += ["", *_explained(result)]
    style = "bold green" if found.is_good else "bold red"
    return [*parts, "", Text(found.summary(), style=style)]


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
