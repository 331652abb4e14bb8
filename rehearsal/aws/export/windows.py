"""Datapoints by the minute, until the minute is over and its statistics are known."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from rehearsal.aws.cloudwatch.points import Datum, Point, statistic
from rehearsal.aws.export.otlp import Summary

MINUTE: Final = 60.0
DELAY: Final = 60.0
"""Seconds that a minute is left open for what arrives late."""

_Window = tuple[str, str, tuple[tuple[str, str], ...], str, float]


@dataclass(frozen=True)
class Closed:
    """A minute that is over.

    Args:
        namespace: The metric's namespace.
        name: Its name.
        dimensions: Its dimensions.
        unit: CloudWatch's unit.
        start: First second.
        points: What was published.
    """

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    unit: str
    start: float
    points: tuple[Point, ...]

    def summary(self, percentiles: Iterable[str]) -> Summary:
        """Its statistics.

        Args:
            percentiles: Such as `p95`, besides what a stream always tells.
        """

        def of(name: str) -> float:
            return statistic(name, self.points) or 0.0

        return Summary(
            namespace=self.namespace,
            name=self.name,
            dimensions=dict(self.dimensions),
            unit=self.unit,
            start=self.start,
            end=self.start + MINUTE,
            count=of("SampleCount"),
            total=of("Sum"),
            quantiles={
                0.0: of("Minimum"),
                **{float(name[1:]) / 100: of(name) for name in percentiles},
                1.0: of("Maximum"),
            },
        )


class Windows:
    """Open minutes of all metrics."""

    def __init__(self) -> None:
        self._open: dict[_Window, list[Point]] = {}

    def put(self, datum: Datum, *, at: float) -> None:
        """Add a datapoint.

        Args:
            datum: The datapoint.
            at: AWS's time of it.
        """
        window = (
            datum.namespace,
            datum.name,
            tuple(sorted(datum.dimensions.items())),
            datum.unit,
            at // MINUTE * MINUTE,
        )
        self._open.setdefault(window, []).append(
            Point(at=at, value=datum.value, arrived=at, count=datum.count)
        )

    def close(self, now: float, *, wanted: Callable[[str], bool]) -> list[Closed]:
        """Minutes that are over by now; what nobody wants is dropped.

        Args:
            now: AWS's time.
            wanted: Whether a namespace is.
        """
        over = [window for window in self._open if window[-1] + MINUTE + DELAY <= now]
        closed = [Closed(*window, tuple(self._open.pop(window))) for window in over]
        return [each for each in closed if wanted(each.namespace)]
