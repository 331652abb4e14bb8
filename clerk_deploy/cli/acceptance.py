"""`clerk-deploy acceptance`: what only AWS can show, measured on an environment that is thrown away."""

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from clerk_deploy.cli.context import Context, command, noun
from clerk_deploy.errors import CheckFailedError, DeployError, Exit, RefusedError

if TYPE_CHECKING:
    from clerk_deploy.acceptance.cdk import Cdk
    from clerk_deploy.acceptance.report import Report
    from clerk_deploy.acceptance.run import Ended
    from clerk_deploy.cli.acceptance_desk import Desk
    from clerk_deploy.environment.sources import RawInput

HELP: Final = "Measure on a throw-away environment what only AWS can show; then delete it."
FOLDER: Final = Path(".clerk-deploy") / "acceptance"

app = noun(HELP)

EnvFile = Annotated[
    Path | None,
    typer.Option(
        "--env-file",
        metavar="FILE",
        help="A .env file with the variables; the site's address in it is replaced.",
    ),
]
Name = Annotated[str, typer.Option("--name", metavar="NAME", help="Name of the throw-away environment.")]
Domain = Annotated[
    str | None,
    typer.Option("--domain", metavar="DOMAIN", help="Its domain; else NAME.DOMAIN of the environment."),
]
Switches = Annotated[int, typer.Option("--switches", min=2, max=100, help="Switches to measure.")]
Image = Annotated[
    str, typer.Option("--image", metavar="PATH", help="An image of the app for next/image, as /logo.png.")
]
Folder = Annotated[Path, typer.Option("--folder", metavar="FOLDER", help="Where reports go.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be created and what it costs; create nothing.")
]
Keep = Annotated[bool, typer.Option("--keep", help="Do not delete it; --teardown does so later.")]
TearDown = Annotated[bool, typer.Option("--teardown", help="Only delete what an earlier run left.")]


@command(app, "acceptance")
def acceptance(
    *,
    context: Context,
    env_file: EnvFile = None,
    name: Name = "acceptance",
    domain: Domain = None,
    switches: Switches = 6,
    image: Image = "",
    folder: Folder = FOLDER,
    yes: Yes = False,
    dry_run: DryRun = False,
    keep: Keep = False,
    teardown: TearDown = False,
) -> None:
    """Measure on a throw-away environment what only AWS can show; then delete it."""
    from clerk_deploy.acceptance.throw_away import values_file, values_of
    from clerk_deploy.cli.acceptance_desk import Desk

    if teardown:
        _tear_down(Desk.make(context, None, name=name, domain=domain, folder=folder), yes=yes)
        return
    raw = values_file(env_file)
    desk = Desk.make(context, raw, name=name, domain=domain, folder=folder)
    values_of(raw, target=desk.target, number=1)
    desk.require_nothing()
    run_folder = folder / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    cdk = _plan(desk, run_folder, switches=switches)
    if dry_run:
        return
    if not yes and not typer.confirm("Create it?", err=True):
        raise typer.Exit(Exit.REFUSED)
    _run(desk, raw, cdk, run_folder, switches=switches, image=image, keep=keep)


def _plan(desk: "Desk", run_folder: Path, *, switches: int) -> "Cdk":
    """Say what will be created; the templates are synthesised for that, and deployed later as they are."""
    from clerk_deploy.acceptance.cdk import prepare_cdk
    from clerk_deploy.acceptance.cost import estimate
    from clerk_deploy.acceptance.plan import read_plan
    from clerk_deploy.cli import acceptance_text as text

    context, target = desk.context, desk.target
    cdk = prepare_cdk(
        run_folder / "cdk",
        settings_path=context.settings_path,
        context=target.context,
        profile=context.profile,
        region=context.region or target.settings.region,
    )
    plan = read_plan(cdk.synth(target.names.environment))
    costs = estimate(plan)
    if context.output.as_json:
        # the answer is one document, and comes in the end
        context.output.note(json.dumps(text.plan_document(target, plan, costs)))
    else:
        context.output.show({}, lambda: text.plan(target, plan, costs, switches=switches))
    return cdk


