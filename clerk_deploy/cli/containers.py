"""What the commands about releases do for an environment on containers."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import typer

from clerk_deploy.cli import containers_text as text
from clerk_deploy.cli.context import Context, Target
from clerk_deploy.errors import DeployError, Exit, UnusableInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clerk_deploy.containers.alarm import ReleaseAlarm
    from clerk_deploy.containers.operations import ContainerOperations
    from clerk_deploy.containers.results import Result
    from clerk_deploy.monitoring.log_reader import Wanted

SMOKE_FILE: Final = "CLERK_DEPLOY_SMOKE_FILE"
"""Where the verification finds smoke users when they are not in Secrets Manager."""


def require_waiting(*, wait: bool) -> None:
    """Refuse what has no meaning on containers.

    Raises:
        UnusableInputError: It was given.
    """
    if not wait:
        raise UnusableInputError(
            "On containers this process is the release: it cannot go on without it.",
            next_step="leave out --no-wait",
        )


def release(
    context: Context,
    *,
    commit: str,
    skip_bake: bool,
    pardon: bool,
    fallback: bool,
    reason: str,
    despite_alarm: bool,
) -> None:
    """Make a commit live, and look on."""
    target = context.target()
    smoke = None if skip_bake else _smoke(context, target)
    operations = open_environment(context, target)
    alarm = _alarm(context, target, operations)
    if despite_alarm and alarm is None:
        raise UnusableInputError(
            f"No alarm is asked before a release of {target.name}: its log does not reach Monitoring.",
            next_step="leave out --despite-alarm",
        )
    with _telling(context, operations):
        result = operations.release(
            commit,
            smoke=smoke,
            skip_bake=skip_bake,
            pardon=pardon,
            fallback=fallback,
            reason=reason,
            alarm=alarm,
            despite_alarm=despite_alarm,
        )
    _show(context, result)


def rollback(context: Context, *, to: str, yes: bool, pardon: bool, reason: str) -> None:
    """Say where to, ask, and go back."""
    operations = open_environment(context, context.target())
    back = operations.way_back(to, pardon=pardon)
    context.output.note(
        f"{operations.running() or 'nothing'} -> {back.release} (its image is kept: an update, no build)"
    )
    if not yes and not typer.confirm("Roll back?", err=True):
        raise typer.Exit(Exit.REFUSED)
    with _telling(context, operations):
        result = operations.rollback(back.release, pardon=pardon, reason=reason)
    _show(context, result)


def abort(context: Context) -> NoReturn:
    """Refused: nobody but the process of a release can end it.

    Raises:
        UnusableInputError: Always.
    """
    name = context.target().name
    raise UnusableInputError(
        f"On containers a release is the process that runs it, so {name} has nothing to abort from here.",
        next_step="Ctrl-C where it runs, then clerk-deploy status; clerk-deploy rollback in its bake; when "
        f"its machine is gone: pulumi cancel --stack {name} --cwd pulumi",
    )


def history(context: Context, *, limit: int) -> None:
    """What was released, from the stack's history."""
    found = open_environment(context, context.target()).history(limit=limit)
    context.output.show({"operations": [text.document(each) for each in found]}, lambda: [text.table(found)])


def freeze(context: Context, *, reason: str, everything: bool) -> None:
    """Forbid releases, for everybody who uses the engine."""
    open_environment(context, context.target()).freeze(reason=reason, everything=everything)
    what = "releases and rollbacks are" if everything else "releases are"
    context.output.show(
        {"frozen": True, "reason": reason, "rollbacks": everything},
        lambda: [f"Frozen: {what} refused until clerk-deploy unfreeze. A plain `pulumi up` is not."],
    )


def unfreeze(context: Context) -> None:
    """Allow releases again."""
    before = open_environment(context, context.target()).unfreeze()
    context.output.show(
        {"frozen": False, "was": before.plain() if before else None},
        lambda: [
            f"Unfrozen; it was frozen by {before.by}: {before.reason}" if before else "It was not frozen."
        ],
    )


def status(context: Context, target: Target) -> dict[str, Any]:
    """How the environment stands, as a document.

    Raises:
        DeployError: Pulumi or the engine did not tell.
    """
    found = open_environment(context, target).status()
    document = asdict(found)
    document["last"] = text.document(found.last) if found.last else None
    return {**document, "next_step": text.next_step(document, target.name)}


def logs_command(context: Context, target: Target, *, seconds: float, follow: bool) -> list[str] | None:
    """The command that gives the app's lines; None when its log driver sends them to CloudWatch.

    Raises:
        DeployError: Neither Pulumi nor AWS can be asked for them.
    """
    try:
        host = open_environment(context, target).host
    except DeployError as error:
        if target.settings.account:
            return None
        error.next_step += f"; or on a manager: docker service logs --follow {target.names.prefix}-app"
        raise
    if host.place.containers.log.driver == "awslogs":
        return None
    return host.logs_command(follow=follow, since=f"{seconds:.0f}s")


