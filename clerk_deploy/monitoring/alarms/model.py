"""What an alarm is, apart from CloudFormation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

LONGEST_DESCRIPTION: Final = 1024
"""Characters that CloudWatch keeps."""


class Beyond(StrEnum):
    """On which side of the threshold it is wrong: CloudWatch's operators."""

    ABOVE = "GreaterThanThreshold"
    AT_LEAST = "GreaterThanOrEqualToThreshold"
    BELOW = "LessThanThreshold"


class Missing(StrEnum):
    """What a period without data means."""

    FINE = "notBreaching"
    WRONG = "breaching"


@dataclass(frozen=True, kw_only=True)
class Source:
    """A metric and what is taken of it in a period.

    Args:
        namespace: CloudWatch's namespace.
        name: The metric.
        statistic: `Sum`, `SampleCount`, `Minimum`, `Maximum`, `Average` or a percentile such as `p95`.
        dimensions: All of the metric's dimensions; another set is another metric.
    """

    namespace: str
    name: str
    statistic: str
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Over:
    """How long it must be wrong.

    Args:
        period: Seconds of a datapoint.
        datapoints: So many must be wrong ...
        of: ... among so many.
    """

    period: int
    datapoints: int = 1
    of: int = 1


@dataclass(frozen=True, kw_only=True)
class Text:
    """What a person reads.

    Args:
        title: In a few words, as the dashboard shows it.
        guide: The guide's line that it watches; empty for what the guide does not name.
        means: What it means.
        first: What to do first.
    """

    title: str
    means: str
    first: str
    guide: str = ""


@dataclass(frozen=True, kw_only=True)
class ThresholdAlarm:
    """An alarm on a value.

    Args:
        key: Ends its name.
        text: What a person reads.
        sources: By id, as the expression names them; one without an expression.
        expression: CloudWatch's metric math; empty to take the one source as it is.
        beyond: On which side it is wrong.
        threshold: The value.
        over: How long.
        missing: What a period without data means.
        tells: People are told; else it only is a part of a composite alarm.
    """

    key: str
    text: Text
    sources: Mapping[str, Source]
    expression: str = ""
    beyond: Beyond
    threshold: float
    over: Over
    missing: Missing = Missing.FINE
    tells: bool = True


@dataclass(frozen=True, kw_only=True)
class BandAlarm:
    """An alarm on a value above what it usually is at this time of the week.

    Args:
        key: Ends its name.
        text: What a person reads.
        source: The metric; never one with a slot, whose days live and idle would be learned in turn.
        deviations: Width of the band.
        over: How long.
    """

    key: str
    text: Text
    source: Source
    deviations: int
    over: Over


@dataclass(frozen=True, kw_only=True)
class ReleaseAlarm:
    """The composite alarm by which the release in one slot is judged.

    Args:
        slot: The slot.
        text: What a person reads.
        parts: Keys of alarms of which one is enough.
        unless: The key of the alarm that excuses some parts.
        excused: Keys of the parts that count only while that one is silent.
    """

    slot: str
    text: Text
    parts: tuple[str, ...]
    unless: str
    excused: tuple[str, ...]


def rate(*, of: str, fails: str, least: int) -> str:
    """Metric math: the share of successes in percent; 100 while there is too little to judge.

    Of a metric without a single datapoint, FILL may give nothing: so nothing here counts successes, of which
    there are none when all is broken, but failures and attempts, which are then there. The attempts are not
    filled: lines arrive a minute or two late, and zeros in their place would look like a recovery.

    Args:
        of: Id of the attempts.
        fails: Id of the failures among them.
        least: Attempts below which nothing is judged.
    """
    return f"IF({of} >= {least}, 100 * ({of} - FILL({fails}, 0)) / {of}, 100)"


def share(*, of: str, part: str, least: int) -> str:
    """Metric math: a share in percent; 0 while there is too little to judge.

    Args:
        of: Id of the whole.
        part: Id of the part.
        least: The whole below which nothing is judged.
    """
    return f"IF({of} >= {least}, 100 * FILL({part}, 0) / {of}, 0)"


def enough(value: str, *, of: str, least: int) -> str:
    """Metric math: a value that is taken as 0 while there is too little to judge.

    Args:
        value: Id of the value, or an expression of it.
        of: Id of the count.
        least: The count below which nothing is judged.
    """
    return f"IF({of} >= {least}, {value}, 0)"


def steady(value: str) -> str:
    """Metric math: a count that is 0 where nothing was counted.

    Without it an alarm looks at the last datapoints again and again once they have stopped, through windows
    that slide, and may fire anew minutes after all is well.

    Args:
        value: Id of the count.
    """
    return f"FILL({value}, 0)"
