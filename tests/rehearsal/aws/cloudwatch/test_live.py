"""The embedded AWS: lines become metrics, the clock judges alarms, policies say whom they may tell."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from rehearsal.aws.config import Config
from rehearsal.aws.process import start_aws
from rehearsal.ports import free_port
from rehearsal.processes import Children

ACCOUNT = "123456789012"
GROUP = "/aws/amplify/d0"
MINUTES_A_SECOND = 2
Client = Callable[[str], Any]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("fast")
    config = Config(
        account=ACCOUNT,
        region="us-east-1",
        port=free_port(),
        sites_port=free_port(),
        folder=folder / "run",
        cache=folder / "cache",
        app_environment={},
        time_scale=60.0 * MINUTES_A_SECOND,
    )
    children = Children()
    try:
        start_aws(config, children=children)
        yield lambda service: boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=config.endpoint,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="rehearsal",
        )
    finally:
        children.end_all()


def statement(action: str, **more: object) -> dict[str, object]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": action,
        "Resource": "*",
        **more,
    }


def policy(*statements: dict[str, object]) -> dict[str, object]:
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "*",
        "Resource": "*",
    }
    return {"Version": "2012-10-17", "Statement": [root, *statements]}


def topic(name: str, *, key: str) -> dict[str, Any]:
    return {
        name: {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name, "KmsMasterKeyId": {"Ref": key}}},
        f"{name}Policy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {"Topics": [{"Ref": name}], "PolicyDocument": policy(statement("sns:Publish"))},
        },
    }


def metric(name: str) -> dict[str, Any]:
    of = {"Namespace": "N", "MetricName": name, "Dimensions": [{"Name": "slot", "Value": "slot-a"}]}
    return {
        "Id": name.lower(),
        "MetricStat": {"Metric": of, "Period": 60, "Stat": "Sum"},
        "ReturnData": False,
    }


def log_filter(name: str, pattern: str) -> dict[str, Any]:
    transformation = {
        "MetricNamespace": "N",
        "MetricName": name,
        "MetricValue": "1",
        "Dimensions": [{"Key": "slot", "Value": "$.slot"}],
    }
    return {
        "Type": "AWS::Logs::MetricFilter",
        "Properties": {
            "LogGroupName": {"Ref": "Group"},
            "FilterPattern": pattern,
            "MetricTransformations": [transformation],
        },
    }


def template() -> dict[str, Any]:
    share = {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": "share",
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 10,
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": 2,
            "TreatMissingData": "notBreaching",
            "Metrics": [
                {"Id": "result", "Expression": "100 * FILL(bad, 0) / all", "ReturnData": True},
                metric("All"),
                metric("Bad"),
            ],
        },
    }
    composite = {
        "Type": "AWS::CloudWatch::CompositeAlarm",
        "Properties": {
            "AlarmName": "release",
            "AlarmRule": {"Fn::Sub": 'ALARM("${Share}")'},
            "AlarmActions": [{"Ref": "Admitted"}, {"Ref": "Locked"}],
            "OKActions": [{"Ref": "Admitted"}],
        },
    }
    return {
        "Resources": {
            "Open": {
                "Type": "AWS::KMS::Key",
                "Properties": {
                    "KeyPolicy": policy(statement("kms:GenerateDataKey*"), statement("kms:Decrypt"))
                },
            },
            "Shut": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy()}},
            **topic("Admitted", key="Open"),
            **topic("Locked", key="Shut"),
            "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": GROUP}},
            "All": log_filter("All", "{ $.status >= 100 }"),
            "Bad": log_filter("Bad", "{ $.status >= 500 }"),
            "Share": share,
            "Release": composite,
            "Detector": {
                "Type": "AWS::CloudWatch::AnomalyDetector",
                "Properties": {"Namespace": "N", "MetricName": "All", "Stat": "Sum"},
            },
            "Query": {
                "Type": "AWS::Logs::QueryDefinition",
                "Properties": {"Name": "lines", "QueryString": "fields @message"},
            },
        }
    }


@pytest.fixture(scope="module")
def deployed(client: Client) -> dict[str, str]:
    cloudformation = client("cloudformation")
    cloudformation.create_stack(StackName="alarms", TemplateBody=json.dumps(template()))
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="alarms", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    client("logs").create_log_stream(logGroupName=GROUP, logStreamName="s")
    return {name: queue(client, name) for name in ("Admitted", "Locked")}


def queue(client: Client, name: str) -> str:
    """A queue behind a topic; its address."""
    sqs = client("sqs")
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "*",
        "Resource": "*",
    }
    url = sqs.create_queue(
        QueueName=name, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [allowed]})}
    )["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    client("sns").subscribe(TopicArn=f"arn:aws:sns:us-east-1:{ACCOUNT}:{name}", Protocol="sqs", Endpoint=arn)
    return str(url)


def write(client: Client, *statuses: int, slot: str = "slot-a") -> None:
    now = int(time.time() * 1000)
    lines = [json.dumps({"slot": slot, "status": status}) for status in statuses]
    events = [{"timestamp": now, "message": line} for line in ["START RequestId", *lines]]
    client("logs").put_log_events(logGroupName=GROUP, logStreamName="s", logEvents=events)


def state(client: Client, name: str) -> str:
    found = client("cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    (alarm,) = [*found["MetricAlarms"], *found["CompositeAlarms"]]
    return str(alarm["StateValue"])


def until(client: Client, name: str, wanted: str, *statuses: int, slot: str = "slot-a") -> bool:
    """Whether the alarm gets there while such lines are written."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if state(client, name) == wanted:
            return True
        if statuses:
            write(client, *statuses, slot=slot)
        time.sleep(0.2)
    return False


