"""The generated filter patterns: within CloudWatch's limits, and only of names that the contract has."""

import pytest

from clerk_deploy.monitoring import filter_pattern as f
from clerk_deploy.monitoring.log_contract import EVENTS
from clerk_deploy.monitoring.metrics import LOG_METRICS, LogMetric
from rehearsal.aws.cloudwatch.filter_pattern import compile_pattern

every_metric = pytest.mark.parametrize("metric", LOG_METRICS, ids=lambda metric: metric.name)


def test_names_are_taken_once() -> None:
    assert len({metric.name for metric in LOG_METRICS}) == len(LOG_METRICS)


def test_a_log_group_takes_a_hundred_filters() -> None:
    assert len(LOG_METRICS) <= 100


@every_metric
def test_a_pattern_can_be_read(metric: LogMetric) -> None:
    compile_pattern(metric.pattern)
    assert len(metric.pattern) <= f.LONGEST


@every_metric
def test_no_metric_has_a_dimension_of_many_values(metric: LogMetric) -> None:
    """CloudWatch switches a filter off that makes a thousand: never the commit, the tenant or the route."""
    assert set(metric.dimensions) <= {"slot"}
    assert set(metric.dimensions.values()) <= {"$.slot"}


@every_metric
def test_an_unknown_event_is_counted_nowhere(metric: LogMetric) -> None:
    matches = compile_pattern(metric.pattern)
    for reason in ("ok", "unexpected-error", "tenant-mismatch", "clerk-timeout", "secret-missing"):
        for synthetic in (True, False):
            line = {"event": "something.new", "status": 500, "reason": reason, "synthetic": synthetic}
            assert not matches({**line, "method": "POST", "duration_ms": 1, "validation_ms": 1})


@every_metric
def test_some_line_is_counted(metric: LogMetric) -> None:
    matches = compile_pattern(metric.pattern)
    reasons = ("ok", "unexpected-error", "token-expired", "token-issuer", "token-not-active-yet",
               "tenant-mismatch", "clerk-timeout", "secret-missing")  # fmt: skip
    lines = [
        {"event": event, "status": status, "reason": reason, "synthetic": synthetic,
         "method": "POST", "duration_ms": 1, "validation_ms": 1}
        for event in EVENTS for status in (200, 401, 503) for reason in reasons for synthetic in (True, False)
    ]  # fmt: skip
    assert any(matches(line) for line in lines)


@pytest.mark.parametrize(
    "make",
    [
        lambda: f.equal("evnt", "auth.me"),
        lambda: f.equal("event", "auth.magic"),
        lambda: f.equal("reason", "token-expird"),
        lambda: f.unequal("reason", ["ok", "no-such-reason"]),
        lambda: f.event_family("authentication."),
        lambda: f.pattern(*[f.equal("reason", "token-expired")] * 60),
    ],
)
def test_a_name_that_the_contract_does_not_have_is_refused(make: object) -> None:
    with pytest.raises(f.UnknownNameError):
        make()  # type: ignore[operator]
