"""`clerk-deploy`: the table of its commands. A command's module is imported when it is used."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any, Final, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from clerk_deploy.cli.failures import ended
from clerk_deploy.cli.options import moved_behind, wants_json
from clerk_deploy.cli.output import Output


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A command of the first level.

    Args:
        app: `module:attribute` of its Typer app.
        help: One line for the list of commands.
    """

    app: str
    help: str


RELEASES: Final[dict[str, Entry]] = {
    name: Entry(app=f"clerk_deploy.cli.release:{name}_app", help=help_text)
    for name, help_text in {
        "release": "Make a commit live: built, verified, switched to, watched.",
        "rollback": "Go back to an earlier release, without a build while a slot holds it.",
        "abort": "End the running release.",
        "history": "What was released, when, by whom, and how it ended.",
        "freeze": "Forbid releases, with a reason.",
        "unfreeze": "Allow releases again.",
    }.items()
}

COMMANDS: Final[dict[str, Entry]] = {
    "status": Entry(
        app="clerk_deploy.cli.status:app", help="How each environment stands, and what to do next."
    ),
    **RELEASES,
    "environment": Entry(
        app="clerk_deploy.cli.environment:app",
        help="Check, push, show and compare an environment's variables.",
    ),
    "verify": Entry(app="clerk_deploy.cli.verify:app", help="Verify a live environment from outside."),
    "checklist": Entry(
        app="clerk_deploy.cli.checklist:app", help="The guide's checklists, every line marked."
    ),
    "logs": Entry(app="clerk_deploy.cli.logs:app", help="Read the application's log."),
    "scan": Entry(app="clerk_deploy.cli.scan:app", help="Look for secrets in what was built."),
    "app": Entry(
        app="clerk_deploy.cli.application:app",
        help="Check an application's repository, and bring it what it lacks.",
    ),
    "smoke": Entry(app="clerk_deploy.cli.smoke:app", help="The users that verification signs in with."),
    "monitoring": Entry(
        app="clerk_deploy.cli.monitoring:app", help="Datadog or New Relic beside CloudWatch."
    ),
    "repository": Entry(
        app="clerk_deploy.cli.repository:app", help="The repository that an environment is built from."
    ),
    "acceptance": Entry(
        app="clerk_deploy.cli.acceptance:app",
        help="Measure on a throw-away environment what only AWS can show.",
    ),
}
"""To add one: a line here, and a module with a Typer `app` whose functions `context.command` registers."""


class Root(TyperGroup):
    """Lists the table without importing anything; imports the command that is used."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.commands = {name: TyperCommand(name, help=entry.help) for name, entry in COMMANDS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The real command in place of the listed one."""
        name, listed, rest = super().resolve_command(ctx, args)
        if name is None or listed is None:
            return name, listed, rest
        module, _, attribute = COMMANDS[name].app.partition(":")
        loaded = get_command(getattr(import_module(module), attribute))
        loaded.name = name
        return name, loaded, rest

    def main(self, args: Sequence[str] | None = None, *_: Any, **arguments: Any) -> NoReturn:
        """Run the command and exit with its code."""
        typed = list(sys.argv[1:] if args is None else args)
        output = Output(as_json=wants_json(typed))
        # not standalone: typer would print failures itself, and end an interruption without a word
        arguments["standalone_mode"] = False
        run = super().main
        sys.exit(ended(lambda: run(args=moved_behind(typed), **arguments), output=output))


app = typer.Typer(
    name="clerk-deploy",
    cls=Root,
    help="Deploy, watch and roll back a Next.js application with Clerk backend authentication.",
    epilog="Options of every command: --environment/-e NAME, --profile NAME, --region REGION, --json, "
    "--settings PATH. Exit codes: 0 fine, 1 checked and bad, 2 usage or settings, 3 refused, 4 rolled back, "
    "5 could not find out, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(*, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"clerk-deploy {version('clerk-deploy')}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option(
        "--version", help="Print the version.", is_eager=True, callback=lambda v: _tell_version(wanted=v)
    ),
]


@app.callback()
def _clerk_deploy(*, version: Version = False) -> None:
    """Make it a group even while it has one command."""


def run() -> NoReturn:
    """Entry point."""
    get_command(app).main(prog_name="clerk-deploy")
    raise AssertionError("main exits")
