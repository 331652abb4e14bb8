"""Pointed promises of the Monitoring stack's template."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from clerk_deploy.monitoring.metrics import LOG_METRICS
from clerk_deploy.monitoring.queries import QUERIES
from tests.stacks.monitoring.timeline import composites, filters, metric_alarms, sources

SLOTS = ("slot-a", "slot-b", "slot-c")


def statements(policy: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = policy["Statement"]
    return found


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_cloudwatch_may_publish_to_both_topics_and_use_their_own_key(monitoring: Any) -> None:
    (key,) = monitoring.of_type("AWS::KMS::Key")
    for topic in monitoring.of_type("AWS::SNS::Topic").values():
        assert topic["Properties"]["KmsMasterKeyId"] == {"Fn::GetAtt": [key, "Arn"]}
    policies = [
        monitoring.only("AWS::KMS::Key")["KeyPolicy"],
        *(
            found["Properties"]["PolicyDocument"]
            for found in monitoring.of_type("AWS::SNS::TopicPolicy").values()
        ),
    ]
    for policy, action in zip(policies, ["kms:GenerateDataKey*", "sns:Publish", "sns:Publish"], strict=True):
        (allowed,) = [each for each in statements(policy) if each.get("Sid") == "PublishAlarms"]
        assert {"cloudwatch.amazonaws.com", "events.amazonaws.com"} == set(allowed["Principal"]["Service"])
        assert action in listed(allowed["Action"])
        assert allowed["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_everybody_whom_the_settings_name_is_subscribed(production_with: Callable[..., Any]) -> None:
    changed = {"emails": ["a@b.co", "c@d.co"], "httpsEndpoints": ["https://events.pagerduty.com/x"]}
    subscriptions = production_with(monitoring=changed)["production/Monitoring"].of_type(
        "AWS::SNS::Subscription"
    )
    assert {
        (each["Properties"]["Protocol"], each["Properties"]["Endpoint"]) for each in subscriptions.values()
    } == {
        ("email", "a@b.co"),
        ("email", "c@d.co"),
        ("https", "https://events.pagerduty.com/x"),
    }


def test_taking_one_address_away_leaves_the_others_as_they_are(production_with: Callable[..., Any]) -> None:
    def ids(*emails: str) -> set[str]:
        stack = production_with(monitoring={"emails": list(emails)})["production/Monitoring"]
        return set(stack.of_type("AWS::SNS::Subscription"))

    assert ids("c@d.co") < ids("a@b.co", "c@d.co")


def test_filters_are_those_of_the_log_contract_on_the_applications_log(template: Any) -> None:
    made = {each["FilterName"]: each["FilterPattern"] for each in filters(template)}
    assert made == {metric.name: metric.pattern for metric in LOG_METRICS}
    groups = {json.dumps(each["LogGroupName"]) for each in filters(template)}
    assert len(groups) == 1
    assert "yourapp-production-Hosting" in groups.pop()


def test_no_filter_has_both_dimensions_and_a_default_value_which_cloudwatch_refuses(template: Any) -> None:
    for each in filters(template):
        (transformation,) = each["MetricTransformations"]
        assert "DefaultValue" not in transformation


def test_every_metric_of_an_alarm_is_made_by_somebody(template: Any) -> None:
    made = {metric.name: set(metric.dimensions) for metric in LOG_METRICS}
    published = {"VerificationFailures", "VerificationDuration", "CertificateDaysLeft"}
    for key, alarm in metric_alarms(template).items():
        for metric in sources(alarm):
            if metric["Namespace"] != "yourapp/production":
                assert metric["Namespace"].startswith("AWS/"), key
            elif metric["MetricName"] not in published:
                assert {each["Name"] for each in metric.get("Dimensions", ())} == made[
                    metric["MetricName"]
                ], key


def test_every_alarm_is_within_cloudwatchs_limits(template: Any) -> None:
    for key, alarm in metric_alarms(template).items():
        periods = [
            query["MetricStat"]["Period"] for query in alarm.get("Metrics", ()) if "MetricStat" in query
        ]
        (period,) = {*periods, *([alarm["Period"]] if "Period" in alarm else [])}
        assert period % 60 == 0, key
        assert period * alarm["EvaluationPeriods"] <= 86_400, key
        assert alarm["DatapointsToAlarm"] <= alarm["EvaluationPeriods"], key
        assert alarm["TreatMissingData"] in ("notBreaching", "breaching"), key
        assert len(alarm["AlarmDescription"]) <= 1024, key
        for query in alarm.get("Metrics", ()):
            assert re.fullmatch(r"[a-z]\w*", query["Id"]), key


def test_people_are_told_by_every_alarm_but_the_parts_of_the_release_alarms(template: Any) -> None:
    for key, alarm in metric_alarms(template).items():
        silent = key.startswith("release-")
        assert bool(alarm.get("AlarmActions")) is not silent, key
        assert alarm.get("AlarmActions") == alarm.get("OKActions"), key


def test_a_release_alarm_is_made_of_its_own_slots_parts_and_tells_both_topics(
    template: Any, monitoring: Any
) -> None:
    rules = composites(template)
    assert set(rules) == {f"release-{slot}" for slot in SLOTS}
    for slot in SLOTS:
        named = set(re.findall(r'"([^"]+)"', rules[f"release-{slot}"]))
        parts = ("server-errors", "sign-in", "refresh", "verification", "latency")
        assert named == {*(f"release-{slot}-{part}" for part in parts), "clerk-failures"}
    for alarm in monitoring.of_type("AWS::CloudWatch::CompositeAlarm").values():
        assert len(alarm["Properties"]["AlarmActions"]) == 2


def test_nothing_that_edge_or_amplify_measure_decides_about_a_release(template: Any) -> None:
    for key, alarm in metric_alarms(template).items():
        if key.startswith("release-"):
            assert {metric["Namespace"] for metric in sources(alarm)} == {"yourapp/production"}


def test_amplify_is_measured_in_seconds(template: Any) -> None:
    assert metric_alarms(template)["amplify-latency"]["Threshold"] == 0.5


def test_thresholds_follow_the_settings(production_with: Callable[..., Any]) -> None:
    changed = {
        "signInSuccessPercent": 88,
        "window": {"periodSeconds": 120},
        "release": {"authP95Milliseconds": 900, "window": {"datapoints": 3}},
    }
    alarms = metric_alarms(production_with(monitoring=changed)["production/Monitoring"].template)
    assert alarms["sign-in-success"]["Threshold"] == 88
    assert alarms["sign-in-success"]["Metrics"][1]["MetricStat"]["Period"] == 120
    assert alarms["release-slot-b-latency"]["Threshold"] == 900
    assert alarms["release-slot-b-latency"]["DatapointsToAlarm"] == 3


def test_without_a_firewall_nobody_waits_for_its_metric(production_with: Callable[..., Any]) -> None:
    stack = production_with(firewall={"enabled": False})["production/Monitoring"]
    assert "blocked-requests" not in metric_alarms(stack.template)


def test_the_function_may_do_exactly_this(monitoring: Any) -> None:
    (policy,) = [found["Properties"] for found in monitoring.of_type("AWS::IAM::Policy").values()]
    actions = {action for each in statements(policy["PolicyDocument"]) for action in listed(each["Action"])}
    assert actions == {
        "secretsmanager:GetSecretValue",
        "kms:Decrypt",
        "cloudwatch:PutMetricData",
        "cloudwatch:GetMetricData",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "sqs:SendMessage",
    }
    (publish,) = [
        each for each in statements(policy["PolicyDocument"]) if "PutMetricData" in json.dumps(each["Action"])
    ]
    assert publish["Condition"] == {"StringEquals": {"cloudwatch:namespace": "yourapp/production"}}


def test_a_crashed_run_ends_in_a_queue_whose_alarm_tells(monitoring: Any, template: Any) -> None:
    function = monitoring.only("AWS::Lambda::Function")
    (queue,) = monitoring.of_type("AWS::SQS::Queue")
    assert function["DeadLetterConfig"]["TargetArn"] == {"Fn::GetAtt": [queue, "Arn"]}
    dimension = metric_alarms(template)["verification-crashed"]["Dimensions"]
    assert dimension == [{"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}]


def test_the_functions_configuration_holds_no_value_of_the_environment(monitoring: Any) -> None:
    variables = monitoring.only("AWS::Lambda::Function")["Environment"]["Variables"]
    told = json.loads(variables["CLERK_DEPLOY_VERIFICATION"])
    assert told["url"] == "https://yourapp.com"
    assert told["slots"] == list(SLOTS)
    assert len(variables["CLERK_DEPLOY_VERIFICATION"]) < 3_500, "Lambda takes 4 KB of variables"


@pytest.mark.parametrize(("minutes", "rate"), [(1, "rate(1 minute)"), (5, "rate(5 minutes)")])
def test_the_schedule_is_one_that_eventbridge_takes(
    production_with: Callable[..., Any], minutes: int, rate: str
) -> None:
    stack = production_with(monitoring={"verificationMinutes": minutes})["production/Monitoring"]
    rules = [found["Properties"] for found in stack.of_type("AWS::Events::Rule").values()]
    assert [rule["ScheduleExpression"] for rule in rules if "ScheduleExpression" in rule] == [rate]


def test_saved_queries_answer_the_guides_troubleshooting(monitoring: Any) -> None:
    made = {
        found["Properties"]["Name"] for found in monitoring.of_type("AWS::Logs::QueryDefinition").values()
    }
    assert made == {f"yourapp/production/{query.name}" for query in QUERIES}
    answers = " ".join(query.answers for query in QUERIES)
    for entry in ("Token verification failed", "Social login not working", "Token refresh failing",
                  "Multi-tenant isolation broken"):  # fmt: skip
        assert entry in answers


def bodies(monitoring: Any) -> dict[str, Any]:
    def text(body: Any) -> str:
        if isinstance(body, str):
            return body
        return "".join(part if isinstance(part, str) else "TOKEN" for part in body["Fn::Join"][1])

    return {
        found["Properties"]["DashboardName"]: json.loads(text(found["Properties"]["DashboardBody"]))
        for found in monitoring.of_type("AWS::CloudWatch::Dashboard").values()
    }


def test_dashboards_show_every_alarm_and_what_it_looks_at(monitoring: Any, template: Any) -> None:
    shown = bodies(monitoring)
    assert set(shown) == {"yourapp-production", "yourapp-production-release"}
    (alarms,) = [each for each in shown["yourapp-production"]["widgets"] if each["type"] == "alarm"]
    named = {
        arn.rpartition(":")[2].removeprefix("yourapp-production-") for arn in alarms["properties"]["alarms"]
    }
    telling = {key for key in metric_alarms(template) if not key.startswith("release-")}
    assert named == telling | set(composites(template))


def test_the_slots_stand_side_by_side_on_the_release_dashboard(monitoring: Any) -> None:
    widgets = bodies(monitoring)["yourapp-production-release"]["widgets"]
    for part in ("5xx, %", "Sign-ins that work, %", "Refreshes that work, %", "/api/auth, p95, ms"):
        row = [
            each for each in widgets if each.get("properties", {}).get("title", "").startswith(f"{part} in ")
        ]
        assert [each["properties"]["title"].rpartition(" ")[2] for each in row] == list(SLOTS)
        assert len({each["y"] for each in row}) == 1


def test_no_widget_hides_another(monitoring: Any) -> None:
    for body in bodies(monitoring).values():
        taken: set[tuple[int, int]] = set()
        for each in body["widgets"]:
            cells = {
                (x, y)
                for x in range(each["x"], each["x"] + each["width"])
                for y in range(each["y"], each["y"] + each["height"])
            }
            assert not cells & taken, each["properties"]
            assert each["x"] + each["width"] <= 24
            taken |= cells
