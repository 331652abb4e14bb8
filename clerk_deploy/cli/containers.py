"""What the commands about releases do for an environment on containers."""

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import typer

from clerk_deploy.cli.context import Context, Target
from clerk_deploy.errors import DeployError, Exit, UnusableInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import RenderableType

    from clerk_deploy.containers.alarm import ReleaseAlarm
    from clerk_deploy.containers.history import Entry
    from clerk_deploy.containers.operations import ContainerOperations
    from clerk_deploy.containers.results import Result
    from clerk_deploy.monitoring.log_reader import Wanted

SMOKE_FILE: Final = "CLERK_DEPLOY_SMOKE_FILE"
"""Where the verification finds smoke users when they are not in Secrets Manager."""

LAYER: Final = " digest: sha256:"
"""Stands in Pulumi's lines about an image's layers."""

SUMMARY: Final = "Diagnostics:"
"""Heads Pulumi's repetition of everything that went wrong."""

TRACE: Final = re.compile(r"pulumi:pulumi:Stack \S+ +running +(?!error|warning)")
"""The traceback of the program's process, which Pulumi ends when a resource has failed."""


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
    context: Context, *, commit: str, skip_bake: bool, pardon: bool, reason: str, despite_alarm: bool
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
    context.output.show({"operations": [_document(each) for each in found]}, lambda: [_table(found)])


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
    document["last"] = _document(found.last) if found.last else None
    return {**document, "next_step": _next_step(document, target.name)}


def status_lines(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The document as labels and texts."""
    from clerk_deploy.cli.release_text import moment

    service, kept = document["service"], document["kept"]
    marks = dict.fromkeys(document["failed"], " (failed)") | dict.fromkeys(
        document["condemned"], " (rolled back)"
    )
    health = {True: "well", False: "not well"}.get(document["healthy"], document["silence"])
    lines = [("live", f"{document['live'] or 'nothing answers'}, {health}")]
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

    told = _silent if context.output.as_json else Telling(note=context.output.note)
    return operations.open_operations(names=target.names, who=who(), environ=os.environ, progress=told)


@dataclass(kw_only=True)
class Telling:
    """Tells a person what is done, with the seconds since the beginning.

    Pulumi repeats many lines, has one for each layer of an image, and says all errors again at its end.

    Args:
        note: Prints a line.
        clock: Tells the time in seconds.
    """

    note: "Callable[[str], None]"
    clock: "Callable[[], float]" = time.monotonic
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
    from clerk_deploy.verification.load import parse_smoke

    if target.settings.release.candidate_check is CandidateCheck.HEALTH:
        return None
    path = os.environ.get(SMOKE_FILE, "").strip()
    if path:
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise UnusableInputError(
                f"{SMOKE_FILE} names {path}, which cannot be read.", next_step="clerk-deploy smoke create"
            ) from None
        document = parse_smoke(text, source=path)
        return lambda: document
    if target.settings.account is None:
        raise _no_smoke(f"{SMOKE_FILE} names no file")
    return lambda: _stored_smoke(context, target)


def _stored_smoke(context: Context, target: Target) -> Mapping[str, Any]:
    from clerk_deploy.aws.errors import aws_errors
    from clerk_deploy.verification.load import parse_smoke

    name = target.names.smoke_secret
    with aws_errors(f"Reading {name}", missing=_no_smoke(f"{name} holds no smoke users")):
        text = context.clients(target).client("secretsmanager").get_secret_value(SecretId=name)
    return parse_smoke(text["SecretString"], source=name)


def _no_smoke(why: str) -> UnusableInputError:
    return UnusableInputError(
        f"{why}, so no sign-in could be verified.",
        next_step=f"clerk-deploy smoke create, and export {SMOKE_FILE}=FILE; or set release.candidateCheck "
        "to `health` in cdk.json; in an emergency --skip-bake",
    )


def _show(context: Context, result: "Result") -> None:
    context.output.show(asdict(result), lambda: [f"{result.release} is live ({result.outcome})."])


def _next_step(document: Mapping[str, Any], environment: str) -> str | None:
    service = document["service"]
    if service is None:
        return f"clerk-deploy release -e {environment}"
    if document["healthy"] is not True:
        return f"clerk-deploy rollback -e {environment}, or see clerk-deploy logs"
    if document["differences"]:
        commit = service["release"].partition("-")[0]
        return f"clerk-deploy release {commit} -e {environment} brings Pulumi's state up to what runs"
    return None


def _document(entry: "Entry") -> dict[str, Any]:
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


def _table(found: "tuple[Entry, ...]") -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    from clerk_deploy.cli.release_text import STYLES

    if not found:
        return Text("Nothing was released yet.")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("when", "what", "release", "outcome", "seconds", "by"):
        table.add_column(column, justify="right" if column == "seconds" else "left")
    table.add_column("why", overflow="fold")
    for entry in found:
        took = f"{(entry.ended - entry.started).total_seconds():.0f}" if entry.ended else ""
        table.add_row(
            entry.started.strftime("%Y-%m-%d %H:%M:%SZ"),
            entry.purpose,
            entry.release or entry.commit[:12],
            Text(entry.outcome, style=STYLES.get(entry.outcome, "yellow")),
            took,
            entry.who,
            entry.reason,
        )
    return table
