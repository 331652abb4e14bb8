"""The options of every command. They may stand before the command too."""

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

ENVIRONMENT_VARIABLE: Final = "CLERK_DEPLOY_ENVIRONMENT"
PANEL: Final = "Options of every command"

Environment = Annotated[
    str | None,
    typer.Option(
        "--environment",
        "-e",
        envvar=ENVIRONMENT_VARIABLE,
        show_default=False,
        metavar="NAME",
        help="Environment of cdk.json; may be left out when it declares one.",
        rich_help_panel=PANEL,
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        show_default=False,
        metavar="NAME",
        help="Profile of AWS's configuration.",
        rich_help_panel=PANEL,
    ),
]
Region = Annotated[
    str | None,
    typer.Option(
        "--region",
        show_default=False,
        metavar="REGION",
        help="AWS region instead of the settings'.",
        rich_help_panel=PANEL,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, failures too.", rich_help_panel=PANEL)]
SettingsPath = Annotated[
    Path, typer.Option("--settings", metavar="PATH", help="The settings' file.", rich_help_panel=PANEL)
]

SHARED: Final = tuple(
    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
    for name, annotation, default in (
        ("environment", Environment, None),
        ("profile", Profile, None),
        ("region", Region, None),
        ("json", Json, False),
        ("settings", SettingsPath, Path("cdk.json")),
    )
)

_TAKING_A_VALUE: Final = ("--environment", "-e", "--profile", "--region", "--settings")


def moved_behind(arguments: Sequence[str]) -> list[str]:
    """Arguments with the shared options that stand before or between command words put at the end.

    Args:
        arguments: As typed.
    """
    words: list[str] = []
    options: list[str] = []
    rest = list(arguments)
    while rest and rest[0] != "--":
        word = rest.pop(0)
        if word == "--json" or word.startswith(tuple(f"{name}=" for name in _TAKING_A_VALUE)):
            options.append(word)
        elif word in _TAKING_A_VALUE and rest:
            options += [word, rest.pop(0)]
        elif word.startswith("-e") and not word.startswith("--") and len(word) > 2:
            options += ["-e", word[2:]]
        else:
            words.append(word)
    return [*words, *options, *rest] if words else list(arguments)


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether failures are to be told in JSON, also those found before any option is read."""
    before = list(arguments)[: list(arguments).index("--")] if "--" in arguments else arguments
    return "--json" in before
