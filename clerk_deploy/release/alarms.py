"""The release alarms: what they say, and whether anybody would notice if they had to."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from clerk_deploy.names import SLOTS, Names
from clerk_deploy.release.errors import AlarmUnusableError

EVIDENCE = "Evidence"
"""The metric of the verification's own requests, by slot: see clerk_deploy.monitoring.metrics."""


class Alarm(StrEnum):
    """What an alarm says."""

    OK = "OK"
    RED = "ALARM"
    INSUFFICIENT = "INSUFFICIENT_DATA"
    MISSING = "missing"
    DISABLED = "its actions are disabled"
    UNREADABLE = "it cannot be read"


LOOKED_BACK = 43_200
"""Seconds: CloudWatch gives 1,440 datapoints at most, and these are minutes."""

RELEASES = "Releases"
"""The metric that marks switches, by slot: see clerk_deploy.monitoring.metrics."""


@dataclass(frozen=True, kw_only=True)
class Alarms:
    """The release alarms of one environment.

    Args:
        client: boto3's `cloudwatch` client.
        names: Names of what the environment owns.
    """

    client: Any
    names: Names

    def read(self, slot: str) -> Alarm:
        """What the alarm of a slot says; that it cannot be read is an answer too."""
        try:
            return self._read([slot])[slot]
        except (ClientError, BotoCoreError):
            return Alarm.UNREADABLE

    def require_usable(self) -> None:
        """Refuse to begin what nobody would watch.

        Raises:
            AlarmUnusableError: An alarm is missing, switched off, or cannot be read.
        """
        try:
            found = self._read(SLOTS)
        except (ClientError, BotoCoreError) as error:
            raise AlarmUnusableError(
                f"The release alarms cannot be read ({_code(error)}).",
                next_step="see whether the release role may call cloudwatch:DescribeAlarms; then ask again",
            ) from None
        for slot, alarm in found.items():
            if alarm in (Alarm.MISSING, Alarm.DISABLED):
                raise AlarmUnusableError(
                    f"The alarm {self.names.release_alarm(slot)} is of no use: {alarm}.",
                    next_step=f"cdk deploy '{self.names.environment}/Monitoring', or enable its actions",
                )

    def evidence_since(self, slot: str, *, since: float, now: float) -> bool:
        """Whether lines of a slot have arrived as a metric. What cannot be asked has not been seen."""
        try:
            answer = self.client.get_metric_statistics(
                Namespace=self.names.metric_namespace,
                MetricName=EVIDENCE,
                Dimensions=[{"Name": "slot", "Value": slot}],
                StartTime=max(since - 60, now - LOOKED_BACK),
                EndTime=now + 60,
                Period=60,
                Statistics=["Sum"],
            )
        except (ClientError, BotoCoreError):
            return False
        return any(point.get("Sum", 0) > 0 for point in answer.get("Datapoints", ()))

    def mark_switch(self, slot: str) -> None:
        """Put the moment of a switch into the metrics, for the dashboards; a lost mark is no failure."""
        try:
            self.client.put_metric_data(
                Namespace=self.names.metric_namespace,
                MetricData=[
                    {"MetricName": RELEASES, "Dimensions": [{"Name": "slot", "Value": slot}], "Value": 1.0}
                ],
            )
        except (ClientError, BotoCoreError):
            return

    def _read(self, slots: Sequence[str]) -> dict[str, Alarm]:
        names = {self.names.release_alarm(slot): slot for slot in slots}
        answer = self.client.describe_alarms(
            AlarmNames=list(names), AlarmTypes=["CompositeAlarm", "MetricAlarm"]
        )
        found = dict.fromkeys(slots, Alarm.MISSING)
        for alarm in [*answer.get("CompositeAlarms", ()), *answer.get("MetricAlarms", ())]:
            state = Alarm(alarm["StateValue"]) if alarm.get("ActionsEnabled", True) else Alarm.DISABLED
            found[names[alarm["AlarmName"]]] = state
        return found


def _code(error: Exception) -> str:
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "unknown"))
    return type(error).__name__
