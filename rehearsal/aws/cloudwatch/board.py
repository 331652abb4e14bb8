"""All alarms and filters of a template over a timeline, minute by minute: for tests without any AWS."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.aws.cloudwatch.alarm import INSUFFICIENT, judge
from rehearsal.aws.cloudwatch.composite import is_true
from rehearsal.aws.cloudwatch.metric_filter import emitted
from rehearsal.aws.cloudwatch.points import NotEvaluatedError, Point, Store

MINUTE = 60.0


@dataclass(frozen=True, kw_only=True)
class Transition:
    """An alarm that changed its state.

    Args:
        at: When.
        name: The alarm.
        state: Its new state.
    """

    at: float
    name: str
    state: str


@dataclass(kw_only=True)
class Board:
    """Alarms with their states, filters, and the datapoints that they look at.

    Args:
        metric_alarms: Definitions by name.
        composite_alarms: Rules by name.
        filters: Properties of the metric filters.
        fills_empty_series: See `expression.evaluate`.
    """

    metric_alarms: Mapping[str, Mapping[str, Any]]
    composite_alarms: Mapping[str, str]
    filters: Iterable[Mapping[str, Any]] = ()
    fills_empty_series: bool = True
    store: Store = field(default_factory=Store)
    states: dict[str, str] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()

    def log(self, message: str, *, at: float, arrived: float | None = None) -> None:
        """A line that the application wrote.

        Args:
            message: The line.
            at: When it was written.
            arrived: When CloudWatch had it; at once unless said otherwise.
        """
        for each in self.filters:
            for key, value in emitted(each["FilterPattern"], each["MetricTransformations"], message):
                self.store.put(key, Point(at=at, value=value, arrived=at if arrived is None else arrived))

    def run(self, start: float, end: float) -> list[Transition]:
        """Judge every alarm each minute.

        Args:
            start: The first minute, in seconds.
            end: The last one.
        """
        changes: list[Transition] = []
        now = start
        while now <= end:
            changes += self.tick(now)
            now += MINUTE
        return changes

    def tick(self, now: float) -> list[Transition]:
        """Judge every alarm once."""
        found = [*self._judged(now)]
        return found + [
            change
            for name, rule in self.composite_alarms.items()
            if (change := self._moved(now, name, "ALARM" if is_true(rule, self.state) else "OK"))
        ]

    def state(self, name: str) -> str:
        """An alarm's state now."""
        return self.states.get(name, INSUFFICIENT)

    def _judged(self, now: float) -> list[Transition]:
        changes = []
        for name, alarm in self.metric_alarms.items():
            try:
                verdict = judge(
                    alarm,
                    self.store,
                    now=now,
                    state=self.state(name),
                    fills_empty_series=self.fills_empty_series,
                )
            except NotEvaluatedError:
                self.refused |= {name}
                continue
            if change := self._moved(now, name, verdict.state):
                changes.append(change)
        return changes

    def _moved(self, now: float, name: str, state: str) -> Transition | None:
        if self.state(name) == state:
            return None
        self.states[name] = state
        return Transition(at=now, name=name, state=state)
