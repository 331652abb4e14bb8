"""Releases as a person reads them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from clerk_deploy.release.ledger.records import Operation, Step

if TYPE_CHECKING:
    from rich.console import RenderableType

WORDS = {
    "Begin": "begin",
    "Prepare": "prepare the edge",
    "Plan": "plan",
    "StartBuild": "start the build",
    "LookAtBuild": "build",
    "Verify": "verify",
    "Share": "start the canary",
    "BakeCanary": "watch the canary",
    "Switch": "switch",
    "Confirm": "ask the site",
    "Bake": "watch",
    "Promote": "promote",
    "Restore": "restore",
    "ConfirmRestored": "ask the site again",
    "Record": "record",
    "Unlock": "unlock",
    "Notify": "tell",
    "Sweep": "sweep",
}
STYLES = {"promoted": "green", "rolled back": "red", "aborted": "red", "running": "cyan"}


def step_line(step: Step) -> str:
    """A step on a line."""
    return f"{step.seconds:8.1f} s  {WORDS.get(step.name, step.name):<18}  {step.note}".rstrip()


def moment(seconds: float) -> str:
    """A moment in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def history_table(operations: Sequence[Operation]) -> "RenderableType":
    """Operations, the newest first."""
    from rich.table import Table
    from rich.text import Text

    if not operations:
        return Text("Nothing was released yet.")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("no.", "when", "what", "release", "outcome", "seconds", "by"):
        table.add_column(column, justify="right" if column in ("no.", "seconds") else "left")
    table.add_column("why", overflow="fold")
    for operation in operations:
        took = f"{operation.ended - operation.started:.0f}" if operation.ended else ""
        table.add_row(
            str(operation.number),
            moment(operation.started),
            "fallback" if operation.request.fallback else operation.request.kind,
            operation.target.release or operation.request.commit or operation.request.to,
            Text(operation.outcome, style=STYLES.get(operation.outcome, "yellow")),
            took,
            f"{operation.request.who} ({operation.request.how})",
            operation.reason or operation.request.reason,
        )
    return table
