"""`clerk-deploy acceptance`: what only AWS can show, measured on an environment that is thrown away."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from clerk_deploy.cli.context import Context, Target, command, noun
from clerk_deploy.errors import CheckFailedError, DeployError, Exit, RefusedError

if TYPE_CHECKING:
    from types import FrameType

    from clerk_deploy.acceptance.cdk import Cdk
    from clerk_deploy.acceptance.remains import Left
    from clerk_deploy.acceptance.report import Report
    from clerk_deploy.acceptance.run import Ended
    from clerk_deploy.acceptance.teardown import Teardown
    from clerk_deploy.acceptance.throw_away import ThrowAway
    from clerk_deploy.aws.clients import Clients
    from clerk_deploy.environment.sources import RawInput
    from clerk_deploy.release.github import Repository
    from clerk_deploy.secret_value import SecretValue

HELP: Final = "Measure on a throw-away environment what only AWS can show; then delete it."
FOLDER: Final = Path(".clerk-deploy") / "acceptance"
TOOLKIT: Final = "CDKToolkit"
T = TypeVar("T")

app = noun(HELP)


@command(app, "acceptance")
def acceptance(
    *,
    context: Context,
    env_file: Annotated[
        Path | None,
        typer.Option(
            "--env-file",
            metavar="FILE",
            help="A .env file with the variables; the site's address in it is replaced.",
        ),
    ] = None,
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Name of the throw-away environment.")
    ] = "acceptance",
    domain: Annotated[
        str | None,
        typer.Option("--domain", metavar="DOMAIN", help="Its domain; else NAME.DOMAIN of the environment."),
    ] = None,
    switches: Annotated[int, typer.Option("--switches", min=2, max=100, help="Switches to measure.")] = 6,
    image: Annotated[
        str, typer.Option("--image", metavar="PATH", help="An image of the app for next/image, as /logo.png.")
    ] = "",
    folder: Annotated[Path, typer.Option("--folder", metavar="FOLDER", help="Where reports go.")] = FOLDER,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be created and what it costs; create nothing.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Do not delete it; --teardown does so later.")] = False,
    teardown: Annotated[
        bool, typer.Option("--teardown", help="Only delete what an earlier run left.")
    ] = False,
) -> None:
    """Measure on a throw-away environment what only AWS can show; then delete it."""
    raw = None if teardown else _file(env_file)
    desk = _Desk.make(context, raw, name=name, domain=domain, folder=folder)
    if teardown:
        _tear_down_alone(desk, yes=yes)
        return
    assert raw is not None
    _require_nothing(desk)
    _check_values(desk, raw)
    cdk = _show_plan(desk, switches=switches)
    if dry_run:
        return
    if not yes and not typer.confirm("Create it?", err=True):
        raise typer.Exit(Exit.REFUSED)
    _run(desk, raw, cdk, switches=switches, image=image, keep=keep)


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """What every part of the command works with."""

    context: Context
    target: "ThrowAway"
    clients: "Clients"
    folder: Path
    run_folder: Path

    @classmethod
    def make(
        cls, context: Context, raw: "RawInput | None", *, name: str, domain: str | None, folder: Path
    ) -> "_Desk":
        from clerk_deploy.acceptance.throw_away import has_test_keys, throw_away

        like = context.target()
        document = json.loads(context.settings_path.read_text(encoding="utf-8-sig"))
        target = throw_away(
            context.settings(),
            like=like.name,
            context=document["context"],
            name=name,
            domain=domain,
            test_keys=raw is not None and has_test_keys(raw),
        )
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
        return cls(
            context=context,
            target=target,
            clients=context.clients(Target(names=target.names, settings=target.settings)),
            folder=folder,
            run_folder=folder / stamp,
        )

    @property
    def again(self) -> str:
        """The command that deletes what is left."""
        name = self.target.names.environment
        named = "" if name == "acceptance" else f" --name {name}"
        return f"clerk-deploy acceptance --teardown -e {self.target.like}{named}"

    def tell(self, text: str) -> None:
        """Tell what goes on."""
        self.context.output.note(f"{datetime.now(UTC):%H:%M:%S} {text}")

    def repository(self, token: "SecretValue") -> "Repository":
        """The application's repository."""
        from clerk_deploy.release.github import Repository
        from clerk_deploy.release.pool import open_pool

        owner, name = self.target.settings.repository.removeprefix("https://github.com/").split("/")
        return Repository(http=open_pool(os.environ), owner=owner, name=name, token=token.reveal())

    def teardown(self, token: "SecretValue | None") -> "Teardown":
        """The teardown of this environment."""
        from clerk_deploy.acceptance.branches import Branches
        from clerk_deploy.acceptance.teardown import Teardown

        return Teardown(
            target=self.target,
            client=self.clients.client,
            branches=Branches(file=self.folder / f"{self.target.names.environment}.branches.json"),
            repository=self.repository(token) if token else None,
            tell=self.tell,
            now=time.monotonic,
            sleep=time.sleep,
        )


