"""Keys of other monitors come in unseen, end where Firehose reads them, and are shown nowhere."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from clerk_deploy.monitoring.export import subscription
from clerk_deploy.settings.export import ExportSettings
from rehearsal.ports import free_port
from tests.clerk_deploy.cli.conftest import ENVIRONMENT, Desk

DATADOG_KEY = "0123456789abcdef0123456789abcdef"
NEW_RELIC_KEY = "0123456789abcdef0123456789abcdefFFFFNRAL"


def exporting(desk: Desk, **export: Any) -> None:
    environment = {**ENVIRONMENT, "monitoring": {"export": export}}
    desk.settings(
        {"context": {"application": desk.names.application, "environments": {"production": environment}}}
    )


@pytest.fixture
def stacks(aws: Callable[[str], Any], desk: Desk) -> str:
    """The secrets of both vendors and the topic of alarms, deployed; gives the topic's ARN."""
    vendors = {
        vendor: {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {"Name": desk.names.monitor_secret(vendor)},
        }
        for vendor in ("datadog", "newrelic")
    }
    topic = {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": desk.names.alarm("alarms")}}}
    templates = {
        "Configuration": {"Resources": vendors},
        "Monitoring": {"Resources": topic, "Outputs": {"TopicArn": {"Value": {"Ref": "Topic"}}}},
    }
    cloudformation = aws("cloudformation")
    for kind, template in templates.items():
        name = desk.names.stack(kind)
        cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100}
        )
    stack = cloudformation.describe_stacks(StackName=desk.names.stack("Monitoring"))["Stacks"][0]
    return str(stack["Outputs"][0]["OutputValue"])


@pytest.mark.parametrize(
    ("vendor", "site", "key"),
    [("datadog", "datadoghq.eu", DATADOG_KEY), ("newrelic", "eu", NEW_RELIC_KEY)],
)
@pytest.mark.usefixtures("stacks")
def test_the_key_is_stored_in_the_shape_that_firehose_reads(
    aws: Callable[[str], Any], desk: Desk, vendor: str, site: str, key: str
) -> None:
    exporting(desk, vendor=vendor, site=site)

    first = desk.run("monitoring", "connect", typed=f"{key}\n")
    again = desk.run("monitoring", "connect", typed=key)

    assert first.exit_code == 0, first.output
    stored = aws("secretsmanager").get_secret_value(SecretId=desk.names.monitor_secret(vendor))
    assert json.loads(stored["SecretString"]) == {"api_key": key}
    assert "cdk deploy 'production/Monitoring'" in first.output
    assert "Nothing to do" in again.output
    assert key not in first.output + again.output


@pytest.mark.parametrize(
    ("vendor", "site", "typed", "word"),
    [
        ("datadog", "datadoghq.eu", "", "nothing was given"),
        ("datadog", "datadoghq.eu", "two words here", "something else"),
        ("datadog", "datadoghq.eu", "short", "something else"),
        ("datadog", "datadoghq.eu", "k" * 4097, "something else"),
        ("datadog", "datadoghq.eu", "0123456789" * 4, "an application key"),
        ("datadog", "datadoghq.eu", f"pub{DATADOG_KEY}", "a client token"),
        ("newrelic", "us", "NRAK-0123456789ABCDEF", "a user key"),
        ("newrelic", "us", "NRJS-0123456789abcdef", "for browsers"),
        ("newrelic", "us", "NRII-0123456789abcdef_-", "an Insights key"),
    ],
)
def test_what_cannot_be_the_key_is_refused_and_not_repeated(
    desk: Desk, vendor: str, site: str, typed: str, word: str
) -> None:
    exporting(desk, vendor=vendor, site=site)

    answer = desk.run("monitoring", "connect", typed=typed)

    assert answer.exit_code == 2
    assert word in answer.output
    assert not typed or typed not in answer.output


def test_without_the_setting_both_say_where_it_goes(desk: Desk) -> None:
    for verb in ("connect", "subscribe"):
        answer = desk.run("monitoring", verb, typed=DATADOG_KEY)
        assert answer.exit_code == 2
        assert "monitoring.export" in answer.output
        assert "docs/other-monitors.md" in answer.output


@pytest.mark.usefixtures("aws")
def test_a_key_before_the_secret_is_deployed_is_refused(desk: Desk) -> None:
    exporting(desk, vendor="datadog", site="datadoghq.com")

    answer = desk.run("monitoring", "connect", typed=DATADOG_KEY)

    assert answer.exit_code == 3
    assert "cdk deploy 'production/Configuration'" in answer.output


def test_datadog_is_subscribed_to_the_alarms_and_its_key_is_not_shown(
    aws: Callable[[str], Any], desk: Desk, stacks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the embedded SNS asks the address to confirm: nobody outside may be asked
    nobody = f"127.0.0.1:{free_port()}"
    monkeypatch.setattr(subscription, "ALARM_HOSTS", {"datadoghq.eu": nobody})
    exporting(desk, vendor="datadog", site="datadoghq.eu")

    answer = desk.run("monitoring", "subscribe", typed=DATADOG_KEY)

    assert answer.exit_code == 0, answer.output
    (found,) = aws("sns").list_subscriptions_by_topic(TopicArn=stacks)["Subscriptions"]
    assert (found["Protocol"], found["Endpoint"]) == (
        "https",
        f"https://{nobody}/intake/webhook/sns?api_key={DATADOG_KEY}",
    )
    assert "list subscriptions" in answer.output
    assert DATADOG_KEY not in answer.output


@pytest.mark.parametrize("site", ["datadoghq.com", "datadoghq.eu"])
def test_alarms_go_to_the_documented_host_of_the_site(site: str) -> None:
    export = ExportSettings.model_validate({"vendor": "datadog", "site": site})
    assert subscription.alarm_host(export) == f"app.{site}"


@pytest.mark.parametrize(("vendor", "site"), [("newrelic", "eu"), ("datadog", "us5.datadoghq.com")])
def test_alarms_go_nowhere_that_is_not_documented_to_take_them(desk: Desk, vendor: str, site: str) -> None:
    exporting(desk, vendor=vendor, site=site)

    answer = desk.run("monitoring", "subscribe", typed=DATADOG_KEY)

    assert answer.exit_code == 2
    assert "docs/other-monitors.md" in answer.output


@pytest.mark.usefixtures("aws")
def test_alarms_that_are_not_deployed_are_not_subscribed_to(desk: Desk) -> None:
    exporting(desk, vendor="datadog", site="datadoghq.com")

    answer = desk.run("monitoring", "subscribe", typed=DATADOG_KEY)

    assert answer.exit_code == 3
    assert "cdk deploy 'production/Monitoring'" in answer.output
