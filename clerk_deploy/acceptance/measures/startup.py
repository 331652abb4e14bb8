"""Whether the compute role's credentials are there when a server starts."""

import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final

from clerk_deploy.acceptance.findings import Finding, Question, Verdict, spread
from clerk_deploy.acceptance.site import Site
from clerk_deploy.errors import UnreachableError
from clerk_deploy.monitoring.filter_pattern import one_of, pattern
from clerk_deploy.release.health import PATH, ask_health

AT_ONCE: Final = 20
"""Requests at the same moment: Lambda answers them with as many servers, each of which starts cold."""
WAIT_SECONDS: Final = 20.0
TICK_SECONDS: Final = 2.0
EVENTS: Final = ("startup.secret", "secret.refresh")
COLD: Final = re.compile(r"Init Duration: ([\d.]+) ms")

QUESTION: Final = Question(
    key="credentials",
    text="Are the compute role's credentials there when a server starts (register() of instrumentation.ts)?",
    expected="every server reads its secret before its first request",
    how=f"{AT_ONCE} requests at once, so that servers start; their lines `startup.secret`, and Lambda's own",
)


def startup(site: Site, *, since: float) -> Finding:
    """Let servers start, and read what they said about their secret.

    Args:
        site: What was deployed.
        since: When the run began, in seconds since the epoch.
    """
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        list(pool.map(lambda _: _visit(site), range(AT_ONCE)))
    lines = _lines(site, since=since)
    starts = [line for line in lines if line["event"] == EVENTS[0]]
    cold = _cold_starts(site, since=since)
    values = {
        "starts": dict(Counter(line["reason"] for line in starts)),
        "errors": dict(Counter(line["error"] for line in lines if line.get("error"))),
        "seconds until the secret was read": spread([line["duration_ms"] / 1000 for line in starts]),
        "read later, after a failed start": sum(line["event"] == EVENTS[1] for line in lines),
        "Lambda's cold starts, seconds": {"n": len(cold), **spread(cold)},
        "the site's own health check of it": _health(site),
    }
    good = sum(line["reason"] == "ok" for line in starts)
    if not starts:
        return QUESTION.answer(Verdict.UNMEASURED, "no server wrote a line startup.secret", values=values)
    verdict = Verdict.EXPECTED if good == len(starts) else Verdict.DIFFERS
    return QUESTION.answer(
        verdict, f"{good} of {len(starts)} starts had them", number=len(starts), values=values
    )


def _visit(site: Site) -> None:
    with suppress(Exception):  # urllib3's errors: what counts is that servers start
        site.http.request("GET", f"{site.url}{PATH}", redirect=False)


def _health(site: Site) -> str:
    try:
        return ask_health(site.http, site.url, headers={}).checks.get("secret", "not told")
    except UnreachableError:
        return "no answer"


def _lines(site: Site, *, since: float) -> list[dict[str, Any]]:
    deadline = site.now() + WAIT_SECONDS
    while True:
        lines = [json.loads(text) for text in _messages(site, pattern(one_of("event", EVENTS)), since)]
        if any(line["event"] == EVENTS[0] for line in lines) or site.now() >= deadline:
            return lines
        site.sleep(TICK_SECONDS)


def _cold_starts(site: Site, *, since: float) -> list[float]:
    texts = _messages(site, '"Init Duration"', since)
    return [float(found[1]) / 1000 for text in texts if (found := COLD.search(text))]


def _messages(site: Site, wanted: str, since: float) -> list[str]:
    pages = site.client("logs").get_paginator("filter_log_events")
    asked = pages.paginate(logGroupName=site.log_group, startTime=int(since * 1000), filterPattern=wanted)
    return [str(event["message"]) for page in asked for event in page["events"]]
