"""Alarms on what CloudFront, AWS WAF and Amplify measure, for all slots together. They decide no release."""

from clerk_deploy.monitoring.alarms.model import Beyond, Source, Text, ThresholdAlarm, enough, share, steady
from clerk_deploy.monitoring.alarms.sign_in import LATENCY_GUIDE, SPIKE_GUIDE, at_once, over
from clerk_deploy.settings.monitoring import MonitoringSettings


def edge_alarms(*, distribution: str, settings: MonitoringSettings) -> tuple[ThresholdAlarm, ...]:
    """Alarms on the distribution.

    Args:
        distribution: Its id.
        settings: Thresholds.
    """
    window, least = over(settings.window), settings.minimum_requests

    def cloudfront(name: str, statistic: str) -> Source:
        return Source(
            namespace="AWS/CloudFront",
            name=name,
            statistic=statistic,
            dimensions={"DistributionId": distribution, "Region": "Global"},
        )

    return (
        ThresholdAlarm(
            key="edge-errors",
            text=Text(
                title="5xx at the edge, %",
                guide=SPIKE_GUIDE,
                means="Visitors get answers of 5xx, from the app or instead of it.",
                first="`server-errors` fires too: look there. Alone: the app does not answer at all. "
                "`clerk-deploy status` tells what is live; Amplify's status page; `clerk-deploy rollback`.",
            ),
            sources={
                "errors": cloudfront("5xxErrorRate", "Average"),
                "requests": cloudfront("Requests", "Sum"),
            },
            expression=enough("errors", of="requests", least=least),
            beyond=Beyond.ABOVE,
            threshold=settings.server_error_percent,
            over=window,
        ),
        ThresholdAlarm(
            key="origin-latency",
            text=Text(
                title="Origin at the edge, p95, ms",
                guide=LATENCY_GUIDE,
                means="The edge waits long for the app: pages and API alike.",
                first="`auth-latency` fires too: look there. Alone: pages, cold starts or Amplify itself.",
            ),
            sources={"time": cloudfront("OriginLatency", "p95"), "requests": cloudfront("Requests", "Sum")},
            expression=enough("time", of="requests", least=least),
            beyond=Beyond.ABOVE,
            threshold=settings.origin_p95_milliseconds,
            over=window,
        ),
    )


def firewall_alarms(*, web_acl: str, settings: MonitoringSettings) -> tuple[ThresholdAlarm, ...]:
    """Alarms on the firewall.

    Args:
        web_acl: The web ACL's metric name.
        settings: Thresholds.
    """
    return (
        ThresholdAlarm(
            key="blocked-requests",
            text=Text(
                title="Requests blocked by WAF",
                guide=SPIKE_GUIDE,
                means="The firewall blocks many requests: an attack, or a rule that hits our own users.",
                first="Look at the web ACL's sampled requests. Few addresses: an attack, nothing to do while "
                "`sign-in-success` is quiet. Many ordinary users: set that rule to count.",
            ),
            sources={
                "blocked": Source(
                    namespace="AWS/WAFV2",
                    name="BlockedRequests",
                    statistic="Sum",
                    dimensions={"WebACL": web_acl, "Rule": "ALL"},
                )
            },
            expression=steady("blocked"),
            beyond=Beyond.ABOVE,
            threshold=settings.blocked_requests,
            over=at_once(settings.window),
        ),
    )


def amplify_alarms(*, app: str, settings: MonitoringSettings) -> tuple[ThresholdAlarm, ...]:
    """Alarms on the Amplify app.

    Args:
        app: Its id.
        settings: Thresholds.
    """
    window, least = over(settings.window), settings.minimum_requests

    def amplify(name: str, statistic: str) -> Source:
        return Source(namespace="AWS/AmplifyHosting", name=name, statistic=statistic, dimensions={"App": app})

    return (
        ThresholdAlarm(
            key="amplify-errors",
            text=Text(
                title="5xx of Amplify, % of requests",
                guide=SPIKE_GUIDE,
                means="Amplify answers 5xx, for the live slot or for one that is being verified.",
                first="A release is being verified (`clerk-deploy status`): wait for it. Else as for "
                "edge-errors.",
            ),
            sources={"all": amplify("Requests", "Sum"), "part": amplify("5xxErrors", "Sum")},
            expression=share(of="all", part="part", least=least),
            beyond=Beyond.ABOVE,
            threshold=settings.server_error_percent,
            over=window,
        ),
        ThresholdAlarm(
            key="amplify-latency",
            text=Text(
                title="Amplify, p95 to first byte, s",
                guide=LATENCY_GUIDE,
                means="Amplify is slow to answer, cold starts included.",
                first="Compare with auth-latency: alone it is Amplify or cold starts, and passes.",
            ),
            # Amplify measures in seconds
            sources={"time": amplify("Latency", "p95"), "requests": amplify("Requests", "Sum")},
            expression=enough("time", of="requests", least=least),
            beyond=Beyond.ABOVE,
            threshold=settings.amplify_p95_milliseconds / 1000,
            over=window,
        ),
    )