def messages(client: Client, url: str) -> list[tuple[str, str]]:
    found = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    told = [json.loads(json.loads(message["Body"])["Message"]) for message in found]
    return [(message["AlarmName"], message["NewStateValue"]) for message in told]


def test_lines_raise_and_clear_an_alarm_which_tells_only_whom_the_key_admits(
    client: Client, deployed: dict[str, str]
) -> None:
    assert until(client, "release", "OK", 200, 200)
    assert not messages(client, deployed["Locked"])
    messages(client, deployed["Admitted"])
    # another slot's errors are another metric
    for _ in range(10):
        write(client, 500, 500, slot="slot-b")
        write(client, 200)
        time.sleep(0.2)
    assert state(client, "release") == "OK"
    assert until(client, "release", "ALARM", 200, 500)
    assert until(client, "share", "ALARM")
    # nobody has to write anything for it to clear: the clock judges
    assert until(client, "release", "OK")
    assert messages(client, deployed["Admitted"]) == [("release", "ALARM"), ("release", "OK")]
    assert messages(client, deployed["Locked"]) == []


def test_an_alarm_that_is_set_by_hand_is_judged_again(client: Client, deployed: dict[str, str]) -> None:
    assert until(client, "share", "OK")
    client("cloudwatch").set_alarm_state(AlarmName="share", StateValue="ALARM", StateReason="by hand")
    assert until(client, "share", "OK")


def test_metric_math_is_described_as_it_was_declared(client: Client, deployed: dict[str, str]) -> None:
    (alarm,) = client("cloudwatch").describe_alarms(AlarmNames=["share"])["MetricAlarms"]
    assert [query["Id"] for query in alarm["Metrics"]] == ["result", "all", "bad"]
    assert (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (2, 3)


def test_a_composite_is_listed_only_when_its_type_is_named(client: Client, deployed: dict[str, str]) -> None:
    cloudwatch = client("cloudwatch")
    assert not cloudwatch.describe_alarms(AlarmNames=["release"])["CompositeAlarms"]
    assert cloudwatch.describe_alarms(AlarmNames=["release"], AlarmTypes=["CompositeAlarm"])[
        "CompositeAlarms"
    ]