def _file(path: Path | None) -> "RawInput":
    from clerk_deploy.acceptance.throw_away import values_file

    return values_file(path)


def _require_nothing(desk: _Desk) -> None:
    """Refuse an account that has the environment already, or cannot take it."""
    from clerk_deploy.acceptance.remains import remains
    from clerk_deploy.aws.stacks import read_stack

    found = remains(desk.target, desk.clients.client)
    if found:
        raise RefusedError(
            f"There is something of {desk.target.names.prefix} already: {'; '.join(map(str, found))}.",
            next_step=f"if an earlier run left it: {desk.again}; if it is yours, choose another --name",
        )
    settings = desk.target.settings
    if read_stack(desk.clients.client("cloudformation"), TOOLKIT) is None:
        raise RefusedError(
            f"The CDK is not bootstrapped in {settings.account}, {settings.region}.",
            next_step=f"cdk bootstrap aws://{settings.account}/{settings.region}",
        )


def _check_values(desk: _Desk, raw: "RawInput") -> None:
    from clerk_deploy.acceptance.throw_away import values_of

    values_of(raw, target=desk.target, number=1)


def _show_plan(desk: _Desk, *, switches: int) -> "Cdk":
    from clerk_deploy.acceptance.cdk import prepare_cdk
    from clerk_deploy.acceptance.cost import estimate
    from clerk_deploy.acceptance.plan import read_plan
    from clerk_deploy.cli import acceptance_text as text

    settings = desk.target.settings
    cdk = prepare_cdk(
        desk.run_folder / "cdk",
        settings_path=desk.context.settings_path,
        context=desk.target.context,
        profile=desk.context.profile,
        region=desk.context.region or settings.region,
    )
    plan = read_plan(cdk.synth(desk.target.names.environment))
    costs = estimate(plan)
    if desk.context.output.as_json:
        # the answer is one document, and comes in the end
        desk.context.output.note(json.dumps(text.plan_document(desk.target, plan, costs)))
    else:
        desk.context.output.show({}, lambda: text.plan(desk.target, plan, costs, switches=switches))
    return cdk


def _run(desk: _Desk, raw: "RawInput", cdk: "Cdk", *, switches: int, image: str, keep: bool) -> None:
    from clerk_deploy.acceptance.report import Report
    from clerk_deploy.acceptance.run import Run, carry_out
    from clerk_deploy.cli.makers import MAKERS
    from clerk_deploy.cli.release import who
    from clerk_deploy.release.pool import open_pool

    token = _token(desk)
    report = Report(folder=desk.run_folder, about=_about(desk))
    tear_down = desk.teardown(token)
    place = Target(names=desk.target.names, settings=desk.target.settings)
    run = Run(
        target=desk.target,
        raw=raw,
        cdk=cdk,
        store=desk.context.store(place, desk.clients),
        makers=MAKERS,
        client=desk.clients.client,
        http=open_pool(os.environ),
        repository=desk.repository(token),
        token=token,
        branches=tear_down.branches,
        report=report,
        who=who(),
        switches=switches,
        image=image,
        tell=desk.tell,
        now=time.time,
    )
    with _interruptible():
        ended = _carried_out(
            desk,
            lambda: carry_out(
                run.deploy_and_measure, lambda: _told(desk, tear_down), report=report, keep=keep
            ),
        )
    _end(desk, ended, report)


