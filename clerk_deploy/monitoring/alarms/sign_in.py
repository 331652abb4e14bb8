"""Alarms on what users meet, from the application's own lines: the same for every host."""

from clerk_deploy.monitoring.alarms.model import (
    BandAlarm,
    Beyond,
    Over,
    Source,
    Text,
    ThresholdAlarm,
    enough,
    rate,
    share,
)
from clerk_deploy.settings.monitoring import MonitoringSettings, Window

SUCCESS_GUIDE = "Track successful vs failed sign-ins"
REFRESH_GUIDE = "Monitor token refresh success rate"
UNUSUAL_GUIDE = "Alert on unusual failure patterns"
LATENCY_GUIDE = "Monitor authentication endpoint response times; alert on slow responses (>500ms)"
VALIDATION_GUIDE = "Track token validation latency"
UNAUTHORIZED_GUIDE = "Monitor 401 error rates"
EXPIRED_GUIDE = "Track token expiration frequency"
SPIKE_GUIDE = "Alert on spike in errors"


def over(window: Window) -> Over:
    """The settings' window."""
    return Over(period=window.period_seconds, datapoints=window.datapoints, of=window.evaluation_periods)


def at_once(window: Window) -> Over:
    """One datapoint of the settings' window: for counts, which the threshold damps."""
    return Over(period=window.period_seconds)


def sign_in_alarms(namespace: str, settings: MonitoringSettings) -> tuple[ThresholdAlarm, ...]:
    """Alarms on rates and times.

    Args:
        namespace: Where the metrics are.
        settings: Thresholds.
    """
    window, least = over(settings.window), settings.minimum_requests

    def total(name: str) -> Source:
        return Source(namespace=namespace, name=name, statistic="Sum")

    def slow(key: str, name: str, milliseconds: int, text: Text) -> ThresholdAlarm:
        return ThresholdAlarm(
            key=key,
            text=text,
            sources={
                "time": Source(namespace=namespace, name=name, statistic="p95"),
                "requests": Source(namespace=namespace, name=name, statistic="SampleCount"),
            },
            expression=enough("time", of="requests", least=least),
            beyond=Beyond.ABOVE,
            threshold=milliseconds,
            over=window,
        )

    return (
        ThresholdAlarm(
            key="sign-in-success",
            text=Text(
                title="Sign-ins that work, %",
                guide=SUCCESS_GUIDE,
                means="Of the users who sign in with a password, unusually many fail.",
                first="Run the saved query `sign-in failures` by reason. clerk-unreachable or clerk-timeout: "
                "status.clerk.com. incorrect-password and user-unknown from few addresses: an attack, lower "
                "firewall.authRequestsPer5Minutes. Since a release: `clerk-deploy rollback`.",
            ),
            sources={"tried": total("SignIns"), "failed": total("SignInFailures")},
            expression=rate(of="tried", fails="failed", least=least),
            beyond=Beyond.BELOW,
            threshold=settings.sign_in_success_percent,
            over=window,
        ),
        ThresholdAlarm(
            key="refresh-success",
            text=Text(
                title="Refreshes that work, %",
                guide=REFRESH_GUIDE,
                means="Signed-in users cannot renew their access token and will be signed out.",
                first="Run the saved query `refresh failures` by reason. session-...: sessions were revoked "
                "in Clerk. token-not-active-yet: a clock is wrong. instance-mismatch: see `secret-problems`. "
                "Since a release: `clerk-deploy rollback`.",
            ),
            sources={"tried": total("Refreshes"), "failed": total("RefreshFailures")},
            expression=rate(of="tried", fails="failed", least=least),
            beyond=Beyond.BELOW,
            threshold=settings.refresh_success_percent,
            over=window,
        ),
        slow(
            "auth-latency",
            "Duration",
            settings.auth_p95_milliseconds,
            Text(
                title="/api/auth, p95, ms",
                guide=LATENCY_GUIDE,
                means="One in twenty requests to /api/auth is slow.",
                first="Look at the dashboard: is it one route, one slot, or Clerk (`clerk-failures`)? The "
                "saved query `slow requests` lists them. Since a release: `clerk-deploy rollback`.",
            ),
        ),
        slow(
            "validation-latency",
            "ValidationDuration",
            settings.validation_p95_milliseconds,
            Text(
                title="Token validation, p95, ms",
                guide=VALIDATION_GUIDE,
                means="Verifying tokens takes long: the server asks Clerk for its keys, or is short of CPU.",
                first="Set CLERK_JWT_KEY, so that tokens are verified without asking Clerk; look at "
                "`clerk-failures` and at cold starts in the log.",
            ),
        ),
        ThresholdAlarm(
            key="unauthorized-rate",
            text=Text(
                title="401, % of requests",
                guide=UNAUTHORIZED_GUIDE,
                means="Many requests come with tokens or passwords that are refused.",
                first="Run the saved query `401 by reason`. token-expired: a client does not refresh. "
                "token-invalid-signature: see `bad-signatures`. incorrect-password: see `sign-in-success`.",
            ),
            sources={"all": total("Requests"), "part": total("Unauthorized")},
            expression=share(of="all", part="part", least=least),
            beyond=Beyond.ABOVE,
            threshold=settings.unauthorized_percent,
            over=window,
        ),
        ThresholdAlarm(
            key="expired-rate",
            text=Text(
                title="Expired tokens, % of requests",
                guide=EXPIRED_GUIDE,
                means="Many requests come with an access token that is over: clients do not refresh in time.",
                first="Check the refresh endpoint and the clients' token storage; compare with "
                "`refresh-success`. A token lives a minute: a server's or client's clock may be late.",
            ),
            sources={"all": total("Requests"), "part": total("TokensExpired")},
            expression=share(of="all", part="part", least=least),
            beyond=Beyond.ABOVE,
            threshold=settings.expired_percent,
            over=window,
        ),
        ThresholdAlarm(
            key="server-errors",
            text=Text(
                title="5xx of the app, % of requests",
                guide=SPIKE_GUIDE,
                means="The application itself fails.",
                first="Run the saved query `5xx by route and reason`. clerk-...: status.clerk.com. "
                "secret-...: see `secret-problems`. unexpected-error since a release: "
                "`clerk-deploy rollback`.",
            ),
            sources={"all": total("Requests"), "part": total("ServerErrors")},
            expression=share(of="all", part="part", least=least),
            beyond=Beyond.ABOVE,
            threshold=settings.server_error_percent,
            over=window,
        ),
    )


