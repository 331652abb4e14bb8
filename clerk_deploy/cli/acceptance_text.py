"""An acceptance as a person reads it."""

from typing import TYPE_CHECKING, Any

from clerk_deploy.acceptance.cost import AS_OF, BUILD_MINUTES, Estimate
from clerk_deploy.acceptance.findings import Verdict
from clerk_deploy.acceptance.plan import Plan
from clerk_deploy.acceptance.report import Report
from clerk_deploy.acceptance.throw_away import ThrowAway

if TYPE_CHECKING:
    from rich.console import RenderableType

STYLES = {Verdict.EXPECTED: "green", Verdict.DIFFERS: "red", Verdict.UNMEASURED: "yellow"}
SHOWN_TYPES = 12


def plan_document(target: ThrowAway, plan: Plan, costs: Estimate) -> dict[str, Any]:
    """What would be created, for programs."""
    return {
        "environment": target.names.environment,
        "domain": target.settings.domain,
        "stacks": dict(plan.stacks),
        "resources": dict(plan.types),
        "usd": round(costs.about, 2),
        "usd_of_a_month": round(costs.monthly, 2),
    }


def plan(target: ThrowAway, plan: Plan, costs: Estimate, *, switches: int) -> "list[RenderableType]":
    """What will be created, what it costs, and what becomes of it."""
    from rich.table import Table

    settings = target.settings
    stacks = Table(box=None, pad_edge=False, header_style="bold")
    stacks.add_column("will be created, and deleted again")
    stacks.add_column("resources", justify="right")
    for name, number in plan.stacks.items():
        stacks.add_row(name, str(number))
    stacks.add_row("all", str(plan.resources))
    most = sorted(plan.types.items(), key=lambda item: -item[1])
    kinds = ", ".join(f"{number} {kind.removeprefix('AWS::')}" for kind, number in most[:SHOWN_TYPES])
    more = sum(number for _, number in most[SHOWN_TYPES:])
    money = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("about what it costs", "number", "USD a month"):
        money.add_column(column, justify="left" if column.startswith("about") else "right")
    for line in costs.lines:
        money.add_row(line.what, str(line.number), f"{line.monthly:.2f}")
    return [
        f"A throw-away environment like {target.like} in account {settings.account}, {settings.region}: "
        f"{', '.join(settings.domains)}",
        "",
        stacks,
        f"  {kinds}, and {more} others",
        f"Beside them: DNS records of {settings.domain} in the zone "
        f"{settings.hosted_zone.name if settings.hosted_zone else ''}; branches of its own in "
        f"{settings.repository}, which go; files in the CDK's bucket, which stay.",
        "",
        money,
        f"  {costs.hours} hours of these and {BUILD_MINUTES} minutes of builds: about {costs.about:.2f} USD; "
        f"{costs.monthly:.2f} USD a month if it stayed. List prices of {AS_OF}.",
        f"It takes about an hour and a quarter: two builds, {switches} switches, a rollback; a distribution "
        "is made and deleted. Ctrl-C ends the measuring and deletes everything.",
        "",
    ]


def result(report: Report) -> "list[RenderableType]":
    """What was found out."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("question", "answer", "verdict"):
        table.add_column(column, overflow="fold")
    for finding in report.findings:
        verdict = Text(finding.verdict.value, style=STYLES[finding.verdict])
        table.add_row(finding.question, finding.summary, verdict)
    return [table, "", *(f"{note}." for note in report.notes), f"The report is in {report.page}"]
