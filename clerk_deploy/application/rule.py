"""Rules are data: one decorated function each, as the live checks are."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from clerk_deploy.application.repository import Repository


class Level(StrEnum):
    """How bad a mistake is."""

    ERROR = "error"
    """A secret gets out, or the application does not run."""
    WARNING = "warning"
    """It runs, and will hurt some day."""


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One mistake in a repository. Never holds a secret's value.

    Args:
        file: Where, from the application's folder.
        line: Line, from 1; 0 for the whole file.
        found: What stands there.
    """

    file: str
    found: str
    line: int = 0


Function = Callable[[Repository], Iterator[Mistake]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A mistake that can be seen without running anything.

    Args:
        id: `subject.mistake`.
        title: What is right.
        level: How bad a mistake is.
        guide: Where the guide makes or warns of it.
        why: What follows from it.
        next_step: What to do.
        function: Finds it.
    """

    id: str
    title: str
    level: Level
    guide: str
    why: str
    next_step: str
    function: Function


_RULES: dict[str, Rule] = {}


def rule(
    *,
    id: str,  # noqa: A002 - a rule's id is called id wherever it is shown
    title: str,
    guide: str,
    why: str,
    next_step: str,
    level: Level = Level.ERROR,
) -> Callable[[Function], Function]:
    """Declares a rule; the arguments are those of Rule."""

    def declare(function: Function) -> Function:
        if id in _RULES:
            raise ValueError(f"two rules are called {id}")
        _RULES[id] = Rule(
            id=id, title=title, level=level, guide=guide, why=why, next_step=next_step, function=function
        )
        return function

    return declare


def all_rules() -> tuple[Rule, ...]:
    """Every declared rule, in the order of declaration."""
    import clerk_deploy.application.rules  # noqa: F401 - importing it declares them

    return tuple(_RULES.values())


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A rule and what it found.

    Args:
        rule: The rule.
        mistakes: What it found; none: it holds.
    """

    rule: Rule
    mistakes: tuple[Mistake, ...]


def judge(repository: Repository, rules: Sequence[Rule]) -> tuple[Judged, ...]:
    """Applies rules to a repository.

    Args:
        repository: The application.
        rules: Which.
    """
    return tuple(Judged(rule=each, mistakes=_unique(each.function(repository))) for each in rules)


def _unique(mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
    return tuple(dict.fromkeys(mistakes))


def line_of(text: str, position: int) -> int:
    """The line of a position in a text, from 1."""
    return text.count("\n", 0, position) + 1