def _run(
    desk: "Desk",
    raw: "RawInput",
    cdk: "Cdk",
    run_folder: Path,
    *,
    switches: int,
    image: str,
    keep: bool,
) -> None:
    from clerk_deploy.acceptance.report import Report
    from clerk_deploy.acceptance.run import Run, carry_out
    from clerk_deploy.cli.makers import MAKERS
    from clerk_deploy.cli.release import who
    from clerk_deploy.release.pool import open_pool

    token = desk.token()
    report = Report(folder=run_folder, about=_about(desk))
    tear_down = desk.teardown(token)
    run = Run(
        target=desk.target,
        raw=raw,
        cdk=cdk,
        store=desk.context.store(desk.place, desk.clients),
        makers=MAKERS,
        client=desk.clients.client,
        http=open_pool(os.environ),
        repository=desk.repository(token),
        token=token,
        report=report,
        who=who(),
        switches=switches,
        image=image,
        tell=desk.tell,
        now=time.time,
    )
    ended = desk.unless_interrupted(
        lambda: carry_out(run.deploy_and_measure, tear_down.run, report=report, keep=keep)
    )
    _end(desk, ended, report)


def _about(desk: "Desk") -> dict[str, Any]:
    from importlib.metadata import version

    settings = desk.target.settings
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "like the environment": desk.target.like,
        "region": settings.region,
        "domain": settings.domain,
        "repository": settings.repository,
        "branch": settings.branch,
        "clerk-deploy": version("clerk-deploy"),
    }


def _end(desk: "Desk", ended: "Ended", report: "Report") -> None:
    from clerk_deploy.acceptance.findings import Verdict
    from clerk_deploy.cli import acceptance_text as text

    output = desk.context.output
    failure = _left(desk, ended) or ended.failure
    document = {
        **report.plain(),
        "report": str(report.page),
        "left": [str(each) for each in ended.left],
        "failure": None if failure is None else str(failure) or type(failure).__name__,
    }
    output.show(document, lambda: text.result(report))
    if ended.kept:
        output.note(f"{desk.target.names.prefix} was kept. Delete it: {desk.again}")
    if isinstance(failure, DeployError) and output.as_json:
        raise typer.Exit(failure.exit_code)  # it is in the one document
    if failure is not None:
        raise failure
    codes = {Verdict.DIFFERS: Exit.CHECKED_AND_BAD, Verdict.UNMEASURED: Exit.COULD_NOT_FIND_OUT}
    raise typer.Exit(codes.get(report.worst(), Exit.OK))


def _left(desk: "Desk", ended: "Ended") -> DeployError | None:
    if not ended.left:
        return None
    return CheckFailedError(
        f"Something of {desk.target.names.prefix} is left: {'; '.join(map(str, ended.left))}.",
        next_step=desk.again,
    )


def _tear_down(desk: "Desk", *, yes: bool) -> None:
    from clerk_deploy.acceptance.remains import is_marked, remains

    prefix = desk.target.names.prefix
    found = remains(desk.target, desk.clients.client)
    if not is_marked(desk.target.names, desk.clients.client):
        raise RefusedError(
            f"{prefix} is no throw-away environment: its secrets lack the mark of one.",
            next_step="docs/runbook.md says how an environment is deleted by hand",
        )
    for each in found:
        desk.context.output.note(f"  {each}")
    if found and not yes and not typer.confirm(f"Delete all of {prefix}?", err=True):
        raise typer.Exit(Exit.REFUSED)
    left = desk.unless_interrupted(desk.teardown(desk.own_token()).run)
    if left:
        raise CheckFailedError(
            f"Something of {prefix} is left: {'; '.join(map(str, left))}.", next_step=desk.again
        )
    desk.context.output.show({"left": []}, lambda: [f"Nothing of {prefix} is left."])
