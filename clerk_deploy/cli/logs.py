"""`clerk-deploy logs`."""

import json
import re
import time
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from clerk_deploy.cli.context import Context, Target, command, noun
from clerk_deploy.cli.slots import known_slot
from clerk_deploy.errors import UnusableInputError

if TYPE_CHECKING:
    from clerk_deploy.aws.clients import Clients

app = noun("Read the application's log.")

SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
SHOWN: Final = ("time", "slot", "event", "status", "reason", "duration_ms", "route")

Since = Annotated[str, typer.Option("--since", metavar="10m", help="How far back: seconds, m, h or d.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")]
Filter = Annotated[str, typer.Option("--filter", metavar="TEXT", help="Lines that hold this text.")]
Event = Annotated[str, typer.Option("--event", metavar="EVENT", help="Lines of this event: auth.signin ...")]
Reason = Annotated[str, typer.Option("--reason", metavar="REASON", help="Lines of this reason.")]
Slot = Annotated[str, typer.Option("--slot", metavar="SLOT", help="Lines of this slot.")]
Failures = Annotated[bool, typer.Option("--failures", help="Answers of 400 and more only.")]
Users = Annotated[bool, typer.Option("--users", help="Not the deployment's own verification.")]


@command(app, "logs")
def logs(
    *,
    context: Context,
    since: Since = "10m",
    follow: Follow = False,
    filter_: Filter = "",
    event: Event = "",
    reason: Reason = "",
    slot: Slot = "",
    failures: Failures = False,
    users: Users = False,
) -> None:
    """Read the application's log, of every slot. With --json the lines as the application wrote them."""
    from clerk_deploy.monitoring.log_reader import LogReader, Wanted

    known_slot(slot)
    wanted = Wanted(event=event, reason=reason, slot=slot, failures=failures, users=users, text=filter_)
    wanted.pattern()
    start = time.time() - _seconds(since)
    target = context.target()
    if target.settings.host == "vercel":
        from clerk_deploy.cli import vercel

        vercel.logs(context)
        return
    if target.settings.host == "containers":
        from clerk_deploy.cli import containers

        command = containers.logs_command(context, target, seconds=_seconds(since), follow=follow)
        if command:
            containers.logs(context, command, wanted=wanted, follow=follow)
            return
    clients = context.clients(target)
    reader = LogReader(
        client=clients.client("logs"),
        group=_group(target, clients),
        # The edge's lines are in the same group.
        streams=f"{target.names.prefix}-app." if target.settings.host == "containers" else "",
    )
    for line in reader.lines(wanted, since=start, follow=follow):
        context.output.line(line if context.output.as_json else readable(line))


def readable(line: str) -> str:
    """A line for people: what matters of the log contract's fields; any other line as it is.

    Args:
        line: As it was written.
    """
    try:
        found: Any = json.loads(line)
    except ValueError:
        return line
    if not isinstance(found, dict) or "event" not in found:
        return line
    mark = "  (verification)" if found.get("synthetic") is True else ""
    return "  ".join(str(found[name]) for name in SHOWN if found.get(name) is not None) + mark


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d{1,6})([smhd])?", text.strip())
    if found is None:
        raise UnusableInputError(
            f"`{text}` is no time to go back.", next_step="give --since 90s, 10m, 2h or 1d"
        )
    return int(found[1]) * SECONDS[found[2] or "s"]


def _group(target: Target, clients: "Clients") -> str:
    from clerk_deploy.aws.stacks import read_stack

    kind = "Monitoring" if target.settings.host == "containers" else "Hosting"
    stack = read_stack(clients.client("cloudformation"), target.names.stack(kind))
    if stack is not None and "LogGroup" in stack.outputs:
        return stack.outputs["LogGroup"]
    raise UnusableInputError(
        f"{target.name} has no log in CloudWatch yet: its {kind} stack is not deployed.",
        next_step=f"cdk deploy '{target.name}/*'",
    )
