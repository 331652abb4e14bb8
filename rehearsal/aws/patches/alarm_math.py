"""AWS::CloudWatch::Alarm with `Metrics` (metric math, anomaly bands): ministack refuses it."""

import inspect
import time
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch
from ministack.services.cloudformation import provisioners

KEPT = (
    "AlarmDescription",
    "ComparisonOperator",
    "Metrics",
    "ThresholdMetricId",
    "TreatMissingData",
)
STATE = ("StateValue", "StateReason", "StateUpdatedTimestamp")
ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")


def apply() -> None:
    """Keep such an alarm's definition; the evaluator understands it."""
    original = provisioners._cw_metric_alarm_record
    if "metric math) is not supported" not in inspect.getsource(original):
        raise RuntimeError("ministack takes alarms with metric math now: delete this patch")

    def record(name: str, properties: dict[str, Any]) -> dict[str, Any]:
        if not properties.get("Metrics"):
            return original(name, properties)  # type: ignore[no-any-return]
        now = int(time.time())
        existing = cloudwatch._alarms.get(name) or {
            "StateValue": "INSUFFICIENT_DATA",
            "StateReason": "Unchecked: Initial alarm creation",
            "StateUpdatedTimestamp": now,
        }
        threshold = properties.get("Threshold")
        return {
            "AlarmName": name,
            "AlarmArn": f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm:{name}",
            **{key: properties[key] for key in KEPT if properties.get(key) is not None},
            **{key: existing[key] for key in STATE},
            **{key: list(properties.get(key) or []) for key in ACTIONS},
            **({} if threshold is None else {"Threshold": float(threshold)}),
            "EvaluationPeriods": int(properties["EvaluationPeriods"]),
            "DatapointsToAlarm": int(properties.get("DatapointsToAlarm") or properties["EvaluationPeriods"]),
            "ActionsEnabled": str(properties.get("ActionsEnabled", True)).lower() != "false",
            "AlarmConfigurationUpdatedTimestamp": now,
        }

    provisioners._cw_metric_alarm_record = record
