"""What the commands about releases do for an environment on Vercel."""

import json
import os
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from clerk_deploy.cli.context import Context, Target
from clerk_deploy.errors import CheckFailedError, DeployError, Exit, RefusedError, UnusableInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType

    from clerk_deploy.release.ledger.records import Step
    from clerk_deploy.vercel.operations import VercelOperations
    from clerk_deploy.vercel.results import Entry, Result, Status
    from clerk_deploy.vercel.verification import WholeVerification

ENV_FILE: Final = "CLERK_DEPLOY_ENV_FILE"
SMOKE_FILE: Final = "CLERK_DEPLOY_SMOKE_FILE"
"""Where the whole verification finds values and smoke users: Vercel gives back no secret."""


def require_waiting(*, wait: bool, despite_alarm: bool = False) -> None:
    """Refuse options that have no meaning on Vercel.

    Raises:
        UnusableInputError: One of them was given.
    """
    if not wait:
        raise UnusableInputError(
            "On Vercel this process is the release: it cannot go on without it.",
            next_step="leave out --no-wait",
        )
    if despite_alarm:
        raise UnusableInputError(
            "On Vercel no alarm is asked before a release.", next_step="leave out --despite-alarm"
        )


def release(
    context: Context, *, commit: str, skip_bake: bool, pardon: bool, fallback: bool, reason: str
) -> None:
    """Make a commit live, and look on."""
    target = context.target()
    operations = _operations(context, target, whole=not skip_bake)
    asked = operations.release(commit, skip_bake=skip_bake, pardon=pardon, fallback=fallback, reason=reason)
    _end(context, asked)


def rollback(context: Context, *, to: str, yes: bool) -> None:
    """Say where to, ask, and go back."""
    operations = _operations(context, context.target(), whole=False)
    back = operations.way_back(to)
    context.output.note(f"back to {back.release} ({back.deployment}): a move of the domains, no build")
    if not yes and not typer.confirm("Roll back?", err=True):
        raise typer.Exit(Exit.REFUSED)
    _end(context, operations.rollback(back.deployment))


def history(context: Context, *, limit: int) -> None:
    """Vercel's own list of deployments."""
    found = _operations(context, context.target(), whole=False).history()[:limit]
    context.output.show({"deployments": [asdict(each) for each in found]}, lambda: [_table(found)])


def status(context: Context, target: Target) -> dict[str, Any]:
    """How the environment stands, as a document.

    Raises:
        DeployError: There is no token, or Vercel did not tell.
    """
    found = _operations(context, target, whole=False).status()
    return {**asdict(found), "next_step": _next_step(found, target.name)}


def status_lines(document: "Mapping[str, Any]") -> list[tuple[str, str]]:
    """The document as labels and texts."""
    live, previous = document["live"], document["previous"]
    health = {True: "well", False: "not well", None: "no health answer"}[document["healthy"]]
    lines = [
        ("project", document["project"]),
        ("live", f"{_named(live)}, {health}" if live else f"nothing of the project; {health}"),
        ("previous", _named(previous) if previous else "nothing to go back to"),
    ]
    lines += [("staged", _named(each)) for each in document["staged"]]
    if document["pending_revision"]:
        lines.append(("variables", f"revision {document['pending_revision'][:8]} is in no release"))
    if document["move"]:
        lines.append(("last move", document["move"]))
    return lines + [("difference", text) for text in document["differences"]]


def _named(entry: "Mapping[str, Any]") -> str:
    return f"{entry['release']} ({entry['deployment']})"


def logs(context: Context) -> None:
    """Where the lines are: Vercel keeps them."""
    from clerk_deploy.vercel.client import TOKEN_VARIABLES

    target = context.target()
    if not any(os.environ.get(name) for name in TOKEN_VARIABLES):
        raise UnusableInputError(
            "Vercel keeps its own log, and there is no token to ask it which deployment is live.",
            next_step=f"export {TOKEN_VARIABLES[0]}; or: vercel logs {target.settings.domain}",
        )
    found = _operations(context, target, whole=False).logs()
    context.output.show(asdict(found), lambda: [found.command, found.page] if found.page else [found.command])


def _operations(context: Context, target: Target, *, whole: bool) -> "VercelOperations":
    from clerk_deploy.vercel.operations import vercel_operations

    def told(step: "Step") -> None:
        if not context.output.as_json:
            context.output.note(f"{step.seconds:7.1f} s  {step.name}: {step.note}")

    return vercel_operations(
        names=target.names,
        settings=target.settings,
        verifier=_verification(context, target) if whole else None,
        tell=told,
    )


def _verification(context: Context, target: Target) -> "WholeVerification | None":
    from clerk_deploy.settings.release import CandidateCheck

    if target.settings.release.candidate_check is CandidateCheck.HEALTH:
        return None
    from clerk_deploy.cli.verify_target import Sources, gather
    from clerk_deploy.secret_value import SecretValue
    from clerk_deploy.vercel.host import BYPASS_VARIABLE
    from clerk_deploy.vercel.verification import WholeVerification
    from clerk_deploy.verification.routes import Routes

    sources = Sources(url=None, env_file=_file(ENV_FILE), smoke=_file(SMOKE_FILE), no_aws=True)
    gathered = gather(context, sources)
    bypass = os.environ.get(BYPASS_VARIABLE, "").strip()
    return WholeVerification(
        target=gathered.target,
        bypass=SecretValue(bypass) if bypass else None,
        waivers=gathered.waivers,
        routes=Routes(detours=(), environment=os.environ),
        now=time.time,
    )


def _file(variable: str) -> Path:
    path = os.environ.get(variable, "").strip()
    if not path:
        raise UnusableInputError(
            f"{variable} names no file, so no sign-in of a candidate could be verified.",
            next_step=f"export {ENV_FILE} (a .env file) and {SMOKE_FILE} (docs/vercel.md); or set "
            "release.candidateCheck to `health` in cdk.json; in an emergency --skip-bake",
        )
    return Path(path)


def _end(context: Context, result: "Result") -> None:
    if result.exit_code is Exit.OK:
        context.output.show(
            json.loads(json.dumps(asdict(result))),
            lambda: [f"{result.release} is live ({result.outcome})."],
        )
        return
    kind: type[DeployError] = RefusedError if result.exit_code is Exit.REFUSED else CheckFailedError
    error = kind(
        f"The {result.kind} of {result.release or 'nothing'} was {result.outcome}. {result.reason}",
        next_step=result.next_step or "clerk-deploy history",
    )
    error.exit_code = result.exit_code
    raise error


def _next_step(found: "Status", environment: str) -> str | None:
    if found.live is None:
        return f"clerk-deploy release -e {environment}"
    if found.differences or found.healthy is False:
        return f"clerk-deploy rollback -e {environment}, or mend what is named"
    if found.pending_revision:
        return f"clerk-deploy release -e {environment}: variables changed since the live release"
    return None


def _table(found: "tuple[Entry, ...]") -> "RenderableType":
    from rich import box
    from rich.table import Table

    table = Table("built", "release", "state", "who", "deployment", box=box.SIMPLE)
    for each in found:
        built = datetime.fromtimestamp(each.created, tz=UTC).strftime("%Y-%m-%d %H:%M")
        state = f"{each.state}, live" if each.live else each.state
        table.add_row(built, each.release, state, each.who, each.deployment)
    return table
