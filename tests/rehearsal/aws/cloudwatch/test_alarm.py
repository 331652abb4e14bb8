"""CloudWatch's own examples of missing data, row by row, and what an alarm is computed of."""

import pytest

from rehearsal.aws.cloudwatch.alarm import decide, judge
from rehearsal.aws.cloudwatch.points import NotEvaluatedError, Point, Store, key_of

RETAIN = "retain"
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")

# the tables of "How alarm state is evaluated when data is missing": X breaching, 0 not, - missing
THREE_OF_THREE = [
    ("0-X-X", "OK", "OK", "OK", "OK"),
    ("----0", "OK", "OK", "OK", "OK"),
    ("-----", "INSUFFICIENT_DATA", RETAIN, "ALARM", "OK"),
    ("0XX-X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("--X--", "ALARM", RETAIN, "ALARM", "OK"),
]
TWO_OF_THREE = [
    ("0-X-X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("00X0X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0-X--", "OK", "OK", "ALARM", "OK"),
    ("----0", "OK", "OK", "ALARM", "OK"),
    ("---X-", "ALARM", RETAIN, "ALARM", "OK"),
]


def rows() -> list[tuple[int, str, str, str]]:
    return [
        (needed, row[0], treatment, expected)
        for needed, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
        for row in table
        for treatment, expected in zip(TREATMENTS, row[1:], strict=True)
    ]


@pytest.mark.parametrize(("needed", "data", "treatment", "expected"), rows())
def test_missing_data_is_treated_as_cloudwatch_documents(
    needed: int, data: str, treatment: str, expected: str
) -> None:
    breaching = [{"X": True, "0": False, "-": None}[letter] for letter in data]
    for state in ("OK", "ALARM"):
        found = decide(breaching, needed=needed, periods=3, missing=treatment, state=state)
        assert found == (state if expected == RETAIN else expected)


def alarm(**properties: object) -> dict[str, object]:
    return {
        "AlarmName": "one",
        "Namespace": "N",
        "MetricName": "M",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 10,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        **properties,
    }


def store(*points: tuple[float, float], dimensions: dict[str, str] | None = None) -> Store:
    made = Store()
    named = [{"Name": name, "Value": value} for name, value in (dimensions or {}).items()]
    for at, value in points:
        made.put(key_of("N", "M", named), Point(at=at, value=value, arrived=at))
    return made


def state(definition: dict[str, object], data: Store, now: float, **options: bool) -> str:
    return judge(definition, data, now=now, state="OK", **options).state


def test_another_set_of_dimensions_is_another_metric() -> None:
    data = store((30, 50.0), dimensions={"slot": "slot-a"})
    of = {"Dimensions": [{"Name": "slot", "Value": "slot-a"}]}
    assert state(alarm(**of), data, 60) == "ALARM"
    assert state(alarm(), data, 60) == "OK"
    assert state(alarm(Dimensions=[{"Name": "slot", "Value": "slot-b"}]), data, 60) == "OK"


def test_the_unfinished_minute_is_not_looked_at() -> None:
    assert state(alarm(), store((90, 50.0)), 119) == "OK"
    assert state(alarm(), store((90, 50.0)), 120) == "ALARM"


def test_windows_slide_with_the_minute() -> None:
    data = store((250, 6.0), (350, 6.0))
    assert state(alarm(Period=300), data, 300) == "OK"
    assert state(alarm(Period=300), data, 360) == "ALARM"


def test_late_data_counts_from_when_it_came() -> None:
    data = Store()
    data.put(key_of("N", "M"), Point(at=30, value=50, arrived=200))
    assert state(alarm(EvaluationPeriods=3, DatapointsToAlarm=1), data, 180) == "OK"
    assert state(alarm(EvaluationPeriods=3, DatapointsToAlarm=1), data, 240) == "ALARM"


def test_percentiles_are_interpolated() -> None:
    data = store(*((index, float(index)) for index in range(1, 42)))
    definition = alarm(Statistic=None, ExtendedStatistic="p95")
    assert judge(definition, data, now=60, state="OK").values[-1] == pytest.approx(39.0)


def test_an_unknown_statistic_is_refused() -> None:
    with pytest.raises(NotEvaluatedError, match="TM"):
        judge(alarm(Statistic="TM99"), store((30, 1.0)), now=60, state="OK")


def test_an_anomaly_band_is_refused() -> None:
    with pytest.raises(NotEvaluatedError, match="anomaly"):
        judge(alarm(ThresholdMetricId="band"), Store(), now=60, state="OK")
