"""Datapoints, and the statistics of a period."""

import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Key = tuple[str, str, str]
"""Namespace, metric and dimensions: another set of dimensions is another metric."""


class NotEvaluatedError(Exception):
    """Something that this evaluator refuses to guess at; the message says what."""


@dataclass(frozen=True, order=True)
class Point:
    """A value that was published.

    Args:
        at: Seconds since the epoch that it is about.
        value: The value.
        arrived: When CloudWatch had it; late data is about an earlier time.
        count: How many times the value was seen.
    """

    at: float
    value: float
    arrived: float
    count: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Datum:
    """What somebody published.

    Args:
        namespace: The metric's namespace.
        name: Its name.
        dimensions: Its dimensions.
        unit: CloudWatch's unit.
        at: When, in our time.
        value: The value.
        count: How often it was seen.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    unit: str
    at: float
    value: float
    count: float = 1.0


def key_of(namespace: str, name: str, dimensions: Iterable[Mapping[str, Any]] = ()) -> Key:
    """The key of a metric.

    Args:
        namespace: Its namespace.
        name: Its name.
        dimensions: As CloudFormation and the API write them: `Name` and `Value`. A value may be a reference
            of a template that was not deployed.
    """
    named = {str(item["Name"]): item["Value"] for item in dimensions}
    return namespace, name, json.dumps(named, sort_keys=True)


class Store:
    """All datapoints, by metric."""

    def __init__(self) -> None:
        self._points: dict[Key, list[Point]] = {}

    def put(self, key: Key, point: Point) -> None:
        """Add a datapoint."""
        points = self._points.setdefault(key, [])
        points.insert(bisect_left(points, point), point)

    def between(self, key: Key, start: float, end: float, *, known: float) -> list[Point]:
        """Datapoints about a time, as far as they have arrived.

        Args:
            key: The metric.
            start: First second.
            end: First second after.
            known: The time of asking.
        """
        points = self._points.get(key, [])
        first = bisect_left(points, start, key=lambda point: point.at)
        last = bisect_left(points, end, key=lambda point: point.at)
        return [point for point in points[first:last] if point.arrived <= known]


def statistic(name: str, points: Sequence[Point]) -> float | None:
    """A statistic of a period's datapoints; None when there are none.

    Args:
        name: Such as `Sum` or `p95`.
        points: The datapoints.

    Raises:
        NotEvaluatedError: A statistic that is not known here.
    """
    if not points:
        return None
    count = sum(point.count for point in points)
    total = sum(point.value * point.count for point in points)
    if name == "Sum":
        return total
    if name == "SampleCount":
        return count
    if name == "Average":
        return total / count
    if name in ("Minimum", "Maximum"):
        values = [point.value for point in points]
        return min(values) if name == "Minimum" else max(values)
    if name.startswith("p") and name[1:].replace(".", "", 1).isdigit():
        return _percentile(float(name[1:]), points)
    raise NotEvaluatedError(f"the statistic {name} is not evaluated here")


def _percentile(percent: float, points: Sequence[Point]) -> float | None:
    """By linear interpolation between the two nearest ranks; none of a negative value, as CloudWatch says."""
    ordered = sorted(points, key=lambda point: point.value)
    if ordered[0].value < 0:
        return None
    rank = percent / 100 * (sum(point.count for point in ordered) - 1)
    low, high = _ranked(ordered, int(rank)), _ranked(ordered, int(rank) + 1)
    return low + (high - low) * (rank - int(rank))


def _ranked(ordered: Sequence[Point], index: int) -> float:
    seen = 0.0
    for point in ordered:
        seen += point.count
        if index < seen:
            return point.value
    return ordered[-1].value
