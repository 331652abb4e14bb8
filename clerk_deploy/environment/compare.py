"""What differs between checked values and what is pushed. Names only, never values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from clerk_deploy.environment.validate import Values
from clerk_deploy.secret_value import SecretValue


class Difference(StrEnum):
    """How a variable differs."""

    DIFFERS = "differs"
    ONLY_IN_FILE = "only in file"
    ONLY_DEPLOYED = "only deployed"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One variable that differs.

    Args:
        name: Its name.
        difference: How.
        secret: Whether it is a secret; a change of secrets alone makes no revision.
    """

    name: str
    difference: Difference
    secret: bool


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """What is pushed, as far as it concerns one file.

    Args:
        revision: The pushed revision; None before the first push.
        visible: Its public and plain variables.
        secrets: The secrets of the file's publishable key.
    """

    revision: str | None
    visible: Mapping[str, str]
    secrets: Mapping[str, SecretValue]


def compare(values: Values, pushed: Pushed) -> tuple[Change, ...]:
    """Everything that differs, in the contract's order; names that only AWS has come last."""
    visible = _changes(_written(values.visible), _written(pushed.visible), secret=False)
    secrets = _changes(values.secrets, pushed.secrets, secret=True)
    return (*secrets, *visible)


def same_visible(values: Values, stored: Mapping[str, str]) -> bool:
    """Whether a stored revision holds exactly these values, empty ones included."""
    return dict(values.visible) == dict(stored)


def _written(values: Mapping[str, str]) -> dict[str, str]:
    """Without absent optionals, which are stored empty."""
    return {name: value for name, value in values.items() if value}


def _changes(
    wanted: Mapping[str, object], found: Mapping[str, object], *, secret: bool
) -> tuple[Change, ...]:
    names = [*wanted, *(name for name in found if name not in wanted)]
    return tuple(
        Change(name=name, difference=difference, secret=secret)
        for name in names
        if (difference := _difference(wanted.get(name), found.get(name))) is not None
    )


def _difference(wanted: object, found: object) -> Difference | None:
    if wanted == found:
        return None
    if found is None:
        return Difference.ONLY_IN_FILE
    if wanted is None:
        return Difference.ONLY_DEPLOYED
    return Difference.DIFFERS
