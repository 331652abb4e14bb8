"""An alarm's notification needs the topic's policy and its key's policy to admit CloudWatch, as on AWS.

ministack delivers it whatever they say, and tells EventBridge nothing.
"""

import json
import time
from typing import Any

from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch, eventbridge, kms, sns

CLOUDWATCH = "cloudwatch.amazonaws.com"
LISTS = ("AlarmActions", "OKActions", "InsufficientDataActions")


def apply() -> None:
    """Check the policies, and publish the event."""
    original = cloudwatch._dispatch_alarm_actions

    def dispatch(alarm: dict[str, Any], old_state: str, new_state: str, reason: str) -> None:
        admitted = {
            name: [action for action in alarm.get(name) or [] if _may_publish(action, alarm["AlarmArn"])]
            for name in LISTS
        }
        original({**alarm, **admitted}, old_state, new_state, reason)
        _publish_event(alarm, old_state, new_state, reason)

    cloudwatch._dispatch_alarm_actions = dispatch


def _may_publish(action: str, alarm_arn: str) -> bool:
    topic = sns._topics.get(action)
    if topic is None:
        return True
    attributes = topic["attributes"]
    if not _admits(attributes["Policy"], "sns:Publish", action, alarm_arn):
        return False
    if "KmsMasterKeyId" not in attributes:
        return True
    key = kms._resolve_key(attributes["KmsMasterKeyId"])
    return key is not None and _admits(key["Policy"], "kms:GenerateDataKey", key["Arn"], alarm_arn)


def _admits(policy: Any, action: str, resource: str, alarm_arn: str) -> bool:
    context = EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=get_region(),
        secure_transport=True,
        service_context={"aws:sourcearn": alarm_arn, "aws:sourceaccount": get_account_id()},
    )
    return bool(evaluate_resource_policy(policy, context, service=CLOUDWATCH).decision == "Allow")


def _publish_event(alarm: dict[str, Any], old_state: str, new_state: str, reason: str) -> None:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime())
    entry = {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Resources": [alarm["AlarmArn"]],
        "Detail": json.dumps(
            {
                "alarmName": alarm["AlarmName"],
                "state": {"value": new_state, "reason": reason, "timestamp": stamp},
                "previousState": {"value": old_state},
                "configuration": {"description": alarm.get("AlarmDescription", "")},
            }
        ),
    }
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
