"""The settings that the steps follow, as plain values: they travel to Lambda as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

BUILD_TICK = 15
CONFIRM_TICK = 2
BAKE_TICK = 30
"""Seconds that the state machine waits between two looks. Time is counted in looks, so that a machine that
stood still has not waited."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How releases go.

    Args:
        bake_minutes: How long a release is watched after the switch; 0 does not watch.
        canary_percent: Share of clients that gets the candidate first; 0: all at once.
        canary_minutes: How long.
        verifications: Verifications that must succeed during a bake.
        confirm_answers: Right answers in a row, on each name, that make a switch done.
        rollback_window_minutes: How long after a release its alarm rolls it back by itself.
        build_minutes: A build that takes longer is stopped.
        queue_minutes: A build that waits longer is stopped.
        history_days: Days that operations are kept.
        evidence: The candidate's own lines must have arrived as a metric.
    """

    bake_minutes: int = 10
    canary_percent: int = 0
    canary_minutes: int = 5
    verifications: int = 3
    confirm_answers: int = 5
    rollback_window_minutes: int = 60
    build_minutes: int = 30
    queue_minutes: int = 15
    history_days: int = 365
    evidence: bool = True

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """The rules of a document; unknown names are left out."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})

    def looks(self, minutes: int, *, tick: int) -> int:
        """Looks in some minutes."""
        return max(1, minutes * 60 // tick)
