"""Two dashboards: is sign-in healthy, and did the last release do it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from clerk_deploy.monitoring.alarms.catalogue import Catalogue
from clerk_deploy.monitoring.alarms.model import Source, ThresholdAlarm
from clerk_deploy.monitoring.metrics import RELEASES
from clerk_deploy.names import Names

WIDTH: Final = 24
"""Columns of CloudWatch's grid."""

Widget = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a dashboard's alarms live.

    Args:
        region: AWS region.
        account: AWS account id.
        log_group: The application's log group.
        verification_log_group: The scheduled verification's log group.
    """

    region: str
    account: str
    log_group: str
    verification_log_group: str

    def alarm_arn(self, name: str) -> str:
        """An alarm's ARN."""
        return f"arn:aws:cloudwatch:{self.region}:{self.account}:alarm:{name}"

    def console(self, path: str) -> str:
        """An address in CloudWatch's console."""
        return f"https://{self.region}.console.aws.amazon.com/cloudwatch/home?region={self.region}#{path}"


def sign_in_dashboard(alarms: Catalogue, *, names: Names, place: Place) -> dict[str, Any]:
    """One screen: is sign-in healthy? The alarms first, then what each of them looks at.

    Args:
        alarms: All alarms.
        names: Names of what the environment owns.
        place: Where they live.
    """
    told = [alarm for alarm in alarms.thresholds if alarm.tells]
    keys = [*(alarm.key for alarm in told), *(band.key for band in alarms.bands)]
    watched = [names.alarm(key) for key in keys] + [
        names.release_alarm(release.slot) for release in alarms.releases
    ]
    releases = place.console(f"dashboards/dashboard/{names.alarm('release')}")
    heading = (
        f"# {names.application}, {names.environment}: is sign-in healthy?\n"
        f"[Did the last release do it?]({releases}) · "
        f"[log queries]({place.console('logsV2:logs-insights')}) under {names.metric_namespace} · "
        f"application's log {place.log_group} · verification's log {place.verification_log_group}"
    )
    return {
        "widgets": [
            _text(heading, height=3),
            _alarms(watched, place=place, y=3),
            *_grid([_of_alarm(alarm, place=place) for alarm in told], y=8, columns=4),
        ]
    }


def release_dashboard(alarms: Catalogue, *, names: Names, place: Place) -> dict[str, Any]:
    """One screen: did the last release do it? The slots side by side.

    Args:
        alarms: All alarms.
        names: Names of what the environment owns.
        place: Where they live.
    """
    slots = [release.slot for release in alarms.releases]
    sign_in = place.console(f"dashboards/dashboard/{names.prefix}")
    heading = (
        f"# {names.application}, {names.environment}: did the last release do it?\n"
        "A mark under *Releases* is the moment at which a slot became live. Bad since then, in that slot "
        "alone: `clerk-deploy rollback`. Bad in every slot, or before it: the release is not the cause, "
        f"look at [sign-in]({sign_in})."
    )
    namespace = names.metric_namespace

    def by_slot(title: str, metric: str, statistic: str) -> Widget:
        sources = [
            Source(namespace=namespace, name=metric, statistic=statistic, dimensions={"slot": slot})
            for slot in slots
        ]
        rows = [
            _row(source, label=slot, row_id=f"m{index}")
            for index, (slot, source) in enumerate(zip(slots, sources, strict=True))
        ]
        return _graph(title, rows, place=place, period=60)

    side_by_side = [
        _of_alarm(alarm, place=place)
        for part in range(len(alarms.releases[0].parts) + len(alarms.releases[0].excused))
        for alarm in _nth_parts(alarms, part)
    ]
    return {
        "widgets": [
            _text(heading, height=3),
            _alarms([names.release_alarm(slot) for slot in slots], place=place, y=3),
            *_grid(
                [
                    by_slot("Releases: the slot that became live", RELEASES, "Maximum"),
                    by_slot("Requests by slot", "ReleaseRequests", "Sum"),
                    by_slot("Evidence: verification's requests by slot", "Evidence", "Sum"),
                ],
                y=8,
                columns=3,
            ),
            *_grid(side_by_side, y=13, columns=max(len(slots), 2)),
        ]
    }


def _nth_parts(alarms: Catalogue, part: int) -> Sequence[ThresholdAlarm]:
    """One part of each slot's release alarm, so that a row compares the slots."""
    by_key = {alarm.key: alarm for alarm in alarms.thresholds}
    return [by_key[(*release.parts, *release.excused)[part]] for release in alarms.releases]


def _text(markdown: str, *, height: int) -> Widget:
    return {
        "type": "text",
        "x": 0,
        "y": 0,
        "width": WIDTH,
        "height": height,
        "properties": {"markdown": markdown},
    }


def _alarms(names: Sequence[str], *, place: Place, y: int) -> Widget:
    return {
        "type": "alarm",
        "x": 0,
        "y": y,
        "width": WIDTH,
        "height": 5,
        "properties": {"title": "Alarms", "alarms": [place.alarm_arn(name) for name in names]},
    }


def _grid(widgets: Sequence[Widget], *, y: int, columns: int) -> list[Widget]:
    width, height = WIDTH // columns, 5
    return [
        {
            **widget,
            "x": index % columns * width,
            "y": y + index // columns * height,
            "width": width,
            "height": height,
        }
        for index, widget in enumerate(widgets)
    ]


def _of_alarm(alarm: ThresholdAlarm, *, place: Place) -> Widget:
    """What an alarm looks at, with its threshold."""
    plain = not alarm.expression
    rows: list[list[Any]] = [
        _row(source, label=alarm.text.title, row_id=source_id, visible=plain)
        for source_id, source in alarm.sources.items()
    ]
    if not plain:
        rows.insert(0, [{"expression": alarm.expression, "label": alarm.text.title, "id": "result"}])
    widget = _graph(alarm.text.title, rows, place=place, period=alarm.over.period)
    widget["properties"]["annotations"] = {"horizontal": [{"value": alarm.threshold, "label": "alarm"}]}
    return widget


def _graph(title: str, rows: Sequence[Sequence[Any]], *, place: Place, period: int) -> Widget:
    return {
        "type": "metric",
        "properties": {
            "title": title,
            "metrics": list(rows),
            "period": period,
            "region": place.region,
            "view": "timeSeries",
            "yAxis": {"left": {"min": 0}},
        },
    }


def _row(source: Source, *, label: str, row_id: str, visible: bool = True) -> list[Any]:
    dimensions = [part for pair in source.dimensions.items() for part in pair]
    options: Mapping[str, Any] = {"stat": source.statistic, "id": row_id, "label": label, "visible": visible}
    return [source.namespace, source.name, *dimensions, options]
