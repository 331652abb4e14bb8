"""What moves each alarm: one entry for every threshold alarm of the template, or the tests fail."""

from typing import Any

from tests.stacks.monitoring.timeline import Drive

SIGN_IN = {"event": "auth.signin", "method": "POST", "route": "/api/auth/signin", "validation_ms": None}
REFRESH = {"event": "auth.refresh", "method": "POST", "route": "/api/auth/refresh", "validation_ms": None}


def failing(status: int, reason: str, **more: Any) -> dict[str, Any]:
    return {"status": status, "reason": reason, **more}


def counted(reason: str, *, status: int = 401, noise: float = 0.0) -> Drive:
    """Of an alarm on a count: one bad minute may raise it, and it takes no minimum of requests."""
    return Drive(good={}, bad=failing(status, reason), noise=noise, damped=False, least=False)


def own_metric(name: str, good: float, bad: float, *, damped: bool = True) -> Drive:
    return Drive(good={name: good}, bad={name: bad}, noise=0.0, damped=damped, least=False)


DRIVES = {
    "sign-in-success": Drive(good=SIGN_IN, bad={**SIGN_IN, **failing(401, "incorrect-password")}, noise=0.15),
    "refresh-success": Drive(good=REFRESH, bad={**REFRESH, **failing(401, "session-ended")}),
    "auth-latency": Drive(good={"duration_ms": 40}, bad={"duration_ms": 900}, noise=0.02),
    "validation-latency": Drive(good={"validation_ms": 2}, bad={"validation_ms": 450}, noise=0.02),
    "unauthorized-rate": Drive(good={}, bad=failing(401, "token-invalid"), noise=0.15),
    "expired-rate": Drive(good={}, bad=failing(401, "token-expired"), noise=0.15),
    "server-errors": Drive(good={}, bad=failing(503, "unexpected-error"), noise=0.01),
    "bad-signatures": counted("token-invalid-signature", noise=0.1),
    "tokens-not-yet-valid": counted("token-not-active-yet", noise=0.02),
    "clerk-failures": counted("clerk-timeout", status=503, noise=0.05),
    "secret-problems": counted("secret-malformed", status=503),
    "tenant-refusals": counted("tenant-mismatch", status=403, noise=0.05),
    "verification": own_metric("VerificationFailures", 0, 3),
    "verification-duration": own_metric("VerificationDuration", 6_000, 90_000),
    "certificate": own_metric("CertificateDaysLeft", 60, 5, damped=False),
    "verification-crashed": own_metric("ApproximateNumberOfMessagesVisible", 0, 4, damped=False),
    "edge-errors": Drive(
        good={"5xxErrorRate": 0.1, "Requests": 40}, bad={"5xxErrorRate": 30, "Requests": 40}, noise=0.01
    ),
    "origin-latency": Drive(
        good={"OriginLatency": 90, "Requests": 40}, bad={"OriginLatency": 4_000, "Requests": 40}
    ),
    "blocked-requests": own_metric("BlockedRequests", 3, 5_000, damped=False),
    "amplify-errors": Drive(
        good={"5xxErrors": 0, "Requests": 40}, bad={"5xxErrors": 20, "Requests": 40}, noise=0
    ),
    # in seconds, as Amplify measures
    "amplify-latency": Drive(good={"Latency": 0.08, "Requests": 40}, bad={"Latency": 2, "Requests": 40}),
}

RELEASE_DRIVES = {
    "server-errors": Drive(good={}, bad=failing(503, "unexpected-error"), noise=0.04),
    "sign-in": Drive(good=SIGN_IN, bad={**SIGN_IN, **failing(503, "instance-mismatch")}, noise=0.2),
    "refresh": Drive(good=REFRESH, bad={**REFRESH, **failing(401, "refresh-token-malformed")}, noise=0.2),
    "latency": Drive(good={"duration_ms": 40}, bad={"duration_ms": 3_000}, noise=0.02),
    "verification": own_metric("VerificationFailures", 0, 2),
}

for slot in ("slot-a", "slot-b", "slot-c"):
    for part, drive in RELEASE_DRIVES.items():
        in_slot = {} if part == "verification" else {"slot": slot}
        DRIVES[f"release-{slot}-{part}"] = Drive(
            good={**drive.good, **in_slot},
            bad={**drive.bad, **in_slot},
            noise=drive.noise,
            damped=drive.damped,
            least=drive.least,
        )
