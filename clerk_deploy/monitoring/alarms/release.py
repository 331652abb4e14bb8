"""The release alarms: one for each slot, from that slot's own lines and the verification.

They look at what a release can break. What it cannot (a user who does not exist, Clerk's outage) is left
out of their metrics, or excuses what it causes. What the edge and Amplify measure for all slots together
is no part of them: a candidate under verification would raise the alarm of the live one.
"""

from clerk_deploy.monitoring.alarms.causes import CLERK_FAILURES
from clerk_deploy.monitoring.alarms.model import (
    Beyond,
    Over,
    ReleaseAlarm,
    Source,
    Text,
    ThresholdAlarm,
    enough,
    rate,
    share,
)
from clerk_deploy.monitoring.alarms.sign_in import over
from clerk_deploy.monitoring.metrics import VERIFICATION_FAILURES
from clerk_deploy.settings.monitoring import MonitoringSettings

FIRST = (
    "Within the release's window it is rolled back by itself. Else look at the dashboard `release`, "
    "then `clerk-deploy rollback`."
)


def part_key(slot: str, part: str) -> str:
    """Key of a part of a slot's release alarm."""
    return f"release-{slot}-{part}"


def release_part_alarms(
    namespace: str, *, slot: str, settings: MonitoringSettings
) -> tuple[ThresholdAlarm, ...]:
    """What a slot's release alarm is made of. A slot without traffic has no data, and that is fine.

    Args:
        namespace: Where the metrics are.
        slot: The slot.
        settings: Thresholds, and how often the site is verified.
    """
    release = settings.release
    least = release.minimum_requests

    def of_slot(name: str, statistic: str = "Sum") -> Source:
        return Source(namespace=namespace, name=name, statistic=statistic, dimensions={"slot": slot})

    def part(
        key: str,
        what: str,
        sources: dict[str, Source],
        expression: str,
        beyond: Beyond,
        threshold: float,
        during: Over | None = None,
    ) -> ThresholdAlarm:
        return ThresholdAlarm(
            key=part_key(slot, key),
            text=Text(title=f"{what} in {slot}", means=f"{what}: the release in {slot}.", first=FIRST),
            sources=sources,
            expression=expression,
            beyond=beyond,
            threshold=threshold,
            over=during or over(release.window),
            tells=False,
        )

    return (
        part(
            "server-errors",
            "5xx, %",
            {"all": of_slot("ReleaseRequests"), "part": of_slot("ReleaseServerErrors")},
            share(of="all", part="part", least=least),
            Beyond.ABOVE,
            release.server_error_percent,
        ),
        part(
            "sign-in",
            "Sign-ins that work, %",
            {"tried": of_slot("ReleaseSignIns"), "failed": of_slot("ReleaseSignInFailures")},
            rate(of="tried", fails="failed", least=least),
            Beyond.BELOW,
            release.sign_in_success_percent,
        ),
        part(
            "refresh",
            "Refreshes that work, %",
            {"tried": of_slot("ReleaseRefreshes"), "failed": of_slot("ReleaseRefreshFailures")},
            rate(of="tried", fails="failed", least=least),
            Beyond.BELOW,
            release.refresh_success_percent,
        ),
        part(
            "latency",
            "/api/auth, p95, ms",
            {
                "time": of_slot("ReleaseDuration", "p95"),
                "requests": of_slot("ReleaseDuration", "SampleCount"),
            },
            enough("time", of="requests", least=least),
            Beyond.ABOVE,
            release.auth_p95_milliseconds,
        ),
        part(
            "verification",
            "Failed checks of the live site",
            {"failed": of_slot(VERIFICATION_FAILURES, "Maximum")},
            "",
            Beyond.AT_LEAST,
            1,
            Over(
                period=settings.verification_minutes * 60,
                datapoints=release.failed_verifications,
                of=release.failed_verifications,
            ),
        ),
    )


def release_alarm(slot: str) -> ReleaseAlarm:
    """The alarm by which the release in a slot is judged.

    Args:
        slot: The slot.
    """
    return ReleaseAlarm(
        slot=slot,
        text=Text(
            title=f"Release in {slot}",
            means=f"The release in {slot} fails its users. It decides only while {slot} is live.",
            first=FIRST,
        ),
        parts=tuple(part_key(slot, part) for part in ("server-errors", "sign-in", "refresh")),
        # without Clerk the verification fails and requests are slow, whatever release is live
        unless=CLERK_FAILURES,
        excused=tuple(part_key(slot, part) for part in ("verification", "latency")),
    )
