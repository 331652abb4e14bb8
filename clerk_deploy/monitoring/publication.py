"""What a verification's outcome is as metrics, and which slot it says something about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from clerk_deploy.monitoring.metrics import CERTIFICATE_DAYS, VERIFICATION_DURATION, VERIFICATION_FAILURES

LOOK_BACK: Final = timedelta(hours=3)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One verification of the live site.

    Args:
        failures: Failed checks.
        release_failures: Of those, the ones that a release can cause.
        milliseconds: How long it took.
        certificate_days: Days that the certificate is still valid; None when none was seen.
        slot: The slot that answered; empty when none did.
        clerk_answers: Whether Clerk answered the verification itself.
    """

    failures: int
    release_failures: int
    milliseconds: float
    certificate_days: float | None
    slot: str
    clerk_answers: bool


def slot_to_judge(
    outcome: Outcome, *, slots: Sequence[str], cloudwatch: Any, namespace: str, now: float
) -> str:
    """The slot whose release the outcome speaks of.

    A release that answers nothing cannot say its slot: then it is the one that was verified last.

    Args:
        outcome: What was found.
        slots: All slots.
        cloudwatch: boto3's `cloudwatch` client.
        namespace: Where the metrics are.
        now: Seconds since the epoch.
    """
    if outcome.slot in slots:
        return outcome.slot
    until = datetime.fromtimestamp(now, UTC)
    queries = [
        {
            "Id": f"slot{index}",
            "Label": slot,
            "MetricStat": {
                "Metric": {
                    "Namespace": namespace,
                    "MetricName": VERIFICATION_FAILURES,
                    "Dimensions": [{"Name": "slot", "Value": slot}],
                },
                "Period": 60,
                "Stat": "Maximum",
            },
        }
        for index, slot in enumerate(slots)
    ]
    answer = cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=until - LOOK_BACK, EndTime=until)
    newest = {
        found["Label"]: max(found["Timestamps"])
        for found in answer["MetricDataResults"]
        if found["Timestamps"]
    }
    return max(newest, key=newest.__getitem__, default="")


def metric_data(outcome: Outcome, *, slot: str, now: float) -> list[dict[str, Any]]:
    """The outcome as CloudWatch takes it.

    Args:
        outcome: What was found.
        slot: The slot whose release it speaks of; empty when that is not known.
        now: Seconds since the epoch.
    """
    when = datetime.fromtimestamp(now, UTC)

    def datum(name: str, value: float, unit: str, **dimensions: str) -> dict[str, Any]:
        return {
            "MetricName": name,
            "Timestamp": when,
            "Value": value,
            "Unit": unit,
            "Dimensions": [{"Name": key, "Value": found} for key, found in dimensions.items()],
        }

    data = [
        datum(VERIFICATION_FAILURES, outcome.failures, "Count"),
        datum(VERIFICATION_DURATION, outcome.milliseconds, "Milliseconds"),
    ]
    if outcome.certificate_days is not None:
        data.append(datum(CERTIFICATE_DAYS, outcome.certificate_days, "None"))
    if slot:
        # what fails while Clerk is down says nothing about a release
        blamed = outcome.release_failures if outcome.clerk_answers else 0
        data.append(datum(VERIFICATION_FAILURES, blamed, "Count", slot=slot))
    return data
