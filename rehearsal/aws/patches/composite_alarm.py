"""AWS::CloudWatch::CompositeAlarm: ministack has it in the API only."""

import json
from typing import Any

from ministack.services import cloudwatch
from ministack.services.cloudformation import provisioners

TYPE = "AWS::CloudWatch::CompositeAlarm"


def apply() -> None:
    """Register the type; its name must be given, since nothing here makes one up."""
    if TYPE in provisioners._RESOURCE_HANDLERS:
        raise RuntimeError(f"ministack knows {TYPE} now: delete this patch")

    def put(properties: dict[str, Any]) -> tuple[str, dict[str, str]]:
        name = properties["AlarmName"]
        status, _, body = cloudwatch._put_composite_alarm({}, properties, False, True)
        if status >= 400:
            raise ValueError(f"{TYPE}: {json.loads(body)['message']}")
        return name, {"Arn": cloudwatch._composite_alarms[name]["AlarmArn"]}

    def delete(physical: str, _properties: dict[str, Any]) -> None:
        cloudwatch._composite_alarms.pop(physical, None)

    def update(
        physical: str, _old: dict[str, Any], new: dict[str, Any], _stack: str
    ) -> tuple[str, dict[str, str]]:
        made = put(new)
        if new["AlarmName"] != physical:
            delete(physical, new)
        return made

    provisioners._RESOURCE_HANDLERS[TYPE] = {
        "create": lambda _logical, properties, _stack: put(properties),
        "update": update,
        "delete": delete,
    }
