"""An environment on containers: the same filters and alarms, on a log group of its own."""

from collections.abc import Callable
from typing import Any

import pytest

from clerk_deploy.monitoring.metrics import LOG_METRICS
from tests.stacks.monitoring.timeline import composites, filters, metric_alarms

CONTAINERS = {
    "host": "containers",
    "account": "123456789012",
    "domain": "yourapp.com",
    "repository": "https://github.com/your-org/yourapp",
}


@pytest.fixture(scope="module")
def stacks_of(synth: Callable[[Any], Any]) -> Callable[..., Any]:
    def make(**changed: Any) -> Any:
        environment = {name: value for name, value in {**CONTAINERS, **changed}.items() if value is not None}
        return synth({"application": "yourapp", "environments": {"production": environment}})

    return make


def test_it_has_its_values_and_its_monitoring_in_aws(stacks_of: Callable[..., Any]) -> None:
    assert set(stacks_of()) == {"production/Configuration", "production/Monitoring"}


def test_without_an_account_there_is_nothing_in_aws(stacks_of: Callable[..., Any]) -> None:
    assert stacks_of(account=None) == {}


def test_the_same_filters_read_the_containers_log(stacks_of: Callable[..., Any]) -> None:
    stack = stacks_of()["production/Monitoring"]
    groups = stack.of_type("AWS::Logs::LogGroup")
    (group,) = [name for name, found in groups.items() if "containers" in found["Properties"]["LogGroupName"]]
    assert groups[group]["Properties"]["LogGroupName"] == "/yourapp/production/containers"
    assert groups[group]["DeletionPolicy"].startswith("Retain")
    made = filters(stack.template)
    assert {each["FilterName"] for each in made} == {metric.name for metric in LOG_METRICS}
    assert all(each["LogGroupName"] == {"Ref": group} for each in made)


def test_the_log_may_be_encrypted_with_the_stacks_key(stacks_of: Callable[..., Any]) -> None:
    policy = stacks_of()["production/Monitoring"].only("AWS::KMS::Key")["KeyPolicy"]
    (allowed,) = [each for each in policy["Statement"] if each.get("Sid") == "EncryptTheContainersLog"]
    assert allowed["Condition"]["ArnEquals"]["kms:EncryptionContext:aws:logs:arn"].endswith(
        "log-group:/yourapp/production/containers"
    )


def test_one_release_alarm_stands_in_place_of_the_slots(stacks_of: Callable[..., Any]) -> None:
    template = stacks_of()["production/Monitoring"].template
    assert set(composites(template)) == {"release-containers"}
    alarms = metric_alarms(template)
    assert {"edge-errors", "blocked-requests", "amplify-errors"} & set(alarms) == set()
    assert {"sign-in-success", "auth-latency", "verification", "certificate"} <= set(alarms)
