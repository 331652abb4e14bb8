"""A metric alarm, judged as CloudWatch documents it. An anomaly band is refused: nobody can say its value.

Windows slide: each minute the newest period ends at that minute, which is CloudWatch's default. Of sparse
metrics the newest real datapoints of the evaluation range are taken first, and what is missing is filled
only when there are fewer than the evaluation periods.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rehearsal.aws.cloudwatch.expression import Series, evaluate
from rehearsal.aws.cloudwatch.points import NotEvaluatedError, Store, key_of, statistic

OK: Final = "OK"
ALARM: Final = "ALARM"
INSUFFICIENT: Final = "INSUFFICIENT_DATA"

FURTHER_BACK: Final = 2
"""Periods of the evaluation range before the evaluation periods. AWS names no number; its example has 2."""

COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What an evaluation found.

    Args:
        state: CloudWatch's state.
        values: Of the evaluation range, oldest first; None where data is missing.
    """

    state: str
    values: tuple[float | None, ...]


def judge(
    alarm: Mapping[str, Any], store: Store, *, now: float, state: str, fills_empty_series: bool = True
) -> Verdict:
    """The state of a metric alarm.

    Args:
        alarm: Its definition, with CloudFormation's names.
        store: All datapoints.
        now: Seconds since the epoch.
        state: The state until now.
        fills_empty_series: See `expression.evaluate`.

    Raises:
        NotEvaluatedError: It is an anomaly band, or uses what is not evaluated here.
    """
    periods = int(alarm["EvaluationPeriods"])
    values = _values(alarm, store, now=now, count=periods + FURTHER_BACK, fills=fills_empty_series)
    compare = COMPARISONS[alarm["ComparisonOperator"]]
    threshold = float(alarm["Threshold"])
    breaching = [None if value is None else compare(value, threshold) for value in values]
    found = decide(
        breaching,
        needed=int(alarm.get("DatapointsToAlarm") or periods),
        periods=periods,
        missing=alarm.get("TreatMissingData") or "missing",
        state=state,
    )
    return Verdict(state=found, values=tuple(values))


def decide(breaching: Sequence[bool | None], *, needed: int, periods: int, missing: str, state: str) -> str:
    """CloudWatch's decision about an evaluation range.

    Args:
        breaching: For each period, oldest first; None where data is missing.
        needed: Datapoints to alarm.
        periods: Evaluation periods.
        missing: How missing data is treated.
        state: The state until now.
    """
    real = [value for value in breaching if value is not None]
    if len(real) >= periods:
        return ALARM if sum(real[-periods:]) >= needed else OK
    if missing == "breaching":
        return ALARM if sum(real) + periods - len(real) >= needed else OK
    if missing == "notBreaching" or sum(real) >= needed:
        return ALARM if sum(real) >= needed else OK
    if not real:
        return INSUFFICIENT if missing == "missing" else state
    if not all(real):
        return OK
    # All that is there is wrong, but it is not enough yet.
    oldest = len(breaching) - breaching.index(True)
    if missing == "missing":
        return ALARM if oldest >= needed else OK
    return state


def _values(alarm: Mapping[str, Any], store: Store, *, now: float, count: int, fills: bool) -> Series:
    if alarm.get("ThresholdMetricId"):
        raise NotEvaluatedError(f"{alarm.get('AlarmName')}: anomaly bands are not evaluated here")
    if not alarm.get("Metrics"):
        return _series(
            alarm, alarm.get("ExtendedStatistic") or alarm["Statistic"], store, now=now, count=count
        )
    series: dict[str, Series] = {}
    returned = ""
    for query in sorted(alarm["Metrics"], key=lambda item: "Expression" in item):
        if query.get("Expression"):
            series[query["Id"]] = evaluate(
                query["Expression"], series, periods=count, fills_empty_series=fills
            )
        else:
            found = query["MetricStat"]
            metric = {**found["Metric"], "Period": found["Period"]}
            series[query["Id"]] = _series(metric, found["Stat"], store, now=now, count=count)
        if query.get("ReturnData", True) is True:
            returned = query["Id"]
    return series[returned]


def _series(metric: Mapping[str, Any], stat: str, store: Store, *, now: float, count: int) -> Series:
    key = key_of(metric["Namespace"], metric["MetricName"], metric.get("Dimensions") or ())
    period = int(metric["Period"])
    end = now // 60 * 60
    windows = [(end - (index + 1) * period, end - index * period) for index in reversed(range(count))]
    return [statistic(stat, store.between(key, start, stop, known=now)) for start, stop in windows]
