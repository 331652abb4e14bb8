"""Ending a command: every expected failure is a message with its next step, never a traceback."""

import os
import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from clerk_deploy.cli.output import Output, ReaderGoneError
from clerk_deploy.errors import DeployError, Exit, Problem, ProblemsError

if TYPE_CHECKING:
    from rich.console import RenderableType

DEBUG: Final = "CLERK_DEPLOY_DEBUG"
READER_GONE: Final = 141
"""As a shell tells of any command whose reader went away (128 and SIGPIPE)."""


def ended(run: Callable[[], Any], *, output: Output) -> int:
    """Run a command to its end and tell how it ended.

    Args:
        run: The command; its result is an exit code or nothing.
        output: Where a failure is told.

    Returns:
        The exit code.
    """
    import typer

    try:
        code = run()
    except DeployError as error:
        return _told(error, output)
    except (KeyboardInterrupt, typer.Abort):
        code = Exit.INTERRUPTED
    except ReaderGoneError:
        return _reader_gone()
    except typer.TyperException as error:
        return _misused(error, output)
    except Exception as error:
        return _unexpected(error, output)
    if code == Exit.INTERRUPTED:
        output.note("interrupted; `clerk-deploy status` tells how things stand")
    return int(code or Exit.OK)


def _told(error: DeployError, output: Output) -> int:
    problems = error.problems if isinstance(error, ProblemsError) else ()
    document = {
        "message": error.message,
        "next_step": error.next_step,
        "problems": [
            {"where": problem.where, "expected": problem.expected, "next_step": problem.next_step}
            for problem in problems
        ],
    }
    output.fail(document, lambda: _text(error.message, problems, error.next_step))
    return int(error.exit_code)


def _misused(error: Any, output: Output) -> int:
    message = error.format_message()
    if not message and not output.as_json:
        return int(Exit.USAGE)  # no command was named, and the help is printed already
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "clerk-deploy"
    next_step = f"{command} --help"
    document: dict[str, Any] = {
        "message": message or "No command was named.",
        "next_step": next_step,
        "problems": [],
    }
    output.fail(document, lambda: _text(message, (), next_step))
    return int(Exit.USAGE)


def _unexpected(error: Exception, output: Output) -> int:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    message = f"This should not happen: {type(error).__name__} in {frame.filename}, line {frame.lineno}."
    next_step = f"run it again with {DEBUG}=1 for the traceback, and report it"
    if os.environ.get(DEBUG) == "1":
        output.note("".join(traceback.format_exception(error)))
    output.fail(
        {"message": message, "next_step": next_step, "problems": []}, lambda: _text(message, (), next_step)
    )
    return int(Exit.COULD_NOT_FIND_OUT)


def _reader_gone() -> int:
    # without this, Python prints a second error when it flushes stdout at its end
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return READER_GONE


def _hanging(mark: str, text: str) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    grid.add_row(Text(mark, style="cyan"), Text(text))
    return grid


def _text(message: str, problems: tuple[Problem, ...], next_step: str) -> "list[RenderableType]":
    from rich.padding import Padding
    from rich.text import Text

    parts: list[RenderableType] = [Text.assemble(("error: ", "bold red"), message)]
    for problem in problems:
        parts += [
            Text.assemble("  ", (problem.where, "bold")),
            Padding(Text(f"{problem.expected}."), (0, 0, 0, 6), expand=False),
            Padding(_hanging("->", problem.next_step), (0, 0, 0, 6), expand=False),
        ]
    return [*parts, Text.assemble(("next: ", "bold cyan"), next_step)]
