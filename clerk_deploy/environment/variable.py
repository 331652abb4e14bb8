"""What a declared variable is. Standard library only: Lambdas and the CLI's fast commands import it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Who may see a variable's value."""

    PUBLIC = "public"
    """Inlined into the pages: everybody."""
    PLAIN = "plain"
    """Server only, yet no secret: stands in variables of the build and of the server."""
    SECRET = "secret"
    """Only the running server: never in a build, a template or a log."""


class NeededAt(StrEnum):
    """When a variable must be there."""

    BUILD = "build"
    RUN = "run"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Why a value was refused. Never holds the value.

    Args:
        expected: What would have been right.
        next_step: What to do now.
    """

    expected: str
    next_step: str


Check = Callable[[str], Finding | None]
"""Looks at one value by itself; None when it is fine."""


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One variable of the contract.

    Args:
        name: Its name in the file, in Secrets Manager and in the app.
        kind: Who may see it.
        needed_at: When it must be there.
        required: A file without it is refused.
        default: Stored when the file lacks it; empty means absent.
        help: What it is.
        found_at: Where to find its value.
        handed_on_as: More names under which the app gets the same value.
        normalise: Brings harmless ways of writing the value to one, before any check.
        check: Looks at a value that is neither blank nor a placeholder.
    """

    name: str
    kind: Kind
    needed_at: NeededAt
    help: str
    required: bool = False
    default: str = ""
    found_at: str = ""
    handed_on_as: tuple[str, ...] = ()
    normalise: Callable[[str], str] | None = None
    check: Check | None = None
