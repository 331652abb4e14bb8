"""Whether somebody would be told: alarms, their topic, and fresh datapoints. Asks AWS."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from clerk_deploy.verification.context import Context, PrerequisiteError
from clerk_deploy.verification.findings import Finding, failed, passed, unknown, verdict
from clerk_deploy.verification.registry import LIVE, Need, Severity, check
from clerk_deploy.verification.target import Alarms

LINE: Final = "Deployment Checklist > Monitoring is active"
MOST_METRICS: Final = 40


def _client(context: Context, service: str) -> Any:
    if context.aws is None:
        raise PrerequisiteError("there are no AWS credentials")
    return context.aws(service)


def _where(context: Context) -> Alarms:
    if context.target.alarms is None:
        raise PrerequisiteError("it is not known which alarms belong to the environment")
    return context.target.alarms


def _alarms(context: Context) -> list[dict[str, Any]]:
    """All metric and composite alarms of the environment; composites are left out unless asked for."""

    def fetch(own: Context) -> list[dict[str, Any]]:
        pages = (
            _client(own, "cloudwatch")
            .get_paginator("describe_alarms")
            .paginate(AlarmNamePrefix=_where(own).prefix, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        )
        return [
            alarm
            for page in pages
            for kind in ("MetricAlarms", "CompositeAlarms")
            for alarm in page.get(kind, [])
        ]

    try:
        return context.once("alarms", fetch)
    except PrerequisiteError:
        raise
    except Exception as error:
        raise PrerequisiteError(f"CloudWatch did not tell the alarms: {type(error).__name__}") from None


@check(
    id="monitoring.alarms",
    title="Alarms exist, and their actions are on",
    guide=LINE,
    severity=Severity.HIGH,
    needs={Need.AWS},
    runs_in=LIVE,
    tags={"aws"},
    why="Actions were switched off for some work and never on again, or the stack is not deployed.",
    next_step="`cdk deploy` the Monitoring stack; `aws cloudwatch enable-alarm-actions` for those named",
)
def alarms(context: Context) -> Finding:
    """At least one alarm notifies, and none has its actions disabled."""
    found = _alarms(context)
    if not found:
        return failed(f"no alarm's name begins with {_where(context).prefix}")
    problems = [
        f"{alarm['AlarmName']}: its actions are disabled"
        for alarm in found
        if alarm.get("AlarmActions") and not alarm.get("ActionsEnabled")
    ]
    if not any(alarm.get("AlarmActions") for alarm in found):
        problems.append(f"none of {len(found)} alarms has an action")
    return verdict(problems, otherwise=f"{len(found)} alarms, actions on")


@check(
    id="monitoring.subscription",
    title="Somebody receives the alarms",
    guide=LINE,
    severity=Severity.HIGH,
    needs={Need.AWS},
    runs_in=LIVE,
    tags={"aws"},
    why="E-mail subscriptions do nothing until the link in their first mail was followed.",
    next_step="follow the link in AWS's mail, or subscribe an endpoint that somebody watches",
)
def subscription(context: Context) -> Finding:
    """Every topic that an alarm notifies has a confirmed subscription."""
    topics = sorted(
        {
            action
            for alarm in _alarms(context)
            for action in alarm.get("AlarmActions", [])
            if action.startswith("arn:aws") and ":sns:" in action
        }
    )
    if not topics:
        return failed("no alarm notifies a topic")
    problems, counts = [], []
    for topic in topics:
        name = topic.rpartition(":")[2]
        try:
            confirmed = [each for each in _subscriptions(context, topic) if each.startswith("arn:")]
        except Exception as error:
            return unknown(f"SNS did not tell the subscriptions of {name}: {type(error).__name__}")
        counts.append(f"{name}: {len(confirmed)}")
        if not confirmed:
            problems.append(f"{name} has no confirmed subscription")
    return verdict(problems, otherwise=", ".join(counts))


def _subscriptions(context: Context, topic: str) -> Iterator[str]:
    pages = _client(context, "sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    for page in pages:
        for each in page.get("Subscriptions", []):
            yield str(each.get("SubscriptionArn", ""))


@check(
    id="monitoring.datapoint",
    title="Metrics still arrive",
    guide=LINE,
    severity=Severity.HIGH,
    needs={Need.AWS},
    runs_in=LIVE,
    tags={"aws"},
    why="An alarm without data never rings: the log's format, the filter or the role changed.",
    next_step="look for JSON lines in the app's log group, and at the filter's pattern (Monitoring stack)",
)
def datapoint(context: Context) -> Finding:
    """The newest datapoint of any metric under an alarm is recent."""
    where = _where(context)
    metrics = list(_metrics(_alarms(context)))[:MOST_METRICS]
    if not metrics:
        return failed("no alarm watches a metric")
    end = datetime.fromtimestamp(context.now(), UTC)
    start = end - timedelta(minutes=where.datapoint_minutes)
    newest: datetime | None = None
    for metric in metrics:
        try:
            points = _client(context, "cloudwatch").get_metric_statistics(
                Namespace=metric["Namespace"],
                MetricName=metric["MetricName"],
                Dimensions=metric.get("Dimensions", []),
                StartTime=start,
                EndTime=end,
                Period=60,
                Statistics=["SampleCount"],
            )["Datapoints"]
        except Exception as error:
            return unknown(f"CloudWatch did not tell datapoints: {type(error).__name__}")
        times = [point["Timestamp"] for point in points]
        newest = max([*times, newest] if newest else times, default=None)
    if newest is None:
        return failed(f"no datapoint of {len(metrics)} metrics in the last {where.datapoint_minutes} minutes")
    return passed(f"the newest datapoint is of {newest:%H:%M} UTC")


def _metrics(found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for alarm in found:
        if "MetricName" in alarm:
            yield alarm
        for query in alarm.get("Metrics", []):
            if metric := query.get("MetricStat", {}).get("Metric"):
                yield metric
