"""`clerk-deploy verify`: the guide's checklists as one gate."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clerk_deploy.cli.context import Context, command, noun
from clerk_deploy.cli.slots import known_slot
from clerk_deploy.errors import UnusableInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clerk_deploy.verification.context import Context as RunContext
    from clerk_deploy.verification.registry import Moment
    from clerk_deploy.verification.target import Target

app = noun("Verify a live environment from outside.")

Url = Annotated[
    str | None, typer.Argument(metavar="[URL]", help="The site; the environment's own when left out.")
]
EnvFile = Annotated[
    Path | None,
    typer.Option("--env-file", metavar="FILE", help="A .env file with the values, where AWS has none."),
]
Smoke = Annotated[
    Path | None,
    typer.Option("--smoke", metavar="FILE", help="JSON with smoke users, where AWS has none; - reads stdin."),
]
NoAws = Annotated[bool, typer.Option("--no-aws", help="Ask AWS for nothing: neither values nor alarms.")]
Only = Annotated[
    list[str] | None, typer.Option("--only", metavar="ID|TAG", help="These checks only; may be repeated.")
]
Skip = Annotated[
    list[str] | None, typer.Option("--skip", metavar="ID|TAG", help="Not these checks; may be repeated.")
]
List = Annotated[bool, typer.Option("--list", help="Show the checks instead of running them.")]
When = Annotated[
    str, typer.Option("--moment", metavar="MOMENT", help="domain, candidate, schedule or emergency.")
]
Slot = Annotated[
    str, typer.Option("--slot", metavar="SLOT", help="Verify what a slot holds, through the edge.")
]
Resolve = Annotated[
    list[str] | None,
    typer.Option("--resolve", metavar="HOST:PORT:ADDRESS", help="Connect elsewhere, as curl does."),
]
Cacert = Annotated[
    Path | None, typer.Option("--cacert", metavar="FILE", help="PEM file of the authorities to trust.")
]
Junit = Annotated[
    Path | None, typer.Option("--junit", metavar="FILE", help="Write the results as JUnit XML too.")
]
SignUp = Annotated[bool, typer.Option("--sign-up", help="Really make a user, and delete it at Clerk.")]


@command(app, "verify")
def verify(
    *,
    context: Context,
    url: Url = None,
    env_file: EnvFile = None,
    smoke: Smoke = None,
    no_aws: NoAws = False,
    only: Only = None,
    skip: Skip = None,
    list_: List = False,
    moment: When = "",
    slot: Slot = "",
    resolve: Resolve = None,
    cacert: Cacert = None,
    junit: Junit = None,
    sign_up: SignUp = False,
) -> None:
    """Verify a live environment: every line of the guide's checklists that shows from outside."""
    from clerk_deploy.cli import verify_text as text
    from clerk_deploy.cli.verify_target import Sources, gather
    from clerk_deploy.verification.engine import run
    from clerk_deploy.verification.registry import all_checks, select
    from clerk_deploy.verification.report import as_json, as_junit

    known_slot(slot)
    when = _moment(moment, slot)
    if list_:
        listed = (
            select(all_checks(), moment=when, only=only or (), skip=skip or ())
            if only or skip
            else all_checks()
        )
        context.output.show(text.list_document(listed), lambda: text.listed(listed))
        return
    checks = select(all_checks(), moment=when, only=only or (), skip=skip or ())
    sources = Sources(url=url, env_file=env_file, smoke=smoke, no_aws=no_aws)
    gathered = gather(context, sources)
    target = replace(gathered.target, slot=slot, sign_up=sign_up)
    report = run(
        checks,
        run_context(target, resolve or (), cacert, gathered.aws),
        moment=when,
        waivers=gathered.waivers,
    )
    if junit is not None:
        _write(junit, as_junit(report))
    context.output.show(as_json(report), lambda: text.report(report))
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def _moment(word: str, slot: str) -> "Moment":
    from clerk_deploy.verification.registry import Moment

    try:
        return Moment(word or ("candidate" if slot else "domain"))
    except ValueError:
        raise UnusableInputError(
            f"There is no moment {word}.",
            next_step=f"name one of {', '.join(each.value for each in Moment)}",
        ) from None


def run_context(target: "Target", resolve: "Sequence[str]", cacert: Path | None, aws: Any) -> "RunContext":
    """What checks work with.

    Args:
        target: What is verified.
        resolve: HOST:PORT:ADDRESS, as typed.
        cacert: PEM file of the authorities to trust.
        aws: Makes AWS clients; None where AWS is not asked.

    Raises:
        UnusableInputError: One of them cannot be used.
    """
    import time

    from clerk_deploy.verification.context import Context as RunContext
    from clerk_deploy.verification.dns import lookup_with
    from clerk_deploy.verification.http import Client, Signature
    from clerk_deploy.verification.routes import Detour, Routes

    if cacert is not None and not cacert.is_file():
        raise UnusableInputError(f"There is no file {cacert}.", next_step="name the PEM file with --cacert")
    if target.slot and not target.release_token:
        raise UnusableInputError(
            "A slot is reached with the release token, which is not known.",
            next_step="name the environment with -e, with AWS credentials that may read its secrets",
        )
    routes = Routes(detours=tuple(Detour.parse(each) for each in resolve), environment=os.environ)
    signature = Signature(
        base_url=target.url,
        now=time.time,
        verification_token=target.verification_token,
        release_token=target.release_token,
        slot=target.slot,
        origins=target.origins,
    )
    is_elsewhere = bool(routes.detours) or routes.proxy("https", target.host, target.port) is not None
    return RunContext(
        target=target,
        client=Client(routes=routes, cacert=str(cacert or ""), signature=signature),
        aws=aws,
        lookup=lookup_with(target.resolver) if target.resolver or not is_elsewhere else None,
    )


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnusableInputError(
            f"{path} cannot be written: {error.strerror}.", next_step="name another file with --junit"
        ) from None