def logs(context: Context, command: "Sequence[str]", *, wanted: "Wanted", follow: bool) -> None:
    """The app's lines, from the engine.

    Args:
        context: The command's.
        command: Gives all of them.
        wanted: Which to show.
        follow: Go on until Ctrl-C.
    """
    from clerk_deploy.cli.logs import readable
    from clerk_deploy.containers.docker import stream_command
    from clerk_deploy.containers.log_lines import log_lines

    for line in log_lines(stream_command(command), wanted, follow=follow):
        context.output.line(line if context.output.as_json else readable(line))


def open_environment(context: Context, target: Target) -> "ContainerOperations":
    """The environment's operations; Pulumi is loaded now.

    Raises:
        DeployError: Pulumi or the stack is missing, or cannot be read.
    """
    from clerk_deploy.cli.release import who
    from clerk_deploy.containers import operations

    told = _silent if context.output.as_json else text.Telling(note=context.output.note)
    return operations.open_operations(names=target.names, who=who(), environ=os.environ, progress=told)


def _silent(_line: str) -> None:
    """With --json there is one document and nothing else."""


@contextmanager
def _telling(context: Context, operations: "ContainerOperations") -> Iterator[None]:
    """After Ctrl-C: how things stand."""
    try:
        yield
    except KeyboardInterrupt:
        context.output.note(operations.interrupted())
        context.output.note("If the stack stays locked: pulumi cancel. To go back: clerk-deploy rollback.")
        raise


def _alarm(context: Context, target: Target, operations: "ContainerOperations") -> "ReleaseAlarm | None":
    """The release alarm, where the log driver sends the lines to the group that Monitoring watches."""
    log = operations.host.place.containers.log
    watched = log.options.get("awslogs-group") == target.names.containers_log_group
    if target.settings.account is None or log.driver != "awslogs" or not watched:
        return None
    from clerk_deploy.containers.alarm import ReleaseAlarm
    from clerk_deploy.containers.release import SLOT
    from clerk_deploy.release.alarms import Alarms

    alarms = Alarms(client=context.clients(target).client("cloudwatch"), names=target.names)
    return ReleaseAlarm(
        name=target.names.release_alarm(SLOT), environment=target.name, read=lambda: alarms.read(SLOT)
    )


def _smoke(context: Context, target: Target) -> "Callable[[], Mapping[str, Any]] | None":
    """Reads the smoke users; what is missing is told before anything is built."""
    from clerk_deploy.settings.release import CandidateCheck

    if target.settings.release.candidate_check is CandidateCheck.HEALTH:
        return None
    document = smoke_of_file()
    if document is not None:
        return lambda: document
    if target.settings.account is None:
        raise _no_smoke(f"{SMOKE_FILE} names no file")
    return lambda: _stored_smoke(context, target)


def smoke_of_file() -> Mapping[str, Any] | None:
    """The smoke users of the file that CLERK_DEPLOY_SMOKE_FILE names; None where it names none.

    Raises:
        DeployError: It cannot be read, or holds something else.
    """
    from clerk_deploy.verification.load import parse_smoke

    path = os.environ.get(SMOKE_FILE, "").strip()
    if not path:
        return None
    try:
        written = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UnusableInputError(
            f"{SMOKE_FILE} names {path}, which cannot be read.", next_step="clerk-deploy smoke create"
        ) from None
    return parse_smoke(written, source=path)


def _stored_smoke(context: Context, target: Target) -> Mapping[str, Any]:
    from clerk_deploy.aws.errors import aws_errors
    from clerk_deploy.verification.load import parse_smoke

    name = target.names.smoke_secret
    with aws_errors(f"Reading {name}", missing=_no_smoke(f"{name} holds no smoke users")):
        stored = context.clients(target).client("secretsmanager").get_secret_value(SecretId=name)
    return parse_smoke(stored["SecretString"], source=name)


def _no_smoke(why: str) -> UnusableInputError:
    return UnusableInputError(
        f"{why}, so no sign-in could be verified.",
        next_step=f"clerk-deploy smoke create, and export {SMOKE_FILE}=FILE; or set release.candidateCheck "
        "to `health` in cdk.json; in an emergency --skip-bake",
    )


def _show(context: Context, result: "Result") -> None:
    what = "The fallback " if result.kind == "fallback" else ""
    context.output.show(asdict(result), lambda: [f"{what}{result.release} is live ({result.outcome})."])
