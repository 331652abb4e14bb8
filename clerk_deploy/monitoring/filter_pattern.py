"""CloudWatch's filter patterns for JSON lines, built from the log contract's names."""

from collections.abc import Iterable
from typing import Final

from clerk_deploy.monitoring.log_contract import EVENTS, FIELDS, REASONS

LONGEST: Final = 1024
"""Characters that CloudWatch takes."""


class UnknownNameError(ValueError):
    """A pattern would ask for a field, event or reason that the contract does not have."""


def equal(field: str, value: str | int) -> str:
    """The field has this value."""
    return f"({_selector(field)} = {_literal(field, value)})"


def unequal(field: str, values: Iterable[str]) -> str:
    """The field has none of these values."""
    return all_of(*(f"({_selector(field)} != {_literal(field, value)})" for value in values))


def one_of(field: str, values: Iterable[str | int]) -> str:
    """The field has one of these values."""
    return any_of(*(equal(field, value) for value in values))


def at_least(field: str, value: int) -> str:
    """The field is a number of at least this size; null and absent are not."""
    return f"({_selector(field)} >= {value})"


def flag(field: str, *, is_true: bool) -> str:
    """The field is true, or false."""
    return f"({_selector(field)} IS {'TRUE' if is_true else 'FALSE'})"


def event_family(prefix: str) -> str:
    """The event's name begins with this."""
    if not any(name.startswith(prefix) for name in EVENTS):
        raise UnknownNameError(f"no event begins with {prefix}")
    return f'({_selector("event")} = "{prefix}*")'


def all_of(*conditions: str) -> str:
    """All conditions hold."""
    return " && ".join(conditions)


def any_of(*conditions: str) -> str:
    """One of the conditions holds."""
    return f"({' || '.join(conditions)})"


def pattern(*conditions: str) -> str:
    """The filter pattern of lines for which all conditions hold.

    Raises:
        UnknownNameError: It is longer than CloudWatch takes.
    """
    text = f"{{ {all_of(*conditions)} }}"
    if len(text) > LONGEST:
        raise UnknownNameError(f"the pattern has {len(text)} characters, CloudWatch takes {LONGEST}")
    return text


def _selector(field: str) -> str:
    if field not in FIELDS:
        raise UnknownNameError(f"the log contract has no field {field}")
    return f"$.{field}"


def _literal(field: str, value: str | int) -> str:
    known = {"event": EVENTS, "reason": REASONS}.get(field)
    if known is not None and value not in known:
        raise UnknownNameError(f"the log contract has no {field} {value}")
    return f'"{value}"' if isinstance(value, str) else str(value)
