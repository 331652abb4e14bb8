"""Response times and sizes against the budgets."""

import math
from collections.abc import Callable, Sequence
from typing import Final

from clerk_deploy.verification.checks.caching import ASK_COMPRESSED
from clerk_deploy.verification.context import Context
from clerk_deploy.verification.findings import Finding, failed, passed, verdict
from clerk_deploy.verification.http import Response
from clerk_deploy.verification.pages import asset_urls, html_page
from clerk_deploy.verification.registry import LIVE, WITH_CANDIDATE, Need, Severity, check
from clerk_deploy.verification.sessions import ME, bearer, session

LINE: Final = "Deployment Checklist > Performance is acceptable"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least a share of all does not exceed.

    Args:
        values: At least one.
        share: Between 0 and 1.
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _measure(context: Context, ask: Callable[[], Response], median: float, p95: float) -> Finding:
    # The first request pays for the connection, and for a cold start.
    first = ask()
    answers = [ask() for _ in range(context.target.budgets.samples)]
    bad = [each for each in (first, *answers) if each.status != 200]
    if bad:
        return failed(f"{bad[0]}, so there is nothing to measure")
    seconds = [each.seconds for each in answers]
    shown = f"median {percentile(seconds, 0.5) * 1000:.0f} ms, p95 {percentile(seconds, 0.95) * 1000:.0f} ms"
    problems = [
        f"{shown}: {name} is over its budget of {budget * 1000:.0f} ms"
        for name, value, budget in (
            ("the median", percentile(seconds, 0.5), median),
            ("p95", percentile(seconds, 0.95), p95),
        )
        if value > budget
    ]
    return verdict(problems, otherwise=f"{shown} of {len(seconds)} requests")


@check(
    id="performance.page",
    title="The front page is fast",
    guide=LINE,
    severity=Severity.MEDIUM,
    runs_in=WITH_CANDIDATE,
    deadline=40,
    why="Cold starts, a page that is rendered anew each time, or a slow origin.",
    next_step="look at the dashboard's latency; let public pages be cached",
)
def page(context: Context) -> Finding:
    """Median and p95 of a few requests to the front page."""
    budgets = context.target.budgets
    path = context.target.pages[0]
    return _measure(context, lambda: context.get(path, follow=5), budgets.page_median, budgets.page_p95)


@check(
    id="performance.auth",
    title="Token validation is fast",
    guide="Monitoring & Alerts > Alert on slow responses (>500ms)",
    severity=Severity.MEDIUM,
    needs={Need.SMOKE_USER},
    runs_in=WITH_CANDIDATE,
    deadline=40,
    why="Every validation asks Clerk: the keys are not cached and CLERK_JWT_KEY is not set.",
    next_step="compare validation_ms with duration_ms in the log's auth.me lines",
)
def auth(context: Context) -> Finding:
    """Median and p95 of a few requests to /api/auth/me with a token."""
    budgets = context.target.budgets
    headers = bearer(session(context).access)
    return _measure(context, lambda: context.get(ME, headers=headers), budgets.auth_median, budgets.auth_p95)


@check(
    id="performance.bundle",
    title="The front page's scripts are small enough",
    guide="Deployment Checklist > Bundle size is acceptable",
    severity=Severity.LOW,
    runs_in=LIVE,
    why="A server library or a whole icon set got into the client's bundle.",
    next_step="`npx next build` lists the sizes; the app's build has a budget of its own",
)
def bundle(context: Context) -> Finding:
    """Bytes of the front page's scripts as they travel, against the budget."""
    urls = [url for url in asset_urls(html_page(context)) if ".js" in url]
    total = sum(context.client.get(url, headers=ASK_COMPRESSED).wire_bytes for url in urls)
    budget = context.target.budgets.script_bytes
    shown = f"{len(urls)} scripts, {total / 1000:.0f} kB as they travel"
    return failed(f"{shown}, over {budget / 1000:.0f} kB") if total > budget else passed(shown)
