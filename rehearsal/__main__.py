"""`bin/rehearse`: the whole deployment on this machine."""

import argparse
import shutil
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from rich.console import Console

from clerk_deploy.errors import DeployError, Exit, UnusableInputError
from clerk_deploy.names import Names
from clerk_deploy.settings import Host, load_settings, pick_environment
from rehearsal.aws.process import NotReadyError
from rehearsal.commands import PROJECT, CommandFailedError
from rehearsal.containers.story import rehearse_containers
from rehearsal.fallback import BRANCH
from rehearsal.journey import JourneyError
from rehearsal.release_faults import faults_of
from rehearsal.release_story import SETTINGS, UnexpectedError, tell
from rehearsal.report.page import write_report
from rehearsal.stage import Stage, open_stage
from rehearsal.story import App, deploy, prove
from rehearsal.timeline import Timeline
from rehearsal.vercel.story import rehearse as rehearse_vercel
from rehearsal.visit import what_to_try

KNOWN = {"reference": PROJECT / "web", "tiny": PROJECT / "rehearsal" / "tiny"}
FALLBACK = PROJECT / "web-fallback"
TIME_SCALE = {"deploy": 5.0, "release": 20.0}
"""Seconds of AWS in one second: a bake of ten minutes in half a minute, where releases are the story."""

SIGN_IN = ("app/api/auth/signin", "src/app/api/auth/signin")


def main(words: Sequence[str] | None = None) -> int:
    """Run the rehearsal; the exit codes are those of clerk-deploy."""
    arguments = _parser().parse_args(words)
    console = Console(highlight=False, soft_wrap=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        return _rehearse(arguments, console)
    except KeyboardInterrupt:
        console.print("Interrupted: everything that was started is ended.")
        return Exit.INTERRUPTED
    except DeployError as error:
        _tell(console, error.message, error.next_step)
        return error.exit_code
    except (CommandFailedError, NotReadyError, JourneyError, UnexpectedError) as error:
        logs = arguments.folder / "run"
        _tell(console, str(error), f"the whole output is in {logs}: commands.log, aws/, world/")
        return Exit.CHECKED_AND_BAD


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/rehearse",
        description="Deploys an application into an embedded AWS on this machine, and proves that it works.",
    )
    parser.add_argument(
        "story",
        nargs="?",
        choices=("deploy", "release", "containers", "vercel"),
        default="deploy",
        help="`release` goes on to good and bad releases, a canary and rollbacks, under traffic; "
        "`containers` and `vercel` tell the like on a Docker engine and on a stand-in of Vercel",
    )
    parser.add_argument(
        "--once", action="store_true", help="end when everything is proven, instead of staying up"
    )
    parser.add_argument(
        "--app",
        default="reference",
        metavar="reference|tiny|PATH",
        help="what is deployed: the reference app, a tiny one, or the folder of your own (%(default)s)",
    )
    parser.add_argument(
        "--rate", type=int, default=25, help="requests a second during `release` (%(default)s)"
    )
    parser.add_argument(
        "--environment", "-e", default="production", help="environment of cdk.json (%(default)s)"
    )
    parser.add_argument(
        "--folder", type=Path, default=PROJECT / ".rehearsal", help="where everything is written"
    )
    return parser


def _rehearse(arguments: argparse.Namespace, console: Console) -> int:
    folder = arguments.folder.resolve()
    if arguments.story == "containers":
        console.print(f"The report is in {rehearse_containers(folder=folder, console=console)}")
        return Exit.OK
    if arguments.story == "vercel":
        facts = rehearse_vercel(folder=folder / "vercel" / "run", timeline=Timeline(console=console))
        console.print(f"The report is in {write_report(facts, folder / 'vercel')}")
        return Exit.OK
    return _rehearse_amplify(arguments, console)


def _rehearse_amplify(arguments: argparse.Namespace, console: Console) -> int:
    for tool in ("git", "bash"):
        if shutil.which(tool) is None:
            raise UnusableInputError(f"There is no {tool}.", next_step=f"apt-get install {tool}")
    settings = load_settings(PROJECT / "cdk.json")
    name, environment = pick_environment(settings, arguments.environment)
    if environment.host is not Host.AMPLIFY:
        raise UnusableInputError(
            f"{name} is hosted on {environment.host}.", next_step="name an environment whose host is amplify"
        )
    app = _app(arguments.app)
    names = Names(application=settings.application, environment=name)
    timeline = Timeline(console=console)
    with open_stage(
        environment=name,
        settings=environment,
        names=names,
        folder=arguments.folder.resolve(),
        time_scale=TIME_SCALE[arguments.story],
        changes={
            **(SETTINGS if arguments.story == "release" else {}),
            **({"release": {"fallback": BRANCH}} if app.fallback else {}),
        },
    ) as stage:
        deploy(stage, app, timeline)
        prove(stage, app, timeline)
        if arguments.story == "release":
            page = tell(stage, faults_of(app), timeline, rate=arguments.rate)
            console.print(f"The report is in {page}")
        console.print(f"[bold]Rehearsed in {timeline.seconds:.1f} s.[/]")
        if not arguments.once:
            _stay(stage, console)
    return Exit.OK


def _app(named: str) -> App:
    folder = KNOWN.get(named, Path(named)).resolve()
    if not (folder / "package.json").is_file():
        raise UnusableInputError(
            f"{folder} holds no application: there is no package.json.",
            next_step="give --app reference, tiny, or the folder of a Next.js application",
        )
    return App(
        folder=folder,
        knows_clerk=any((folder / route).is_dir() for route in SIGN_IN),
        fallback=FALLBACK if folder == KNOWN["reference"] else None,
    )


def _stay(stage: Stage, console: Console) -> None:
    console.print(what_to_try(stage))
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        console.print("\nEnding what was started ...")


def _tell(console: Console, message: str, next_step: str) -> None:
    console.print(message, style="red", markup=False)
    console.print(f"  next: {next_step}", markup=False)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
