"""`clerk-deploy release`, `rollback`, `abort`, `history`, `freeze`, `unfreeze`."""

import getpass
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clerk_deploy.cli.context import Context, command, noun
from clerk_deploy.errors import CheckFailedError, DeployError, Exit, RefusedError, UnusableInputError

if TYPE_CHECKING:
    from clerk_deploy.release.ledger.records import Operation, Request
    from clerk_deploy.release.operator import Operator

RELEASE_HELP = "Make a commit live: built, verified, switched to, watched."
ROLLBACK_HELP = "Go back to an earlier release, without a build while a slot holds it."
ABORT_HELP = "End the running release; traffic stays on, or returns to, the last good one."
HISTORY_HELP = "What was released, when, by whom, and how it ended."
FREEZE_HELP = "Forbid releases; rollbacks stay possible."
UNFREEZE_HELP = "Allow releases again."

release_app = noun(RELEASE_HELP)
rollback_app = noun(ROLLBACK_HELP)
abort_app = noun(ABORT_HELP)
history_app = noun(HISTORY_HELP)
freeze_app = noun(FREEZE_HELP)
unfreeze_app = noun(UNFREEZE_HELP)

Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Look on until it ended; else only ask for it.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="For the ledger and whoever is told.")]
Pardon = Annotated[bool, typer.Option("--pardon", help="Although it was rolled back before.")]

ENDS: dict[str, Exit] = {
    "promoted": Exit.OK,
    "nothing to do": Exit.OK,
    "refused": Exit.REFUSED,
    "superseded": Exit.REFUSED,
    "rolled back": Exit.ROLLED_BACK,
}


@command(release_app, "release")
def release(
    *,
    context: Context,
    commit: Annotated[
        str,
        typer.Argument(metavar="[COMMIT]", help="Commit, branch or tag; else the environment's branch."),
    ] = "",
    wait: Wait = True,
    despite_alarm: Annotated[
        bool, typer.Option("--despite-alarm", help="Although the alarm is red: this release is the fix.")
    ] = False,
    skip_bake: Annotated[
        bool, typer.Option("--skip-bake", help="An emergency: health is verified, nothing is watched.")
    ] = False,
    pardon: Pardon = False,
    fallback: Annotated[
        bool,
        typer.Option("--fallback", help="The app with Clerk's own components: the setting release.fallback."),
    ] = False,
    reason: Reason = "",
) -> None:
    """Make a commit live: built, verified, switched to, watched."""
    if fallback:
        from clerk_deploy.cli.fallback import fallback_ref

        commit = fallback_ref(context.target(), commit=commit)
    if _is_on_vercel(context):
        from clerk_deploy.cli import vercel

        vercel.require_waiting(wait=wait, despite_alarm=despite_alarm)
        vercel.release(
            context, commit=commit, skip_bake=skip_bake, pardon=pardon, fallback=fallback, reason=reason
        )
        return
    if _is_on_containers(context):
        from clerk_deploy.cli import containers

        containers.require_waiting(wait=wait)
        containers.release(
            context,
            commit=commit,
            skip_bake=skip_bake,
            pardon=pardon,
            fallback=fallback,
            reason=reason,
            despite_alarm=despite_alarm,
        )
        return
    from clerk_deploy.release.operator import release_request

    request = release_request(
        commit,
        who=who(),
        despite_alarm=despite_alarm,
        skip_bake=skip_bake,
        pardon=pardon,
        fallback=fallback,
        reason=reason,
    )
    _run(context, operator_of(context), request, wait=wait)


