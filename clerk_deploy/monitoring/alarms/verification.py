"""Alarms on the scheduled verification of the live site."""

from clerk_deploy.monitoring.alarms.model import Beyond, Missing, Over, Source, Text, ThresholdAlarm
from clerk_deploy.monitoring.metrics import CERTIFICATE_DAYS, VERIFICATION_DURATION, VERIFICATION_FAILURES
from clerk_deploy.settings.monitoring import MonitoringSettings

GUIDE = "Post-deployment checklist: the flows work, performance is acceptable, monitoring is active"


def verification_alarms(
    namespace: str, *, queue: str, settings: MonitoringSettings
) -> tuple[ThresholdAlarm, ...]:
    """Alarms on its results, and on its own failure.

    Args:
        namespace: Where the metrics are.
        queue: Name of the queue of runs that crashed.
        settings: Thresholds.
    """
    period = settings.verification_minutes * 60

    def own(name: str, statistic: str) -> Source:
        return Source(namespace=namespace, name=name, statistic=statistic)

    return (
        ThresholdAlarm(
            key="verification",
            text=Text(
                title="Failed checks of the live site",
                guide=GUIDE,
                means="The verification of the live site fails, or did not run at all.",
                first="`clerk-deploy verify` prints which check fails and why. Before the first release "
                "there is nothing to verify: this alarm is red until then. It did not run: look "
                "at the Lambda's log.",
            ),
            sources={"failed": own(VERIFICATION_FAILURES, "Maximum")},
            beyond=Beyond.AT_LEAST,
            threshold=1,
            over=Over(period=period, datapoints=2, of=3),
            # no news is bad news: whatever stops the verification must not look like a healthy site
            missing=Missing.WRONG,
        ),
        ThresholdAlarm(
            key="verification-duration",
            text=Text(
                title="Verification, ms",
                guide=GUIDE,
                means="The checks pass, but take long: users wait too.",
                first="`clerk-deploy verify` prints the time of each check; look at auth-latency.",
            ),
            sources={"seconds": own(VERIFICATION_DURATION, "Maximum")},
            beyond=Beyond.ABOVE,
            threshold=settings.verification_seconds * 1000,
            over=Over(period=period, datapoints=2, of=3),
        ),
        ThresholdAlarm(
            key="certificate",
            text=Text(
                title="Certificate, days left",
                guide="SSL/TLS certificates configured",
                means="The site's certificate ends soon: ACM did not renew it.",
                first="Open the certificate in ACM: its validation record is missing from DNS, or, without a "
                "hosted zone, whoever made it must renew it.",
            ),
            sources={"days": own(CERTIFICATE_DAYS, "Minimum")},
            beyond=Beyond.BELOW,
            threshold=settings.certificate_days,
            over=Over(period=3600),
        ),
        ThresholdAlarm(
            key="verification-crashed",
            text=Text(
                title="Verification runs that crashed",
                means="The function that verifies the site crashed, three times in a row.",
                first="Read its log (the dashboard links to it), then `clerk-deploy verify` by hand.",
            ),
            sources={
                "messages": Source(
                    namespace="AWS/SQS",
                    name="ApproximateNumberOfMessagesVisible",
                    statistic="Maximum",
                    dimensions={"QueueName": queue},
                )
            },
            beyond=Beyond.AT_LEAST,
            threshold=1,
            over=Over(period=300),
        ),
    )
