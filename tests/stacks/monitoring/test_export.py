"""Metrics to another monitor: which leave, by which way, with which key, and who may what."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from clerk_deploy.monitoring.metrics import LOG_METRICS
from tests.stacks.monitoring.drives import own_metric
from tests.stacks.monitoring.timeline import Life, alarmed, metric_alarms

EXPORT = {"vendor": "datadog", "site": "datadoghq.eu", "namespaces": ["AWS/CloudFront", "yourapp/production"]}
SECRET = "yourapp/production/datadog"

MAY = {
    "secretsmanager:GetSecretValue",
    "kms:Decrypt",
    "logs:PutLogEvents",
    "s3:GetBucketLocation",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:PutObject",
    "s3:GetObject",
    "s3:AbortMultipartUpload",
}


@pytest.fixture(scope="session")
def exporting(production_with: Callable[..., Any]) -> Any:
    return production_with(monitoring={"export": EXPORT})


@pytest.fixture(scope="session")
def stack(exporting: Any) -> Any:
    return exporting["production/Monitoring"]


@pytest.fixture(scope="session")
def destination(stack: Any) -> Any:
    return stack.only("AWS::KinesisFirehose::DeliveryStream")["HttpEndpointDestinationConfiguration"]


def statements(stack: Any, role: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for policy in stack.of_type("AWS::IAM::Policy").values():
        if {"Ref": role} in policy["Properties"]["Roles"]:
            found += policy["Properties"]["PolicyDocument"]["Statement"]
    return found


def role_trusting(stack: Any, service: str) -> tuple[str, dict[str, Any]]:
    ((name, trust),) = [
        (name, found["Properties"]["AssumeRolePolicyDocument"]["Statement"][0])
        for name, found in stack.of_type("AWS::IAM::Role").items()
        if service in json.dumps(found["Properties"]["AssumeRolePolicyDocument"])
    ]
    return name, trust


def actions(found: list[dict[str, Any]]) -> set[str]:
    return {
        action
        for each in found
        for action in (each["Action"] if isinstance(each["Action"], list) else [each["Action"]])
    }


def test_without_the_setting_nothing_of_it_exists(stacks: Any) -> None:
    for stack in stacks.values():
        for kind in ("AWS::CloudWatch::MetricStream", "AWS::KinesisFirehose::DeliveryStream"):
            assert stack.of_type(kind) == {}
    assert "export" not in metric_alarms(stacks["production/Monitoring"].template)


def test_only_the_environments_namespace_and_those_asked_for_leave_each_once(stack: Any) -> None:
    stream = stack.only("AWS::CloudWatch::MetricStream")
    assert stream["IncludeFilters"] == [{"Namespace": "yourapp/production"}, {"Namespace": "AWS/CloudFront"}]
    assert "ExcludeFilters" not in stream
    assert stream["OutputFormat"] == "opentelemetry1.0"


def test_percentiles_that_alarms_look_at_leave_too(stack: Any) -> None:
    (statistics,) = stack.only("AWS::CloudWatch::MetricStream")["StatisticsConfigurations"]
    assert statistics["AdditionalStatistics"] == ["p95"]
    names = {each["MetricName"] for each in statistics["IncludeMetrics"]}
    assert names == {metric.name for metric in LOG_METRICS if metric.unit == "Milliseconds"} | {
        "OriginLatency"
    }


def test_the_key_comes_from_secrets_manager_and_nowhere_else(exporting: Any, destination: Any) -> None:
    secrets = exporting["production/Configuration"].of_type("AWS::SecretsManager::Secret")
    (secret,) = [found for found in secrets.values() if found["Properties"]["Name"] == SECRET]
    assert not {"SecretString", "GenerateSecretString"} & set(secret["Properties"])
    assert secret["DeletionPolicy"] == "Delete"
    by_secret = destination["SecretsManagerConfiguration"]
    assert by_secret["Enabled"] is True
    assert "Configuration" in json.dumps(by_secret["SecretARN"])
    assert destination["EndpointConfiguration"] == {
        "Name": "Datadog",
        "Url": "https://awsmetrics-intake.datadoghq.eu/v1/input",
    }
    assert "resolve:secretsmanager" not in json.dumps(exporting["production/Monitoring"].template)


def test_what_is_sent_is_compressed_and_tried_for_half_an_hour(destination: Any) -> None:
    assert destination["RequestConfiguration"] == {"ContentEncoding": "GZIP"}
    assert destination["RetryOptions"] == {"DurationInSeconds": 1800}
    assert destination["BufferingHints"] == {"IntervalInSeconds": 60, "SizeInMBs": 1}
    assert destination["S3BackupMode"] == "FailedDataOnly"


def test_what_was_not_delivered_is_kept_privately_for_two_weeks(stack: Any) -> None:
    ((name, found),) = stack.of_type("AWS::S3::Bucket").items()
    bucket = found["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]
    assert [rule["ExpirationInDays"] for rule in bucket["LifecycleConfiguration"]["Rules"]] == [14]
    assert found["DeletionPolicy"] == "Retain"
    (statement,) = stack.only("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert stack.template["Outputs"]["ExportBackup"]["Value"] == {"Ref": name}


def test_firehose_may_do_exactly_this_for_this_account_alone(stack: Any) -> None:
    role, trust = role_trusting(stack, "firehose.amazonaws.com")
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": "123456789012"}}
    found = statements(stack, role)
    assert actions(found) == MAY
    assert all(each["Resource"] != "*" for each in found)
    (decrypt,) = [each for each in found if each["Action"] == "kms:Decrypt"]
    assert decrypt["Condition"]["StringEquals"]["kms:ViaService"] == "secretsmanager.us-east-1.amazonaws.com"


def test_the_metric_stream_may_put_records_into_the_one_delivery_stream(stack: Any) -> None:
    role, _ = role_trusting(stack, "streams.metrics.cloudwatch.amazonaws.com")
    (statement,) = statements(stack, role)
    assert actions([statement]) == {"firehose:PutRecord", "firehose:PutRecordBatch"}
    ((name, _),) = stack.of_type("AWS::KinesisFirehose::DeliveryStream").items()
    assert statement["Resource"] == {"Fn::GetAtt": [name, "Arn"]}


def test_streams_wait_for_their_roles_policies(stack: Any) -> None:
    for kind in ("AWS::CloudWatch::MetricStream", "AWS::KinesisFirehose::DeliveryStream"):
        (found,) = stack.of_type(kind).values()
        assert any("DefaultPolicy" in name for name in found["DependsOn"])


def test_new_relic_gets_the_same_by_its_own_address_and_key(production_with: Callable[..., Any]) -> None:
    stacks = production_with(monitoring={"export": {"vendor": "newrelic", "site": "eu"}})
    destination = stacks["production/Monitoring"].only("AWS::KinesisFirehose::DeliveryStream")
    assert destination["HttpEndpointDestinationConfiguration"]["EndpointConfiguration"] == {
        "Name": "New Relic",
        "Url": "https://aws-api.eu01.nr-data.net/cloudwatch-metrics/v1",
    }
    names = {
        found["Properties"]["Name"]
        for found in stacks["production/Configuration"].of_type("AWS::SecretsManager::Secret").values()
    }
    assert "yourapp/production/newrelic" in names


def test_containers_send_theirs_too(synth: Callable[[Any], Any]) -> None:
    environment = {
        "host": "containers",
        "account": "123456789012",
        "domain": "yourapp.com",
        "repository": "https://github.com/your-org/yourapp",
        "monitoring": {"export": {"vendor": "newrelic", "site": "us"}},
    }
    stacks = synth({"application": "yourapp", "environments": {"production": environment}})
    stream = stacks["production/Monitoring"].only("AWS::CloudWatch::MetricStream")
    assert stream["IncludeFilters"] == [{"Namespace": "yourapp/production"}]


@pytest.mark.parametrize("minutes", [1, 5, 60])
def test_the_alarm_gives_two_verifications_time_to_leave_metrics(
    production_with: Callable[..., Any], minutes: int
) -> None:
    monitoring = {"export": EXPORT, "verificationMinutes": minutes}
    alarm = metric_alarms(production_with(monitoring=monitoring)["production/Monitoring"].template)["export"]
    assert alarm["Period"] == max(600, 120 * minutes)


DELIVERED = own_metric("DeliveryToHttpEndpoint.Success", 1, 0)
AGE = own_metric("DeliveryToHttpEndpoint.DataFreshness", 70, 1_500)


@pytest.fixture
def delivered(stack: Any) -> Life:
    return Life(template=stack.template, key="export", drive=DELIVERED)


@pytest.fixture
def age(stack: Any) -> Life:
    return Life(template=stack.template, key="export-delay", drive=AGE)


def test_nothing_delivered_is_told_once_and_cleared(delivered: Life) -> None:
    states = delivered.run(240, lambda minute: 1 if 60 <= minute < 120 else 0)
    (raised,) = [minute for minute in alarmed(states) if minute > 45]
    assert 60 < raised <= 90
    assert states[-1][1] == "OK"


def test_silence_is_told_as_if_nothing_was_delivered(delivered: Life) -> None:
    states = delivered.run(240, lambda _: 0, skip=lambda minute: minute >= 60)
    assert [state for minute, state in states if minute > 45] == ["ALARM"]


def test_a_delivery_every_ten_minutes_is_enough(delivered: Life) -> None:
    states = delivered.run(240, lambda _: 0, every=10)
    assert [minute for minute in alarmed(states) if minute > 45] == []


def test_old_metrics_are_told_and_silence_is_left_to_the_other_alarm(age: Life) -> None:
    late = age.run(120, lambda minute: 1 if minute >= 60 else 0)
    assert [minute for minute in alarmed(late) if minute > 45]
    assert alarmed(age.run(120, lambda _: 0, skip=lambda minute: minute >= 60)) == []
