"""Alarms on the way to Datadog or New Relic: silence there must not look like a healthy site."""

from typing import Final

from clerk_deploy.monitoring.alarms.model import Beyond, Missing, Over, Source, Text, ThresholdAlarm
from clerk_deploy.settings.monitoring import MonitoringSettings

SHORTEST_SECONDS: Final = 600
LATE_SECONDS: Final = 900
"""Source: Amazon Data Firehose Developer Guide, Implement best practices with CloudWatch alarms."""


def export_alarms(*, delivery: str, settings: MonitoringSettings) -> tuple[ThresholdAlarm, ...]:
    """Alarms on the delivery of metrics to another monitor.

    Args:
        delivery: Name of the delivery stream.
        settings: How often there is something to deliver at least.
    """

    def firehose(name: str, statistic: str) -> Source:
        return Source(
            namespace="AWS/Firehose",
            name=name,
            statistic=statistic,
            dimensions={"DeliveryStreamName": delivery},
        )

    return (
        ThresholdAlarm(
            key="export",
            text=Text(
                title="Deliveries to the other monitor",
                means="No metrics arrive at Datadog or New Relic: what is quiet there may be on fire here.",
                first="Read Firehose's log (docs/other-monitors.md). 403: the key or the site is wrong, "
                "`clerk-deploy monitoring connect`. Nothing in it: is the metric stream running? Before the "
                "key is stored this alarm is red.",
            ),
            sources={"delivered": firehose("DeliveryToHttpEndpoint.Success", "Sum")},
            beyond=Beyond.BELOW,
            threshold=1,
            # two verifications: each leaves metrics to deliver, though nobody uses the site
            over=Over(
                period=max(2 * 60 * settings.verification_minutes, SHORTEST_SECONDS), datapoints=2, of=3
            ),
            missing=Missing.WRONG,
        ),
        ThresholdAlarm(
            key="export-delay",
            text=Text(
                title="Oldest metric not yet delivered, s",
                means="Metrics arrive late at Datadog or New Relic; after half an hour they are given up.",
                first="Look at the vendor's status page. What was given up is in the bucket that the stack's "
                "output ExportBackup names.",
            ),
            sources={"age": firehose("DeliveryToHttpEndpoint.DataFreshness", "Maximum")},
            beyond=Beyond.ABOVE,
            threshold=LATE_SECONDS,
            over=Over(period=300, datapoints=2, of=3),
        ),
    )
