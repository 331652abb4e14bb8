"""What a check found out."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    WAIVED = "waived"
    """Failed, and the settings say until when that is accepted, and why."""
    SKIPPED = "skipped"
    """Not tried: something that it needs was not given."""
    UNKNOWN = "unknown"
    """Tried, and it could not find out."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A check's answer. Never holds a secret's value.

    Args:
        status: How it ended.
        evidence: How it knows, in one or two lines.
        details: More lines, one for each thing found.
    """

    status: Status
    evidence: str
    details: tuple[str, ...] = ()


def passed(evidence: str, *details: str) -> Finding:
    """The check's promise holds."""
    return Finding(status=Status.PASSED, evidence=evidence, details=details)


def failed(evidence: str, *details: str) -> Finding:
    """The check's promise is broken."""
    return Finding(status=Status.FAILED, evidence=evidence, details=details)


def skipped(reason: str) -> Finding:
    """Not tried, with what was missing."""
    return Finding(status=Status.SKIPPED, evidence=reason)


def unknown(reason: str) -> Finding:
    """Nothing is known, with the reason."""
    return Finding(status=Status.UNKNOWN, evidence=reason)


def verdict(problems: list[str], *, otherwise: str) -> Finding:
    """Failed with the problems, or passed when there are none.

    Args:
        problems: What is wrong, one line each.
        otherwise: The evidence of a pass.
    """
    if not problems:
        return passed(otherwise)
    return failed(problems[0], *problems[1:])
