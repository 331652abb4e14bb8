"""Metric filters make metrics of the lines that are put into their log group; ministack only records them."""

import inspect
import json
from collections.abc import Iterator
from typing import Any

from ministack.services import cloudwatch, cloudwatch_logs

from rehearsal.aws.cloudwatch.metric_filter import emitted
from rehearsal.aws.cloudwatch.points import Key


def apply() -> None:
    """Let PutLogEvents run the group's filters over what it stored."""
    original = cloudwatch_logs._put_log_events
    if "_metric_filters" in inspect.getsource(original):
        raise RuntimeError("ministack runs metric filters now: delete this patch")

    def put_log_events(data: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        answer: tuple[int, dict[str, str], bytes] = original(data)
        if answer[0] < 400:
            for event in data.get("logEvents", []):
                _run(data["logGroupName"], event)
        return answer

    cloudwatch_logs._put_log_events = put_log_events


def _run(group: str, event: dict[str, Any]) -> None:
    for (of_group, _), found in list(cloudwatch_logs._metric_filters.items()):
        if of_group != group:
            continue
        for transformation in found["metricTransformations"]:
            for (namespace, name, dimensions), value in _emitted(found, transformation, event["message"]):
                cloudwatch._store_datum(
                    namespace,
                    name,
                    dimensions,
                    event["timestamp"] / 1000,
                    transformation.get("unit", "None"),
                    value,
                    None,
                    None,
                    None,
                )


def _emitted(
    found: dict[str, Any], transformation: dict[str, Any], message: str
) -> Iterator[tuple[tuple[str, str, dict[str, str]], float]]:
    as_in_templates = {
        "MetricNamespace": transformation["metricNamespace"],
        "MetricName": transformation["metricName"],
        "MetricValue": transformation["metricValue"],
        "Dimensions": transformation.get("dimensions") or {},
    }
    for key, value in emitted(found["filterPattern"], [as_in_templates], message):
        yield _named(key), value


def _named(key: Key) -> tuple[str, str, dict[str, str]]:
    namespace, name, dimensions = key
    return namespace, name, json.loads(dimensions)
