"""Whether the application's lines arrive whole in its log group, and as datapoints of its metrics."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from clerk_deploy.acceptance.findings import Finding, Question, Verdict, spread
from clerk_deploy.acceptance.site import Site
from clerk_deploy.monitoring.log_contract import problems_of

REQUESTS: Final = 50
PATH: Final = "/api/clerk-deploy-acceptance"
"""An address that no application has: each request writes one line, `api.unknown`."""
EVENT: Final = '"event":"api.unknown"'
METRIC: Final = "ReleaseRequests"
"""Counts such lines by slot."""
LINES_SECONDS: Final = 180.0
DATAPOINTS_SECONDS: Final = 420.0
TICK_SECONDS: Final = 2.0

LINES: Final = Question(
    key="log-lines",
    text="Do the application's JSON lines arrive whole?",
    expected="every request's line, alone in its event and without a prefix",
    how=f"{REQUESTS} requests to {PATH}; the log group is read every {TICK_SECONDS:.0f} s",
)
DATAPOINTS: Final = Question(
    key="datapoints",
    text="Do the lines become datapoints of the metrics that alarms watch?",
    expected="as many as there were lines, within minutes",
    how=f"the sum of {METRIC} of the live slot, read every {TICK_SECONDS:.0f} s, for the same requests",
)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the log group holds of the requests.

    Args:
        whole: Delays of lines that are one JSON object by the contract, from their time to CloudWatch's.
        torn: Events that hold such a line and something else, or not the whole line.
        others: Events of the host's own, such as Lambda's START and REPORT.
    """

    whole: tuple[float, ...]
    torn: int
    others: int


def log_lines(site: Site) -> tuple[Finding, Finding]:
    """Send requests; see their lines and datapoints come."""
    slot, began = site.live_slot, site.now()
    sent = sum(_asked(site) for _ in range(REQUESTS))
    ended = site.now()
    if not sent:
        why = "the site answered none of the requests"
        return LINES.unmeasured(why), DATAPOINTS.unmeasured(why)
    return _lines(site, sent, began=began, ended=ended), _datapoints(
        site, slot, sent, began=began, ended=ended
    )


def _asked(site: Site) -> bool:
    try:
        return site.http.request("GET", f"{site.url}{PATH}", redirect=False).status == 404
    except Exception:  # urllib3's errors: a request without an answer may have no line
        return False


def _lines(site: Site, sent: int, *, began: float, ended: float) -> Finding:
    while True:
        found = sort_events(_events(site, since=began))
        waited = site.now() - ended
        if len(found.whole) >= sent or waited >= LINES_SECONDS:
            break
        site.sleep(TICK_SECONDS)
    values = {
        "requests": sent,
        "lines": len(found.whole),
        "torn or prefixed": found.torn,
        "other events": found.others,
        "seconds until all were there": round(waited, 1),
        "seconds from line to CloudWatch": spread(found.whole),
    }
    whole = len(found.whole) == sent and not found.torn
    summary = f"{len(found.whole)} of {sent} whole, {found.torn} torn, after {waited:.0f} s"
    return LINES.answer(Verdict.EXPECTED if whole else Verdict.DIFFERS, summary, number=sent, values=values)


def _events(site: Site, *, since: float) -> list[Mapping[str, Any]]:
    pages = site.client("logs").get_paginator("filter_log_events")
    # a server's clock may be some seconds behind this machine's
    asked = pages.paginate(logGroupName=site.log_group, startTime=int((since - 10) * 1000))
    return [event for page in asked for event in page["events"]]


def sort_events(events: Sequence[Mapping[str, Any]]) -> Found:
    """Tell whole lines from torn ones and from the host's own.

    Args:
        events: FilterLogEvents' events.
    """
    whole, torn, others = [], 0, 0
    for event in events:
        text = str(event["message"]).strip()
        count = text.replace('": "', '":"').count(EVENT)
        if not count:
            others += 1
        elif count == 1 and not problems_of(text):
            if not json.loads(text)["synthetic"]:
                whole.append(max(0.0, (event["ingestionTime"] - event["timestamp"]) / 1000))
        else:
            torn += count
    return Found(whole=tuple(whole), torn=torn, others=others)


def _datapoints(site: Site, slot: str, sent: int, *, began: float, ended: float) -> Finding:
    first = None
    while True:
        total = _sum(site, slot, since=began)
        waited = site.now() - ended
        first = waited if first is None and total > 0 else first
        if total >= sent or waited >= DATAPOINTS_SECONDS:
            break
        site.sleep(TICK_SECONDS)
    values = {
        "requests": sent,
        "sum": total,
        "seconds until the first": None if first is None else round(first, 1),
        "seconds until all": round(waited, 1) if total >= sent else None,
    }
    if first is None:
        return DATAPOINTS.answer(Verdict.DIFFERS, f"none within {waited:.0f} s", number=sent, values=values)
    verdict = Verdict.EXPECTED if total == sent else Verdict.DIFFERS
    return DATAPOINTS.answer(
        verdict, f"{total:.0f} of {sent}; the first after {first:.0f} s", number=sent, values=values
    )


def _sum(site: Site, slot: str, *, since: float) -> float:
    answer = site.client("cloudwatch").get_metric_statistics(
        Namespace=site.names.metric_namespace,
        MetricName=METRIC,
        Dimensions=[{"Name": "slot", "Value": slot}],
        StartTime=since - since % 60,
        EndTime=site.now() + 60,
        Period=60,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in answer["Datapoints"]))
