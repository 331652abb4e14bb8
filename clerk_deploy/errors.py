"""Typed errors: each says what was expected, where, and what to do next. Only the CLI prints and exits."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    CHECKED_AND_BAD = 1
    USAGE = 2
    REFUSED = 3
    ROLLED_BACK = 4
    COULD_NOT_FIND_OUT = 5
    INTERRUPTED = 130


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One mistake in something that a person wrote.

    Args:
        where: The variable's name or the setting's path, as the person wrote it.
        expected: What would have been right. Never holds a secret's value.
        next_step: What to do now.
    """

    where: str
    expected: str
    next_step: str

    def __str__(self) -> str:
        """One line for a terminal or a log."""
        return f"{self.where}: {self.expected}. {self.next_step}"


class DeployError(Exception):
    """Base of all errors that a person can act on.

    Args:
        message: What is wrong and where.
        next_step: What to do now.
    """

    exit_code: Exit = Exit.COULD_NOT_FIND_OUT

    def __init__(self, message: str, *, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        """The message with its next step."""
        return f"{self.message}\n  next: {self.next_step}"


class ProblemsError(DeployError):
    """Several mistakes of one input, reported together."""

    exit_code = Exit.CHECKED_AND_BAD

    def __init__(self, message: str, *, problems: Sequence[Problem], next_step: str) -> None:
        super().__init__(message, next_step=next_step)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        """The message, a line for each problem, and the next step."""
        lines = "".join(f"\n  - {problem}" for problem in self.problems)
        return f"{self.message}{lines}\n  next: {self.next_step}"


class SettingsError(ProblemsError):
    """The settings in cdk.json's context, or the command's own words, cannot be used."""

    exit_code = Exit.USAGE


class UnusableInputError(DeployError):
    """A file, tool or argument that the command needs is missing or cannot be read."""

    exit_code = Exit.USAGE


class CheckFailedError(DeployError):
    """Something was checked and is bad: a build, a health answer, a verification."""

    exit_code = Exit.CHECKED_AND_BAD


class RefusedError(DeployError):
    """The state of the environment (lock, freeze, alarm, condemned release) forbids it now."""

    exit_code = Exit.REFUSED


class UnreachableError(DeployError):
    """A service did not answer, so nothing is known."""

    exit_code = Exit.COULD_NOT_FIND_OUT
