"""Thresholds, periods and addresses that cannot be are named when the settings are read."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from clerk_deploy.errors import SettingsError
from clerk_deploy.monitoring.export.vendors import ADDRESSES, Vendor
from clerk_deploy.settings import parse_settings

DATADOG = {"vendor": "datadog", "site": "datadoghq.eu"}


def parsed(*, host: str = "amplify", account: str | None = "123456789012", **monitoring: Any) -> Any:
    environment = {
        "host": host,
        **({"account": account} if account else {}),
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
        ({"httpsEndpoints": ["https://x.io/y?api_key=z"]}, "httpsEndpoints[0]", "an address such as"),
        ({"export": {"site": "eu"}}, "export.vendor", "it is missing"),
        ({"export": {"vendor": "datadog"}}, "export.site", "it is missing"),
        ({"export": {"vendor": "splunk", "site": "eu"}}, "export.vendor", "`newrelic`"),
        ({"export": {"vendor": "datadog", "site": "eu"}}, "export.site", "datadoghq.eu, us3.datadoghq.com"),
        ({"export": {"vendor": "newrelic", "site": "datadoghq.eu"}}, "export.site", "us, eu for New Relic"),
        ({"export": {**DATADOG, "apiKey": "x"}}, "export.apiKey", "no such setting"),
        ({"export": {**DATADOG, "namespaces": ["AWS/S3", "AWS/S3"]}}, "export.namespaces[1]", "named twice"),
        ({"export": {**DATADOG, "namespaces": [":AWS"]}}, "export.namespaces[0]", "AWS/CloudFront"),
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


@pytest.mark.parametrize(("host", "account"), [("containers", None), ("vercel", "123456789012")])
def test_an_export_without_cloudwatch_is_refused(host: str, account: str | None) -> None:
    with pytest.raises(SettingsError) as caught:
        parsed(host=host, account=account, export=DATADOG)
    (problem,) = caught.value.problems
    assert problem.where == "environments.production.monitoring.export"
    assert "docs/other-monitors.md" in problem.next_step


def test_containers_that_log_to_an_account_may_export() -> None:
    assert parsed(host="containers", export=DATADOG).export.address.startswith("https://awsmetrics-intake.")


@pytest.mark.parametrize(
    ("vendor", "site"), [(vendor, site) for vendor in Vendor for site in ADDRESSES[vendor]]
)
def test_every_site_is_reached_by_tls_at_its_own_vendor_without_a_key(vendor: Vendor, site: str) -> None:
    address = urlsplit(parsed(export={"vendor": vendor.value, "site": site}).export.address)
    assert address.scheme == "https" and address.port is None
    assert str(address.hostname).endswith(
        f".{site}" if vendor is Vendor.DATADOG else (".newrelic.com", ".nr-data.net")
    )
    assert "key" not in address.query
