"""Alarms that name a cause: the guide's Troubleshooting as counts of the lines' reasons."""

from clerk_deploy.monitoring.alarms.model import Beyond, Source, Text, ThresholdAlarm, steady
from clerk_deploy.monitoring.alarms.sign_in import at_once
from clerk_deploy.settings.monitoring import MonitoringSettings

CLERK_FAILURES = "clerk-failures"
"""Key of the alarm that excuses a release for what Clerk does."""


def cause_alarms(namespace: str, settings: MonitoringSettings) -> tuple[ThresholdAlarm, ...]:
    """Alarms on counts of one kind of reason.

    Args:
        namespace: Where the metrics are.
        settings: Thresholds.
    """

    def count(key: str, metric: str, threshold: int, text: Text) -> ThresholdAlarm:
        return ThresholdAlarm(
            key=key,
            text=text,
            sources={"count": Source(namespace=namespace, name=metric, statistic="Sum")},
            expression=steady("count"),
            beyond=Beyond.ABOVE,
            threshold=threshold,
            over=at_once(settings.window),
        )

    return (
        count(
            "bad-signatures",
            "BadSignatures",
            settings.bad_signatures,
            Text(
                title="Badly signed tokens",
                guide="Token verification failed: check token format and signature",
                means="Tokens come that no key of our Clerk instance signed.",
                first="Compare the publishable key in the page with CLERK_SECRET_KEY (`clerk-deploy "
                "environment show`): both must be of one Clerk instance. Is CLERK_JWT_KEY an old "
                "key? Else a client of another environment, or somebody who tries.",
            ),
        ),
        count(
            "tokens-not-yet-valid",
            "TokensNotYetValid",
            settings.tokens_not_yet_valid,
            Text(
                title="Tokens from the future",
                guide="Token refresh failing: monitor for clock skew issues",
                means="Tokens are refused since they are valid in the future only: our clock is late.",
                first="On container hosts look at the time (`timedatectl`); on Amplify wait five minutes, "
                "then ask AWS.",
            ),
        ),
        count(
            CLERK_FAILURES,
            "ClerkFailures",
            settings.clerk_failures,
            Text(
                title="Clerk does not answer",
                guide="Token verification failed: verify backend can reach Clerk API",
                means="The server asks Clerk and gets no answer, a 5xx, or is told to slow down.",
                first="Look at status.clerk.com. All well there: can the server reach api.clerk.com, is "
                "CLERK_BACKEND_API_URL right? clerk-rate-limited: set clerk.forwardClientAddress. A "
                "rollback does not help.",
            ),
        ),
        count(
            "secret-problems",
            "SecretProblems",
            settings.secret_problems,
            Text(
                title="Unusable secrets",
                guide="Token verification failed: check CLERK_SECRET_KEY matches production key",
                means="A server has no secret, one that Clerk refuses, or one of another Clerk instance.",
                first="`clerk-deploy environment show`, then push the right file; running servers read it "
                "within five minutes, without a release.",
            ),
        ),
        count(
            "tenant-refusals",
            "TenantRefusals",
            settings.tenant_refusals,
            Text(
                title="Other tenants refused",
                guide="Multi-tenant isolation broken",
                means="Users or tokens of other tenants are refused: isolation works, but somebody tries, or "
                "NEXT_PUBLIC_TENANT_ID is not our users' organization.",
                first="Run the saved query `tenant refusals`. All users refused: correct "
                "NEXT_PUBLIC_TENANT_ID. Few: tell the security team, and the backend's team to check its own "
                "filters.",
            ),
        ),
    )