def _told(desk: _Desk, tear_down: "Teardown") -> "tuple[Left, ...]":
    desk.tell(f"delete {desk.target.names.prefix} (Ctrl-C stops that)")
    return tear_down.run()


def _carried_out(desk: _Desk, work: Callable[[], T]) -> T:
    """What tears down: a second Ctrl-C ends that too, and then it must be told what is left."""
    try:
        return work()
    except KeyboardInterrupt:
        _tell_what_is_left(desk)
        raise


def _tell_what_is_left(desk: _Desk) -> None:
    from clerk_deploy.acceptance.remains import remains

    note = desk.context.output.note
    note(f"The deletion was interrupted. Go on with it: {desk.again}")
    try:
        for left in remains(desk.target, desk.clients.client):
            note(f"  left: {left}")
    except DeployError as error:
        note(f"  what is left could not be found out: {error.message}")


@contextmanager
def _interruptible() -> Iterator[None]:
    """Take a request to end (a CI job that is cancelled) like Ctrl-C: the environment must go."""

    def interrupt(_number: int, _frame: "FrameType | None") -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    # a shell that starts this in the background lets it ignore Ctrl-C
    before[signal.SIGINT] = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _token(desk: _Desk) -> "SecretValue":
    """The GitHub token: of the environment that this one is like, else typed or piped in."""
    from clerk_deploy.acceptance.teardown import stored_token
    from clerk_deploy.environment.repository import github_token
    from clerk_deploy.names import Names

    names = Names(application=desk.target.names.application, environment=desk.target.like)
    stored = stored_token(names, desk.clients.client)
    if stored:
        desk.tell(f"the GitHub token is the one in {names.repository_secret}")
        return github_token(stored)
    if not sys.stdin.isatty():
        return github_token(sys.stdin.readline())
    import getpass

    return github_token(getpass.getpass(f"GitHub token for {desk.target.settings.repository} (not shown): "))


def _about(desk: _Desk) -> dict[str, Any]:
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


def _end(desk: _Desk, ended: "Ended", report: "Report") -> None:
    from clerk_deploy.acceptance.findings import Verdict
    from clerk_deploy.cli import acceptance_text as text

    document = {**report.plain(), "report": str(report.page), "left": [str(each) for each in ended.left]}
    desk.context.output.show(document, lambda: text.result(report))
    if ended.kept:
        desk.context.output.note(f"{desk.target.names.prefix} was kept. Delete it: {desk.again}")
    if ended.left:
        raise CheckFailedError(
            f"Something of {desk.target.names.prefix} is left: {'; '.join(map(str, ended.left))}.",
            next_step=desk.again,
        )
    if ended.failure is not None:
        raise ended.failure
    codes = {Verdict.DIFFERS: Exit.CHECKED_AND_BAD, Verdict.UNMEASURED: Exit.COULD_NOT_FIND_OUT}
    raise typer.Exit(codes.get(report.worst(), Exit.OK))


def _tear_down_alone(desk: _Desk, *, yes: bool) -> None:
    from clerk_deploy.acceptance.remains import is_marked, remains
    from clerk_deploy.acceptance.teardown import stored_token
    from clerk_deploy.environment.repository import github_token

    names = desk.target.names
    found = remains(desk.target, desk.clients.client)
    if not is_marked(names, desk.clients.client):
        raise RefusedError(
            f"{names.prefix} is no throw-away environment: its secrets lack the mark of one.",
            next_step="docs/runbook.md says how an environment is deleted by hand",
        )
    for each in found:
        desk.context.output.note(f"  {each}")
    if found and not yes and not typer.confirm(f"Delete all of {names.prefix}?", err=True):
        raise typer.Exit(Exit.REFUSED)
    stored = stored_token(names, desk.clients.client)
    job = desk.teardown(github_token(stored) if stored else None)
    with _interruptible():
        left = _carried_out(desk, job.run)
    if left:
        raise CheckFailedError(f"Something is left: {'; '.join(map(str, left))}.", next_step=desk.again)
    desk.context.output.show({"left": []}, lambda: [f"Nothing of {names.prefix} is left."])
