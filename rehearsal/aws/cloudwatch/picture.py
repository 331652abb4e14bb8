"""A picture of a dashboard: its own widgets, drawn from the embedded AWS's data as HTML without script."""

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rehearsal.aws.cloudwatch.expression import Series, evaluate

WIDTH, HEIGHT = 300, 110
COLORS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd")
STATES = {"ALARM": "#d13212", "OK": "#1d8102", "INSUFFICIENT_DATA": "#879596"}
STYLE = """<style>
.dashboard{display:grid;grid-template-columns:repeat(24,1fr);grid-auto-rows:30px;gap:6px;font:12px sans-serif}
.dashboard>div{border:1px solid #d5dbdb;border-radius:3px;padding:6px;overflow:hidden}
.dashboard h3{margin:0 0 4px;font-size:12px}.dashboard svg{width:100%;height:calc(100% - 18px)}
.dashboard b{color:#fff;border-radius:2px;padding:1px 4px;margin:2px;display:inline-block;font-weight:normal}
</style>"""

Fetch = Callable[[str, str, Mapping[str, str], str, float], Mapping[float, float]]
"""Namespace, metric, dimensions, statistic and period in our seconds to value by time."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """The time that is drawn, in our seconds.

    Args:
        start: Its beginning, since the epoch.
        end: Its end.
        scale: How many seconds of AWS pass in one of ours.
    """

    start: float
    end: float
    scale: float = 1.0


def draw(body: Mapping[str, Any], *, fetch: Fetch, states: Mapping[str, str], span: Span) -> str:
    """A dashboard as HTML.

    Args:
        body: The dashboard's body.
        fetch: Reads a metric.
        states: Alarms' states by name.
        span: What is drawn.
    """
    kinds = {
        "text": lambda properties: f"<div>{_words(properties['markdown'])}</div>",
        "alarm": lambda properties: _alarms(properties, states),
        "metric": lambda properties: _graph(properties, fetch, span),
    }
    cells = [
        f'<div style="grid-area:{each["y"] + 1}/{each["x"] + 1}/span {each["height"]}/span {each["width"]}">'
        f"{kinds[each['type']](each['properties'])}</div>"
        for each in body["widgets"]
    ]
    return f'{STYLE}<div class="dashboard">{"".join(cells)}</div>'


def draw_from(cloudwatch: Any, name: str, *, span: Span) -> str:
    """A dashboard of the embedded AWS as HTML.

    Args:
        cloudwatch: boto3's `cloudwatch` client.
        name: The dashboard.
        span: What is drawn.
    """
    body = json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
    pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    states = {
        alarm["AlarmName"]: alarm["StateValue"]
        for page in pages
        for alarm in [*page["MetricAlarms"], *page["CompositeAlarms"]]
    }

    def fetch(
        namespace: str, metric: str, dimensions: Mapping[str, str], stat: str, period: float
    ) -> Mapping[float, float]:
        named = [{"Name": each, "Value": value} for each, value in dimensions.items()]
        wanted = {"Namespace": namespace, "MetricName": metric, "Dimensions": named}
        (found,) = cloudwatch.get_metric_data(
            MetricDataQueries=[
                {
                    "Id": "m",
                    "MetricStat": {"Metric": wanted, "Period": max(1, round(period)), "Stat": stat},
                }
            ],
            StartTime=datetime.fromtimestamp(span.start, UTC),
            EndTime=datetime.fromtimestamp(span.end, UTC),
        )["MetricDataResults"]
        return {at.timestamp(): value for at, value in zip(found["Timestamps"], found["Values"], strict=True)}

    return draw(body, fetch=fetch, states=states, span=span)


def _words(markdown: str) -> str:
    text = html.escape(re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", markdown))
    return "<br>".join(line.lstrip("# ") for line in text.splitlines())


def _alarms(properties: Mapping[str, Any], states: Mapping[str, str]) -> str:
    names = [arn.rpartition(":alarm:")[2] for arn in properties["alarms"]]
    shown = [
        f'<b style="background:{STATES[states.get(name, "INSUFFICIENT_DATA")]}">{html.escape(name)}</b>'
        for name in names
    ]
    return f"<h3>{html.escape(properties['title'])}</h3>{''.join(shown)}"


def _graph(properties: Mapping[str, Any], fetch: Fetch, span: Span) -> str:
    step = max(1.0, properties["period"] / span.scale)
    count = max(1, int((span.end - span.start) / step))
    lines = _lines(properties["metrics"], fetch, span, step, count)
    levels = [float(each["value"]) for each in properties.get("annotations", {}).get("horizontal", ())]
    values = [value for line in lines.values() for value in line if value is not None]
    top = max([*values, *levels, 1e-9]) * 1.1
    marks = "".join(
        f'<line x1="0" x2="{WIDTH}" y1="{_y(level, top)}" y2="{_y(level, top)}" stroke="#d13212" '
        'stroke-dasharray="4 3"/>'
        for level in levels
    )
    curves = "".join(
        _curve(line, count=count, top=top, color=COLORS[index % len(COLORS)], label=label)
        for index, (label, line) in enumerate(lines.items())
    )
    title = html.escape(properties["title"])
    newest = [next((value for value in reversed(line) if value is not None), None) for line in lines.values()]
    told = ", ".join("-" if value is None else f"{value:.4g}" for value in newest)
    return (
        f'<h3>{title}: {told}</h3><svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{title}">{marks}{curves}</svg>'
    )


def _lines(
    rows: Sequence[Sequence[Any]], fetch: Fetch, span: Span, step: float, count: int
) -> dict[str, Series]:
    """Visible series by label; expressions are computed of the others."""
    series: dict[str, Series] = {}
    shown: dict[str, Series] = {}
    for row in [each for each in rows if "expression" not in each[0]]:
        namespace, name, *pairs, options = row
        dimensions = dict(zip(pairs[::2], pairs[1::2], strict=True))
        found = fetch(namespace, name, dimensions, options["stat"], step)
        line: Series = [None] * count
        for at, value in found.items():
            index = int((at - span.start) // step)
            if 0 <= index < count:
                line[index] = value
        series[options["id"]] = line
        if options.get("visible", True):
            shown[options["label"]] = line
    for (options,) in [each for each in rows if "expression" in each[0]]:
        shown[options["label"]] = evaluate(options["expression"], series, periods=count)
    return shown


def _curve(line: Series, *, count: int, top: float, color: str, label: str) -> str:
    dots = [
        (round((index + 0.5) * WIDTH / count, 1), _y(value, top))
        for index, value in enumerate(line)
        if value is not None
    ]
    points = " ".join(f"{x},{y}" for x, y in dots)
    circles = "".join(f'<circle cx="{x}" cy="{y}" r="1.5" fill="{color}"/>' for x, y in dots)
    return (
        f'<g><title>{html.escape(label)}</title><polyline points="{points}" fill="none" stroke="{color}"/>'
        f"{circles}</g>"
    )


def _y(value: float, top: float) -> float:
    return round(HEIGHT - value / top * HEIGHT, 1)