@command(rollback_app, "rollback")
def rollback(
    *,
    context: Context,
    to: Annotated[
        str,
        typer.Option("--to", metavar="RELEASE|COMMIT", help="Where to; else the last good release."),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    wait: Wait = True,
    pardon: Pardon = False,
    reason: Reason = "",
) -> None:
    """Go back to an earlier release, without a build while a slot holds it."""
    if _is_on_vercel(context):
        from clerk_deploy.cli import vercel

        vercel.require_waiting(wait=wait)
        vercel.rollback(context, to=to, yes=yes)
        return
    if _is_on_containers(context):
        from clerk_deploy.cli import containers

        containers.require_waiting(wait=wait)
        containers.rollback(context, to=to, yes=yes, pardon=pardon, reason=reason)
        return
    from clerk_deploy.aws.errors import aws_errors
    from clerk_deploy.release.operator import rollback_request

    operator = operator_of(context)
    with aws_errors("Reading the ledger"):
        way = operator.way_back(to)
        running = operator.running()
    how = f"{way.slot} holds it: a switch, no build" if way.slot else "no slot holds it: a rebuild, minutes"
    context.output.note(f"{way.source or 'nothing'} -> {way.target.release} ({how})")
    if running and not running.is_rollback:
        context.output.note(
            f"operation {running.number} ({running.request.kind}) is running, and will be ended"
        )
    if not yes and not typer.confirm("Roll back?", err=True):
        raise typer.Exit(Exit.REFUSED)
    _run(context, operator, rollback_request(to, who=who(), pardon=pardon, reason=reason), wait=wait)


@command(abort_app, "abort")
def abort(*, context: Context, wait: Wait = True) -> None:
    """End the running release; traffic stays on, or returns to, the last good one."""
    if _is_on_containers(context):
        from clerk_deploy.cli import containers

        containers.abort(context)
    from clerk_deploy.aws.errors import aws_errors

    operator = operator_of(context)
    with aws_errors("Asking the operation to end"):
        operation = operator.abort(by=who())
    if wait:
        ended = _look_on(context, operator, operation.execution)
        document = _document(ended) if ended else {"operation": operation.number}
    else:
        document = {"operation": operation.number, "outcome": "asked to end"}
    context.output.show(document, lambda: [f"operation {operation.number}: {document.get('outcome')}"])


@command(history_app, "history")
def history(
    *,
    context: Context,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many, the newest first.")] = 20,
) -> None:
    """What was released, when, by whom, and how it ended."""
    if _is_on_vercel(context):
        from clerk_deploy.cli import vercel

        vercel.history(context, limit=limit)
        return
    if _is_on_containers(context):
        from clerk_deploy.cli import containers

        containers.history(context, limit=limit)
        return
    from clerk_deploy.aws.errors import aws_errors
    from clerk_deploy.cli.release_text import history_table

    with aws_errors("Reading the ledger"):
        operations = operator_of(context).ledger.operations(limit=limit)
    context.output.show(
        {"operations": [_document(each) for each in operations]}, lambda: [history_table(operations)]
    )


@command(freeze_app, "freeze")
def freeze(
    *,
    context: Context,
    reason: Annotated[str, typer.Argument(metavar="REASON", help="Why, for whoever wants to release.")],
    everything: Annotated[bool, typer.Option("--everything", help="Rollbacks too.")] = False,
) -> None:
    """Forbid releases; rollbacks stay possible."""
    if _is_on_containers(context):
        from clerk_deploy.cli import containers

        containers.freeze(context, reason=reason, everything=everything)
        return
    from clerk_deploy.aws.errors import aws_errors

    with aws_errors("Writing the ledger"):
        operator_of(context).freeze(by=who(), reason=reason, rollbacks=everything)
    what = "releases and rollbacks are" if everything else "releases are"
    context.output.show(
        {"frozen": True, "reason": reason, "rollbacks": everything},
        lambda: [f"Frozen: {what} refused until clerk-deploy unfreeze."],
    )


@command(unfreeze_app, "unfreeze")
def unfreeze(*, context: Context) -> None:
    """Allow releases again."""
    if _is_on_containers(context):
        from clerk_deploy.cli import containers

        containers.unfreeze(context)
        return
    from clerk_deploy.aws.errors import aws_errors

    with aws_errors("Writing the ledger"):
        before = operator_of(context).unfreeze()
    context.output.show(
        {"frozen": False, "was": before.plain() if before else None},
        lambda: [
            f"Unfrozen; it was frozen by {before.by}: {before.reason}" if before else "It was not frozen."
        ],
    )


def who() -> str:
    """Who asks, for the ledger: CI's own name for its user, else the login."""
    return os.environ.get("GITHUB_ACTOR") or os.environ.get("GITLAB_USER_LOGIN") or getpass.getuser()


def _is_on_vercel(context: Context) -> bool:
    return context.target().settings.host == "vercel"


def _is_on_containers(context: Context) -> bool:
    return context.target().settings.host == "containers"


def operator_of(context: Context) -> "Operator":
    """The environment's releases.

    Raises:
        UnusableInputError: Its host has none, or Delivery is not deployed.
    """
    import time

    from clerk_deploy.aws.stacks import read_stack
    from clerk_deploy.release.executions import StateMachine
    from clerk_deploy.release.ledger.ledger import Ledger
    from clerk_deploy.release.ledger.table import Table
    from clerk_deploy.release.operator import Operator

    target = context.target()
    if target.settings.host == "vercel":
        raise UnusableInputError(
            f"{target.name} runs on Vercel, which keeps no freeze and runs releases in their own process.",
            next_step="end a release with Ctrl-C where it runs; docs/vercel.md says what forbids releases",
        )
    clients = context.clients(target)
    stack = read_stack(clients.client("cloudformation"), target.names.stack("Delivery"))
    arn = stack.outputs.get("MachineArn") if stack else None
    if arn is None:
        raise UnusableInputError(
            f"{target.name} has no Delivery stack yet.", next_step=f"cdk deploy '{target.name}/*'"
        )
    return Operator(
        ledger=Ledger(table=Table(client=clients.client("dynamodb"), name=target.names.ledger)),
        machine=StateMachine(client=clients.client("stepfunctions"), arn=arn),
        clock=time.time,
        sleep=time.sleep,
    )


def _run(context: Context, operator: "Operator", request: "Request", *, wait: bool) -> None:
    from clerk_deploy.aws.errors import aws_errors

    with aws_errors(f"Starting the {request.kind}"):
        execution = operator.start(request)
    if not wait:
        context.output.show(
            {"execution": execution, "outcome": "running"},
            lambda: [f"Started: {execution.rsplit(':', 1)[-1]}", "next: clerk-deploy status"],
        )
        return
    ended = _look_on(context, operator, execution)
    _end(context, ended, execution)


def _look_on(context: Context, operator: "Operator", execution: str) -> "Operation | None":
    from clerk_deploy.aws.errors import aws_errors
    from clerk_deploy.cli.release_text import step_line

    last = None
    try:
        with aws_errors("Looking at the operation"):
            for progress in operator.watch(execution):
                last = progress.operation
                if not context.output.as_json:
                    for step in progress.steps:
                        context.output.note(step_line(step))
    except KeyboardInterrupt:
        context.output.note("It goes on without this terminal; `clerk-deploy abort` would end it.")
        raise
    return last


def _end(context: Context, ended: "Operation | None", execution: str) -> None:
    if ended is None:
        raise CheckFailedError(
            "The operation ended before it began.",
            next_step=f"read its execution {execution.rsplit(':', 1)[-1]} in Step Functions' console",
        )
    code = ENDS.get(ended.outcome, Exit.CHECKED_AND_BAD)
    if code is Exit.OK:
        what = "The fallback " if ended.target.fallback else ""
        context.output.show(
            _document(ended), lambda: [f"{what}{ended.target.release} is live ({ended.outcome})."]
        )
        return
    raise _failure(ended, code)


def _failure(ended: "Operation", code: Exit) -> DeployError:
    kind = RefusedError if code is Exit.REFUSED else CheckFailedError
    error = kind(
        f"{ended.request.kind.capitalize()} {ended.number} was {ended.outcome}. {ended.reason}",
        next_step=ended.next_step or "clerk-deploy history",
    )
    error.exit_code = code
    return error


def _document(operation: "Operation") -> dict[str, Any]:
    plain = operation.plain()
    kept = ("number", "request", "started", "ended", "outcome", "reason", "next_step", "execution")
    return {
        **{name: plain[name] for name in kept},
        "from": plain["source"],
        "to": plain["target"],
        "built": operation.progress.plan == "build",
        "steps": plain["steps"],
    }