def band_alarms(namespace: str, settings: MonitoringSettings) -> tuple[BandAlarm, ...]:
    """Alarms on what is unusual for the time of the week.

    Args:
        namespace: Where the metrics are.
        settings: Width of the bands.
    """

    def band(key: str, metric: str, text: Text) -> BandAlarm:
        return BandAlarm(
            key=key,
            text=text,
            source=Source(namespace=namespace, name=metric, statistic="Sum"),
            deviations=settings.band_deviations,
            over=over(settings.window),
        )

    return (
        band(
            "sign-in-failures-unusual",
            "SignInFailures",
            Text(
                title="Failed sign-ins, unusual",
                guide=UNUSUAL_GUIDE,
                means="More sign-ins fail than at this time of other weeks.",
                first="Run the saved query `sign-in failures` by reason: one reason names the cause, many "
                "unknown users an attack.",
            ),
        ),
        band(
            "unauthorized-unusual",
            "Unauthorized",
            Text(
                title="401, unusual",
                guide=SPIKE_GUIDE,
                means="More requests are answered 401 than at this time of other weeks.",
                first="Run the saved query `401 by reason`.",
            ),
        ),
        band(
            "expired-unusual",
            "TokensExpired",
            Text(
                title="Expired tokens, unusual",
                guide=SPIKE_GUIDE,
                means="More tokens are over than at this time of other weeks: clients stopped refreshing.",
                first="Compare with `refresh-success`; look for a client that was released meanwhile.",
            ),
        ),
    )
