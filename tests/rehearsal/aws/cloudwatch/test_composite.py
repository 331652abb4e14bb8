import pytest

from rehearsal.aws.cloudwatch.composite import is_true
from rehearsal.aws.cloudwatch.points import NotEvaluatedError

STATES = {"red": "ALARM", "green": "OK", "new": "INSUFFICIENT_DATA"}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("ALARM(red)", True),
        ('ALARM("red")', True),
        ("ALARM(green) OR ALARM(new)", False),
        ("ALARM(green) OR ALARM(red) AND NOT ALARM(red)", False),
        ("ALARM(red) OR ALARM(green) AND ALARM(green)", True),
        ("(ALARM(red) OR ALARM(green)) AND NOT ALARM(red)", False),
        ("NOT ALARM(new) AND INSUFFICIENT_DATA(new) AND OK(green)", True),
        ("TRUE AND NOT FALSE", True),
    ],
)
def test_rules(rule: str, expected: bool) -> None:
    assert is_true(rule, STATES.__getitem__) is expected


@pytest.mark.parametrize("rule", ["", "ALARM(red", "ALARM(red) red", "AT_LEAST(1, ALARM, (red))", "red"])
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(NotEvaluatedError):
        is_true(rule, STATES.__getitem__)
