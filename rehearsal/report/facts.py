"""The facts of a rehearsal: steps, what the client saw, and how the way back went."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rehearsal.load import Answer


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the story.

    Args:
        name: What was done.
        outcome: How it ended, as clerk-deploy says it.
        begin: When it began, on time.monotonic's clock.
        end: When it ended.
    """

    name: str
    outcome: str
    begin: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end - self.begin


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A moment worth a line in the picture: build, verify, switch, alarm, rollback."""

    at: float
    name: str


@dataclass(kw_only=True)
class Facts:
    """Everything that the report tells.

    Args:
        title: The page's title.
        begin: The first moment, on time.monotonic's clock.
        answers: What the client saw throughout.
        bad_releases: Releases that were made to be bad; what they answered badly is counted apart.
        rollback: Seconds, changing calls and whether something was built, of a rollback without a build.
        rebuild: Seconds of a way back that had to build.
        dashboards: Drawn dashboards, HTML by name.
    """

    title: str
    begin: float
    answers: list[Answer] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    bad_releases: set[str] = field(default_factory=set)
    rollback: dict[str, Any] = field(default_factory=dict)
    rebuild: dict[str, Any] = field(default_factory=dict)
    dashboards: dict[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> Sequence[Answer]:
        """What a good release should have answered, and nobody did."""
        return [a for a in self.answers if a.failed and a.release not in self.bad_releases]

    @property
    def failed_by_bad_release(self) -> Sequence[Answer]:
        """What a bad release answered badly while it had traffic."""
        return [a for a in self.answers if a.failed and a.release in self.bad_releases]

    @property
    def bad_seconds(self) -> float:
        """How long bad releases had traffic, from their first to their last answer each."""
        total = 0.0
        for release in self.bad_releases:
            times = [a.sent for a in self.answers if a.release == release]
            total += max(times) - min(times) if times else 0.0
        return total

    def to_json(self) -> str:
        """The facts for another program."""
        document = {
            "steps": [
                {"name": step.name, "outcome": step.outcome, "seconds": round(step.seconds, 3)}
                for step in self.steps
            ],
            "requests": {
                "total": len(self.answers),
                "failed": len(self.failed),
                "failed_by_bad_release": len(self.failed_by_bad_release),
                "seconds_of_bad_releases": round(self.bad_seconds, 3),
            },
            "rollback": self.rollback,
            "rebuild": self.rebuild,
        }
        return json.dumps(document, indent=2) + "\n"
