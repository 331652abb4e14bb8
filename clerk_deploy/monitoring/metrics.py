"""The metrics that are made of log lines: each a filter over the lines' contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from clerk_deploy.monitoring import log_contract as contract
from clerk_deploy.monitoring.filter_pattern import (
    any_of,
    at_least,
    equal,
    event_family,
    flag,
    one_of,
    pattern,
    unequal,
)

OUTSIDE_A_RELEASE: Final = (
    *contract.CLERK_IS_DOWN,
    "user-unknown",
    "user-banned",
    "user-locked",
    "too-many-attempts",
    "origin-token",
)
"""Reasons that no release causes: they say nothing about the one that answered."""

USERS: Final = flag("synthetic", is_true=False)
AUTH: Final = event_family("auth.")
REQUEST: Final = (USERS, AUTH, at_least("status", 100))
ANSWER: Final = any_of(AUTH, one_of("event", ["api.unknown", "server.error"]))
"""Not health: hosts ask it every few seconds, and a release that is not ready says so there."""
SIGN_IN: Final = (USERS, equal("event", "auth.signin"), equal("method", "POST"), at_least("status", 200))
# a visitor who is not signed in asks for a refresh with every first page
REFRESH: Final = (
    USERS,
    equal("event", "auth.refresh"),
    equal("method", "POST"),
    at_least("status", 200),
    unequal("reason", ["token-missing"]),
)
FAILED: Final = at_least("status", 400)
BLAMELESS: Final = unequal("reason", OUTSIDE_A_RELEASE)
NOT_CLERK: Final = unequal("reason", contract.CLERK_IS_DOWN)


@dataclass(frozen=True, kw_only=True)
class LogMetric:
    """A metric filter.

    Args:
        name: The metric's name.
        help: What it counts or measures.
        pattern: CloudWatch's filter pattern.
        value: `1` to count lines, or a field's selector.
        unit: CloudWatch's unit.
        by_slot: Has the slot as its dimension, so that a release is judged by its own lines.
    """

    name: str
    help: str
    pattern: str
    value: str = "1"
    unit: str = "Count"
    by_slot: bool = False

    @property
    def dimensions(self) -> Mapping[str, str]:
        """Dimension's name to the field that it is taken from."""
        return {"slot": "$.slot"} if self.by_slot else {}


FOR_PEOPLE: Final = (
    LogMetric(name="Requests", help="requests to /api/auth", pattern=pattern(*REQUEST)),
    LogMetric(
        name="ServerErrors",
        help="answers of 5xx to users, pages that could not be made included",
        pattern=pattern(USERS, ANSWER, at_least("status", 500)),
    ),
    LogMetric(
        name="Unauthorized",
        help="answers of 401, visitors without any token left out",
        pattern=pattern(USERS, AUTH, equal("status", 401), unequal("reason", ["token-missing"])),
    ),
    LogMetric(name="SignIns", help="password sign-ins tried", pattern=pattern(*SIGN_IN)),
    LogMetric(name="SignInFailures", help="password sign-ins that failed", pattern=pattern(*SIGN_IN, FAILED)),
    LogMetric(name="Refreshes", help="refreshes tried with a token", pattern=pattern(*REFRESH)),
    LogMetric(name="RefreshFailures", help="of those, failed", pattern=pattern(*REFRESH, FAILED)),
    LogMetric(
        name="Duration",
        help="time that requests to /api/auth took",
        pattern=pattern(*REQUEST, at_least("duration_ms", 0)),
        value="$.duration_ms",
        unit="Milliseconds",
    ),
    LogMetric(
        name="ValidationDuration",
        help="time of it that verifying the token took",
        pattern=pattern(USERS, equal("event", "auth.me"), at_least("validation_ms", 0)),
        value="$.validation_ms",
        unit="Milliseconds",
    ),
    LogMetric(
        name="TokensExpired",
        help="requests with an access token that was over",
        pattern=pattern(USERS, equal("event", "auth.me"), equal("reason", "token-expired")),
    ),
    LogMetric(
        name="BadSignatures",
        help="tokens that no key of our Clerk instance signed",
        pattern=pattern(USERS, AUTH, one_of("reason", contract.SIGNATURE_IS_WRONG)),
    ),
    LogMetric(
        name="TokensNotYetValid",
        help="tokens from the future: a clock is wrong",
        pattern=pattern(USERS, AUTH, one_of("reason", contract.CLOCK_IS_WRONG)),
    ),
    LogMetric(
        name="ClerkFailures",
        help="requests for which Clerk did not answer in time, verification's included",
        pattern=pattern(AUTH, one_of("reason", contract.CLERK_IS_DOWN)),
    ),
    LogMetric(
        name="SecretProblems",
        help="secrets missing, malformed, refused, or of another Clerk instance",
        pattern=pattern(
            any_of(AUTH, one_of("event", ["health", "startup.secret", "secret.refresh"])),
            one_of("reason", contract.SECRET_IS_WRONG),
        ),
    ),
    LogMetric(
        name="TenantRefusals",
        help="users and tokens of another tenant refused",
        pattern=pattern(USERS, AUTH, equal("reason", "tenant-mismatch")),
    ),
)

FOR_RELEASES: Final = (
    LogMetric(
        name="ReleaseRequests",
        help="requests under /api that a release answered, and pages that it could not make",
        pattern=pattern(USERS, ANSWER, at_least("status", 100), NOT_CLERK),
        by_slot=True,
    ),
    LogMetric(
        name="ReleaseServerErrors",
        help="answers of 5xx that the release itself can cause",
        pattern=pattern(USERS, ANSWER, at_least("status", 500), NOT_CLERK),
        by_slot=True,
    ),
    LogMetric(
        name="ReleaseSignIns",
        help="sign-ins whose outcome says something about the release",
        pattern=pattern(*SIGN_IN, BLAMELESS),
        by_slot=True,
    ),
    LogMetric(
        name="ReleaseSignInFailures",
        help="of those, failed",
        pattern=pattern(*SIGN_IN, FAILED, BLAMELESS),
        by_slot=True,
    ),
    LogMetric(
        name="ReleaseRefreshes",
        help="refreshes whose outcome says something about the release",
        pattern=pattern(*REFRESH, BLAMELESS),
        by_slot=True,
    ),
    LogMetric(
        name="ReleaseRefreshFailures",
        help="of those, failed",
        pattern=pattern(*REFRESH, FAILED, BLAMELESS),
        by_slot=True,
    ),
    LogMetric(
        name="ReleaseDuration",
        help="time that requests to /api/auth took, those that waited for Clerk in vain left out",
        pattern=pattern(*REQUEST, at_least("duration_ms", 0), NOT_CLERK),
        value="$.duration_ms",
        unit="Milliseconds",
        by_slot=True,
    ),
    LogMetric(
        name="Evidence",
        help="verification's own requests: proof that the slot's lines arrive as metrics",
        pattern=pattern(flag("synthetic", is_true=True), any_of(AUTH, equal("event", "health"))),
        by_slot=True,
    ),
)

LOG_METRICS: Final = FOR_PEOPLE + FOR_RELEASES

VERIFICATION_FAILURES: Final = "VerificationFailures"
VERIFICATION_DURATION: Final = "VerificationDuration"
CERTIFICATE_DAYS: Final = "CertificateDaysLeft"
RELEASES: Final = "Releases"
"""Written by the release steps, with the dimension `slot`: 1 at the moment of a switch to it."""
