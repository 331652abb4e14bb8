"""Rate limits. They cost many requests, so they run only when asked for (`--only rate_limit`)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from clerk_deploy.verification.checks.backend import NO_LIST, backend_url
from clerk_deploy.verification.context import Context
from clerk_deploy.verification.findings import Finding, failed, passed, skipped
from clerk_deploy.verification.http import Response
from clerk_deploy.verification.registry import ON_REQUEST, Need, Severity, check
from clerk_deploy.verification.sessions import SIGN_IN

LINE: Final = "Security Checklist > Rate limiting is enabled on backend APIs"
APP_REQUESTS: Final = 700
RECOVERY: Final = 420.0
"""Seconds: a firewall counts over five minutes and looks every ten seconds or so."""
REFUSED: Final = (403, 429)


def _provoke(ask: Callable[[], Response], most: int) -> tuple[int, Response]:
    """Requests until one is refused; the last answer."""
    for count in range(1, most + 1):
        answer = ask()
        if answer.status in REFUSED or answer.status >= 500:
            return count, answer
    return most, answer


def _recovers(context: Context, ask: Callable[[], Response]) -> float | None:
    """Seconds until requests are let in again; None when they are not in time."""
    waited, pause = 0.0, 1.0
    while waited < RECOVERY:
        context.sleep(pause)
        waited += pause
        if ask().status not in REFUSED:
            return waited
        pause = min(20.0, pause * 2)
    return None


def _verify(context: Context, ask: Callable[[], Response], most: int) -> Finding:
    count, answer = _provoke(ask, most)
    if answer.status >= 500:
        return failed(f"{answer} after {count} requests: it breaks instead of refusing")
    if answer.status not in REFUSED:
        return failed(f"{count} requests were all let in")
    waited = _recovers(context, ask)
    if waited is None:
        return failed(f"refused from request {count} on, and still after {RECOVERY:.0f} s")
    told = answer.header("retry-after")
    return passed(
        f"refused with {answer.status} from request {count} on"
        + (f" (Retry-After {told[:20]})" if told else "")
        + f", let in again after {waited:.0f} s"
    )


@check(
    id="rate_limit.app",
    title="Sign-in attempts are limited, and the limit recovers",
    guide=LINE,
    severity=Severity.HIGH,
    needs={Need.BACKEND_SIGN_IN},
    runs_in=ON_REQUEST,
    deadline=600,
    why="Without a limit passwords can be tried as fast as the server answers.",
    next_step="switch `firewall` on in the settings; docs say what Clerk's own limit covers",
)
def app(context: Context) -> Finding:
    """Malformed sign-ins, which reach nobody's account, are refused after a while."""
    context = replace(context, client=replace(context.client, is_patient=False))
    return _verify(context, lambda: context.post(SIGN_IN, {}), APP_REQUESTS)


@check(
    id="rate_limit.backend",
    title="The backend limits requests, and recovers",
    guide=LINE,
    severity=Severity.HIGH,
    needs={Need.BACKEND},
    runs_in=ON_REQUEST,
    tags={"backend-team"},
    deadline=600,
    why="One client can take the backend from all others.",
    next_step="ask the backend's team for a limit by address or user, answered with 429 and Retry-After",
)
def backend(context: Context) -> Finding:
    """Requests without a token are refused with 429 after a while."""
    paths = context.target.backend
    if not paths.list:
        return skipped(NO_LIST)
    if not paths.requests_per_window:
        return skipped(
            "`verification.backend.requestsPerWindow` says how many requests its limit must refuse"
        )
    url = backend_url(context, paths.list)
    client = replace(context.client, is_patient=False)
    return _verify(context, lambda: client.get(url), paths.requests_per_window)
