"""The Monitoring stack, deployed by the real CDK CLI: lines raise the release alarm of their slot alone."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from rehearsal.aws.cloudwatch.picture import Span, draw_from
from rehearsal.clients import aws_client, outputs
from rehearsal.stage import Stage
from tests.endtoend.lines import line, write
from tests.support.waiting import until

pytestmark = [pytest.mark.endtoend, pytest.mark.xdist_group("endtoend")]


@pytest.fixture(scope="module")
def stage(tiny: Stage) -> Stage:
    return tiny


@pytest.fixture(scope="module")
def subscribe(stage: Stage) -> Callable[[str], Callable[[], list[str]]]:
    """Subscribes to a topic of the stack's outputs; the result gives all messages so far."""

    def to(output: str) -> Callable[[], list[str]]:
        sqs = aws_client(stage, "sqs")
        sns = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "*",
            "Resource": "*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [sns]})
        queue = sqs.create_queue(QueueName=output, Attributes={"Policy": policy})["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
        topic = outputs(stage, "Monitoring")[output]
        aws_client(stage, "sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=found["QueueArn"])
        seen: list[str] = []

        def receive() -> list[str]:
            messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
            seen.extend(json.loads(message["Body"])["Message"] for message in messages)
            return seen

        return receive

    return to


def states(stage: Stage) -> dict[str, str]:
    answer = aws_client(stage, "cloudwatch").describe_alarms(
        AlarmNamePrefix="yourapp-production-release-", AlarmTypes=["CompositeAlarm"]
    )
    return {alarm["AlarmName"]: alarm["StateValue"] for alarm in answer["CompositeAlarms"]}


def test_lines_of_a_broken_slot_raise_its_release_alarm_and_a_subscriber_is_told(
    stage: Stage, subscribe: Callable[[str], Callable[[], list[str]]]
) -> None:
    told = subscribe("ReleaseTopicArn")

    def state(slot: str) -> str:
        return states(stage)[f"yourapp-production-release-{slot}"]

    until(lambda: state("slot-b") == state("slot-c") == "OK")
    broken = [line(slot="slot-b", status=503, reason="instance-mismatch") for _ in range(8)]
    well = [line(slot="slot-c") for _ in range(8)]
    until(lambda: state("slot-b") == "ALARM", lambda: write(stage, *broken, *well))
    assert state("slot-c") == "OK"

    def messages() -> list[dict[str, Any]]:
        found = [json.loads(text) for text in told()]
        return [each for each in found if each["AlarmName"] == "yourapp-production-release-slot-b"]

    message = until(messages)[0]
    assert message["NewStateValue"] == "ALARM"
    assert "devops@yourapp.com" in message["AlarmDescription"]
    until(lambda: state("slot-b") == "OK")


def test_the_deployed_function_verifies_the_site_and_publishes_what_it_found(stage: Stage) -> None:
    cloudwatch = aws_client(stage, "cloudwatch")

    def names() -> set[str]:
        found = cloudwatch.list_metrics(Namespace="yourapp/production")["Metrics"]
        return {metric["MetricName"] for metric in found}

    wanted = {"VerificationFailures", "VerificationDuration", "CertificateDaysLeft"}
    until(lambda: wanted <= names())
    told = aws_client(stage, "logs").filter_log_events(
        logGroupName="/aws/lambda/yourapp-production-verification", filterPattern="summary"
    )["events"]
    assert told
    # the tiny app knows no Clerk, so there is something to find, and the slot that answers is to blame
    assert json.loads(told[0]["message"])["failures"] > 0
    until(lambda: states(stage)["yourapp-production-release-slot-a"] == "ALARM")


def test_a_failed_build_is_told_with_its_job(
    stage: Stage, subscribe: Callable[[str], Callable[[], list[str]]]
) -> None:
    told = subscribe("TopicArn")
    app_id = outputs(stage, "Hosting")["AppId"]
    # no release has pointed this slot's git branch at a commit yet
    aws_client(stage, "amplify").start_job(
        appId=app_id, branchName=stage.names.branch("slot-c"), jobType="RELEASE"
    )
    (message,) = until(lambda: [text for text in told() if "Amplify could not build" in text])
    assert stage.names.branch("slot-c") in message
    assert app_id in message


def test_both_dashboards_are_there_and_name_the_deployed_alarms(stage: Stage) -> None:
    cloudwatch = aws_client(stage, "cloudwatch")
    alarms = {
        alarm["AlarmArn"]
        for page in cloudwatch.get_paginator("describe_alarms").paginate(
            AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        for alarm in [*page["MetricAlarms"], *page["CompositeAlarms"]]
    }
    for name in ("yourapp-production", "yourapp-production-release"):
        body = json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
        (shown,) = [widget for widget in body["widgets"] if widget["type"] == "alarm"]
        assert set(shown["properties"]["alarms"]) <= alarms


def test_the_dashboards_can_be_drawn_from_the_embedded_awss_data(stage: Stage) -> None:
    write(stage, *[line(slot="slot-c") for _ in range(30)])
    now = time.time()
    span = Span(start=now - 60, end=now + 2, scale=stage.aws.time_scale)
    page = draw_from(aws_client(stage, "cloudwatch"), "yourapp-production-release", span=span)
    requests = page.partition("<h3>Requests by slot:")[2].partition("</svg>")[0]
    (of_slot_c,) = re.findall(r"<title>slot-c</title><polyline points=\"([^\"]*)\"", requests)
    assert of_slot_c
