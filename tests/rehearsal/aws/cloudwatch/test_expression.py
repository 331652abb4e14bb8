import pytest

from rehearsal.aws.cloudwatch.expression import evaluate
from rehearsal.aws.cloudwatch.points import NotEvaluatedError

SERIES = {"all": [100.0, 10.0, None, 40.0], "part": [5.0, None, None, 10.0], "none": [None] * 4}


def value(text: str, **options: bool) -> list[float | None]:
    return evaluate(text, SERIES, periods=4, **options)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all", [100, 10, None, 40]),
        ("1 + 2 * 3", [7, 7, 7, 7]),
        ("(1 + 2) * 3 - 1", [8, 8, 8, 8]),
        ("8 - 4 - 2", [2, 2, 2, 2]),
        ("-all", [-100, -10, None, -40]),
        ("part / all * 100", [5, None, None, 25]),
        ("all / 0", [None, None, None, None]),
        ("FILL(part, 0)", [5, 0, 0, 10]),
        ("IF(all >= 40, 1, 0)", [1, 0, None, 1]),
        ("IF(all >= 40, 100 * FILL(part, 0) / all, 0)", [5, 0, None, 25]),
    ],
)
def test_metric_math(text: str, expected: list[float | None]) -> None:
    assert value(text) == expected


def test_filling_a_metric_that_never_was_is_not_documented_so_both_ways_can_be_tried() -> None:
    assert value("FILL(none, 0)") == [0, 0, 0, 0]
    assert value("FILL(none, 0)", fills_empty_series=False) == [None] * 4


@pytest.mark.parametrize("text", ["RATE(all)", "all +", "other", "all part", "IF(all", "all % 2", "'x'"])
def test_what_is_not_evaluated_is_refused(text: str) -> None:
    with pytest.raises((NotEvaluatedError, TypeError)):
        value(text)
