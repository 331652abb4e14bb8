import json

import pytest

from rehearsal.aws.cloudwatch.filter_pattern import compile_pattern, matching_document
from rehearsal.aws.cloudwatch.metric_filter import emitted
from rehearsal.aws.cloudwatch.points import NotEvaluatedError, key_of

LINE = {"event": "auth.signin", "status": 401, "synthetic": False, "tenant": None, "ms": 12.5, "in": {"a": 1}}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ $.event = "auth.signin" }', True),
        ('{ $.event = "auth.*" }', True),
        ('{ $.event = "auth" }', False),
        ('{ $.event != "health" }', True),
        ('{ $.absent != "health" }', False),
        ("{ $.status = 401 }", True),
        ('{ $.status = "401" }', False),
        ("{ $.status >= 400 && $.status < 500 }", True),
        ("{ $.tenant >= 0 }", False),
        ("{ $.synthetic >= 0 }", False),
        ("{ $.synthetic IS FALSE }", True),
        ("{ $.synthetic IS TRUE }", False),
        ("{ $.tenant IS NULL }", True),
        ("{ $.absent NOT EXISTS }", True),
        ("{ $.tenant EXISTS }", True),
        ("{ $.in.a = 1 }", True),
        ('{ ($.status = 200) || (($.status = 401) && ($.event = "auth.signin")) }', True),
        ('{ ($.status = 401) && (($.event = "a") || ($.event = "b")) }', False),
    ],
)
def test_patterns_for_json(pattern: str, expected: bool) -> None:
    assert (matching_document(pattern, json.dumps(LINE)) is not None) is expected


@pytest.mark.parametrize("message", ["START RequestId: 1", "", "[1]", '"text"', "{", "null", "12"])
def test_a_line_that_is_no_json_object_matches_nothing(message: str) -> None:
    assert matching_document("{ $.a NOT EXISTS }", message) is None


@pytest.mark.parametrize(
    "pattern", ["ERROR", "{ $.a }", '{ $.a > "b" }', "{ $.a = 1", "{ a = 1 }", "{ $.a ~ 1 }"]
)
def test_what_is_not_evaluated_is_refused(pattern: str) -> None:
    with pytest.raises(NotEvaluatedError):
        compile_pattern(pattern)


def transformation(value: str, **dimensions: str) -> dict[str, object]:
    return {
        "MetricNamespace": "N",
        "MetricName": "M",
        "MetricValue": value,
        "Dimensions": [{"Key": name, "Value": selector} for name, selector in dimensions.items()],
    }


def test_a_filter_emits_the_value_under_its_dimensions() -> None:
    found = list(emitted("{ $.ms >= 0 }", [transformation("$.ms", event="$.event")], json.dumps(LINE)))
    assert found == [(key_of("N", "M", [{"Name": "event", "Value": "auth.signin"}]), 12.5)]


@pytest.mark.parametrize(
    ("value", "dimension"), [("$.absent", "$.event"), ("$.event", "$.event"), ("1", "$.absent")]
)
def test_without_a_value_or_a_dimension_nothing_is_emitted(value: str, dimension: str) -> None:
    assert not list(emitted("{ $.ms >= 0 }", [transformation(value, d=dimension)], json.dumps(LINE)))
