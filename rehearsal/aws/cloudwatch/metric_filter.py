"""What a metric filter makes of a log line."""

from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal.aws.cloudwatch.filter_pattern import ABSENT, matching_document, value_at
from rehearsal.aws.cloudwatch.points import Key, key_of


def emitted(
    pattern: str, transformations: list[Mapping[str, Any]], message: str
) -> Iterator[tuple[Key, float]]:
    """Metric and value of every transformation for a line; nothing when the line does not match.

    As on AWS a line without the value, or without one of the dimensions, gives nothing.

    Args:
        pattern: The filter's pattern.
        transformations: With CloudFormation's names; dimensions as `Key` and `Value` or as a mapping.
        message: The line.
    """
    document = matching_document(pattern, message)
    if document is None:
        return
    for each in transformations:
        value = _number(document, str(each["MetricValue"]))
        named = each.get("Dimensions") or []
        pairs = {item["Key"]: item["Value"] for item in named} if isinstance(named, list) else named
        dimensions = {name: value_at(document, selector) for name, selector in pairs.items()}
        if value is None or any(found is ABSENT or found is None for found in dimensions.values()):
            continue
        yield (
            key_of(
                each["MetricNamespace"],
                each["MetricName"],
                [{"Name": name, "Value": str(found)} for name, found in dimensions.items()],
            ),
            value,
        )


def _number(document: Mapping[str, Any], value: str) -> float | None:
    found = value_at(document, value) if value.startswith("$.") else float(value)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None
