"""Thresholds, periods and addresses that cannot be are named when the settings are read."""

from typing import Any

import pytest

from clerk_deploy.errors import SettingsError
from clerk_deploy.settings import parse_settings


def parsed(**monitoring: Any) -> Any:
    environment = {
        "host": "amplify",
        "account": "123456789012",
        "domain": "yourapp.com",
        "repository": "https://github.com/your-org/yourapp",
        "monitoring": monitoring,
    }
    settings = parse_settings({"application": "yourapp", "environments": {"production": environment}})
    return settings.environments["production"].monitoring


@pytest.mark.parametrize(
    ("changed", "path", "word"),
    [
        ({"signInSuccessPercent": 0}, "signInSuccessPercent", "at least 1"),
        ({"signInSuccessPercent": 100}, "signInSuccessPercent", "at most 99"),
        ({"signInSuccessPercent": 70.5}, "signInSuccessPercent", "whole number"),
        ({"signInSuccesPercent": 70}, "signInSuccesPercent", "`signInSuccessPercent`"),
        ({"authP95Milliseconds": 9}, "authP95Milliseconds", "at least 10"),
        ({"clerkFailures": -1}, "clerkFailures", "at least 0"),
        ({"minimumRequests": 0}, "minimumRequests", "at least 1"),
        ({"bandDeviations": 11}, "bandDeviations", "at most 10"),
        ({"certificateDays": 90}, "certificateDays", "at most 60"),
        ({"verificationMinutes": 0}, "verificationMinutes", "at least 1"),
        ({"emails": ["devops"]}, "emails[0]", "devops@yourapp.com"),
        ({"emails": "devops@yourapp.com"}, "emails", "list"),
        ({"emails": ["a@b.co", "a@b.co"]}, "emails[1]", "named twice"),
        ({"httpsEndpoints": ["http://x.io/y"]}, "httpsEndpoints[0]", "https"),
        ({"httpsEndpoints": ["https://x.io", "https://x.io"]}, "httpsEndpoints[1]", "named twice"),
        ({"window": {"periodSeconds": 90}}, "window.periodSeconds", "multiple of 60"),
        ({"window": {"periodSeconds": 30}}, "window.periodSeconds", "at least 60"),
        ({"window": {"periodSeconds": 7200}}, "window.periodSeconds", "at most 3600"),
        ({"window": {"datapoints": 4}}, "window.datapoints", "at most evaluationPeriods"),
        ({"window": {"periodSeconds": 3600, "evaluationPeriods": 25}}, "window.evaluationPeriods", "86400"),
        ({"release": {"window": {"periodSeconds": 61}}}, "release.window.periodSeconds", "multiple of 60"),
        ({"release": {"serverErrorPercent": 0}}, "release.serverErrorPercent", "at least 1"),
        ({"release": {"failedVerifications": 13}}, "release.failedVerifications", "at most 12"),
    ],
)
def test_a_bad_value_is_named_by_its_path(changed: dict[str, Any], path: str, word: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parsed(**changed)
    (problem,) = caught.value.problems
    assert problem.where == f"environments.production.monitoring.{path}"
    assert word in str(problem)


def test_what_is_not_set_has_its_default() -> None:
    monitoring = parsed(window={"datapoints": 3})
    assert (monitoring.window.period_seconds, monitoring.window.datapoints) == (300, 3)
    assert monitoring.release.window.period_seconds == 60
    assert monitoring.auth_p95_milliseconds == 500
