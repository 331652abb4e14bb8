"""The synthesised alarms and filters of a template, and what happens to a site minute by minute."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rehearsal.aws.cloudwatch.board import MINUTE, Board, Transition
from rehearsal.aws.cloudwatch.points import Point, key_of

PREFIX = "yourapp-production-"
START = 1_800_000_000.0 // 3600 * 3600
Share = Callable[[int], float]
"""Share of bad requests by minute."""


def metric_alarms(template: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Definitions by name, without the names of the application and the environment."""
    return {
        found["Properties"]["AlarmName"].removeprefix(PREFIX): found["Properties"]
        for found in template["Resources"].values()
        if found["Type"] == "AWS::CloudWatch::Alarm"
    }


def composites(template: Mapping[str, Any]) -> dict[str, str]:
    """Rules by name, with the alarms' names in them."""
    resources = template["Resources"]

    def text(part: Any) -> str:
        if isinstance(part, str):
            return part
        return str(resources[part["Ref"]]["Properties"]["AlarmName"].removeprefix(PREFIX))

    return {
        found["Properties"]["AlarmName"].removeprefix(PREFIX): "".join(
            text(part) for part in found["Properties"]["AlarmRule"]["Fn::Join"][1]
        )
        for found in resources.values()
        if found["Type"] == "AWS::CloudWatch::CompositeAlarm"
    }


def filters(template: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        found["Properties"]
        for found in template["Resources"].values()
        if found["Type"] == "AWS::Logs::MetricFilter"
    ]


def board(template: Mapping[str, Any], *keys: str, **options: Any) -> Board:
    """A board with some alarms and the filters of their metrics, or with all."""
    alarms = metric_alarms(template)
    chosen = {key: alarms[key] for key in keys} if keys else alarms
    names = {name for alarm in chosen.values() for name in _metric_names(alarm)}
    return Board(
        metric_alarms=chosen,
        composite_alarms={} if keys else composites(template),
        filters=[
            each for each in filters(template) if each["MetricTransformations"][0]["MetricName"] in names
        ],
        **options,
    )


def sources(alarm: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The metrics that an alarm looks at."""
    if "Metrics" not in alarm:
        return [alarm]
    return [query["MetricStat"]["Metric"] for query in alarm["Metrics"] if "MetricStat" in query]


def _metric_names(alarm: Mapping[str, Any]) -> list[str]:
    return [metric["MetricName"] for metric in sources(alarm)]


LINE = {
    "time": "2026-11-24T12:00:00.000Z",
    "event": "auth.me",
    "route": "/api/auth/me",
    "method": "GET",
    "status": 200,
    "duration_ms": 40.0,
    "validation_ms": 2.0,
    "reason": "ok",
    "tenant": None,
    "slot": "slot-a",
    "commit": "0" * 40,
    "revision": "r",
    "synthetic": False,
}


def line(**fields: Any) -> str:
    return json.dumps({**LINE, **fields})


@dataclass(frozen=True, kw_only=True)
class Drive:
    """What moves one alarm.

    Args:
        good: A good request, as fields of its log line; or values of AWS's own metrics, by their names.
        bad: A bad one.
        share: Share of bad requests that must raise the alarm.
        noise: Share that must not.
        volume: Requests in a minute.
        damped: A single bad minute must not raise it.
        least: It judges only from a number of requests on.
    """

    good: Mapping[str, Any]
    bad: Mapping[str, Any]
    share: float = 0.6
    noise: float = 0.05
    volume: int = 20
    damped: bool = True
    least: bool = True

    def minute(
        self, to: Board, alarm: Mapping[str, Any], at: float, share: float, *, late: float = 0
    ) -> None:
        """One minute of a site's life."""
        if any(name[0].isupper() or name[0].isdigit() for name in self.good):
            self._publish(to, alarm, at, share, late)
            return
        bad = round(self.volume * share)
        for index in range(self.volume):
            fields = self.bad if index < bad else self.good
            # spread over the minute, the bad ones evenly among the good ones
            when = at + (index * 7 % self.volume) * MINUTE / self.volume
            to.log(line(**fields), at=when, arrived=when + late)

    def _publish(self, to: Board, alarm: Mapping[str, Any], at: float, share: float, late: float) -> None:
        for metric in sources(alarm):
            name = metric["MetricName"]
            good, bad = self.good.get(name), self.bad.get(name)
            if good is None or bad is None:
                continue
            value = good + (bad - good) * min(1.0, share / self.share)
            to.store.put(
                key_of(metric["Namespace"], name, metric.get("Dimensions") or ()),
                Point(at=at, value=value, arrived=at + late),
            )


@dataclass(frozen=True, kw_only=True)
class Life:
    """A timeline of one alarm.

    Args:
        template: Where it is declared.
        key: The alarm.
        drive: What moves it.
    """

    template: Mapping[str, Any]
    key: str
    drive: Drive

    def run(
        self,
        minutes: int,
        share: Share,
        *,
        every: int = 1,
        skip: Callable[[int], bool] = lambda _minute: False,
        late: float = 0,
        fills_empty_series: bool = True,
    ) -> list[tuple[int, str]]:
        """States that the alarm takes on, each with its minute.

        Args:
            minutes: How long.
            share: Share of bad requests by minute.
            every: Something happens only so often, in minutes.
            skip: Minutes without any data.
            late: Seconds that data takes to arrive.
            fills_empty_series: See the evaluator.
        """
        to = board(self.template, self.key, fills_empty_series=fills_empty_series)
        alarm = to.metric_alarms[self.key]
        changes: list[Transition] = []
        for minute in range(minutes):
            at = START + minute * MINUTE
            if minute % every == 0 and not skip(minute):
                self.drive.minute(to, alarm, at, share(minute), late=late)
            changes += to.tick(at + MINUTE)
        return [(int((change.at - START) // MINUTE), change.state) for change in changes]

    def with_volume(self, volume: int) -> "Life":
        return replace(self, drive=replace(self.drive, volume=volume))


def alarmed(states: list[tuple[int, str]]) -> list[int]:
    """Minutes at which it went into ALARM."""
    return [minute for minute, state in states if state == "ALARM"]
