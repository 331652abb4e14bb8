"""What was found out, each with how it was measured and how often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median
from typing import Any


class Verdict(StrEnum):
    """How what was measured stands to what the project says."""

    EXPECTED = "as expected"
    DIFFERS = "differs"
    UNMEASURED = "could not be measured"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The answer to one question.

    Args:
        key: Its short name.
        question: What only AWS can tell.
        expected: What the project builds on.
        verdict: How it is.
        summary: The answer in a line.
        values: What was measured, by name; times in seconds.
        number: How many times.
        how: How it was measured.
    """

    key: str
    question: str
    expected: str
    verdict: Verdict
    summary: str
    values: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0
    how: str = ""

    def plain(self) -> dict[str, Any]:
        """For another program."""
        return {
            "key": self.key,
            "question": self.question,
            "expected": self.expected,
            "verdict": self.verdict.value,
            "summary": self.summary,
            "n": self.number,
            "values": dict(self.values),
            "how": self.how,
        }


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked, before there is an answer.

    Args:
        key: Its short name.
        text: What only AWS can tell.
        expected: What the project builds on.
        how: How it is measured.
    """

    key: str
    text: str
    expected: str
    how: str

    def answer(
        self, verdict: Verdict, summary: str, *, number: int = 0, values: Mapping[str, Any] | None = None
    ) -> Finding:
        """The finding that answers it."""
        return Finding(
            key=self.key,
            question=self.text,
            expected=self.expected,
            verdict=verdict,
            summary=summary,
            values=values or {},
            number=number,
            how=self.how,
        )

    def unmeasured(self, why: str) -> Finding:
        """The finding that there is no answer."""
        return self.answer(Verdict.UNMEASURED, why)


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Least, median and most, in seconds; nothing of nothing."""
    if not seconds:
        return {}
    return {
        "least": round(min(seconds), 3),
        "median": round(median(seconds), 3),
        "most": round(max(seconds), 3),
    }
