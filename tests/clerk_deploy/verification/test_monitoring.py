import datetime
from typing import Any

import pytest

from clerk_deploy.verification.engine import execute
from clerk_deploy.verification.findings import Status
from clerk_deploy.verification.registry import all_checks
from clerk_deploy.verification.target import Alarms

CHECKS = {check.id: check for check in all_checks()}
TOPIC = "arn:aws:sns:us-east-1:123456789012:yourapp-production-alarms"


class Aws:
    """What CloudWatch and SNS answer; tests change it."""

    def __init__(self) -> None:
        self.alarms: list[dict[str, Any]] = [
            {
                "AlarmName": "yourapp-production-5xx",
                "ActionsEnabled": True,
                "AlarmActions": [TOPIC],
                "Metrics": [{"MetricStat": {"Metric": {"Namespace": "x", "MetricName": "y"}}}],
            }
        ]
        self.subscriptions = [f"{TOPIC}:1", "PendingConfirmation"]
        self.points = [{"Timestamp": datetime.datetime.now(datetime.UTC)}]
        self.error: Exception | None = None

    def __call__(self, service: str) -> "Aws":
        assert service in ("cloudwatch", "sns")
        return self

    def get_paginator(self, name: str) -> "Aws":
        self.page = name
        return self

    def paginate(self, **arguments: Any) -> list[dict[str, Any]]:
        if self.error:
            raise self.error
        if "TopicArn" in arguments:
            return [{"Subscriptions": [{"SubscriptionArn": each} for each in self.subscriptions]}]
        assert arguments["AlarmNamePrefix"] == "yourapp-production"
        return [{"MetricAlarms": self.alarms, "CompositeAlarms": []}]

    def get_metric_statistics(self, **arguments: Any) -> dict[str, Any]:
        assert arguments["StartTime"] < arguments["EndTime"]
        return {"Datapoints": self.points}


@pytest.fixture
def aws() -> Aws:
    return Aws()


def finding(served, aws: Aws, name: str):
    target = served.target(alarms=Alarms(prefix="yourapp-production"))
    return execute(CHECKS[name], served.context(target, aws=aws))


NAMES = ("monitoring.alarms", "monitoring.subscription", "monitoring.datapoint")


@pytest.mark.parametrize("name", NAMES)
def test_active_monitoring_passes(served, aws, name):
    assert finding(served, aws, name).status is Status.PASSED


@pytest.mark.parametrize("name", NAMES)
def test_missing_alarms_fail_everything(served, aws, name):
    aws.alarms = []
    assert finding(served, aws, name).status is Status.FAILED


@pytest.mark.parametrize("name", NAMES)
def test_aws_that_does_not_tell_is_unknown(served, aws, name):
    aws.error = RuntimeError("AccessDenied")
    assert finding(served, aws, name).status is Status.UNKNOWN


def test_disabled_actions_fail(served, aws):
    aws.alarms[0]["ActionsEnabled"] = False
    assert finding(served, aws, "monitoring.alarms").status is Status.FAILED


def test_alarms_without_actions_fail(served, aws):
    aws.alarms[0]["AlarmActions"] = []
    assert finding(served, aws, "monitoring.alarms").status is Status.FAILED


def test_unconfirmed_subscription_fails(served, aws):
    aws.subscriptions = ["PendingConfirmation"]
    assert finding(served, aws, "monitoring.subscription").status is Status.FAILED


def test_silent_metrics_fail(served, aws):
    aws.points = []
    assert finding(served, aws, "monitoring.datapoint").status is Status.FAILED
