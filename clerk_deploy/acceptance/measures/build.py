"""Whether Amplify builds and serves this application's Next.js."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from clerk_deploy.acceptance.findings import Finding, Question, Verdict
from clerk_deploy.acceptance.site import Site
from clerk_deploy.http import Http
from clerk_deploy.release.ledger.records import PROMOTED, Operation

QUESTION: Final = Question(
    key="build",
    text="Does Amplify build and serve this application's Next.js?",
    expected="the release is built, answers as itself on the domain, and becomes live",
    how="two releases of one commit with two revisions of its variables; times by GetJob's steps",
)
NEXT: Final = re.compile(r"Next\.js v?(\d+\.\d[\w.-]*)")


def build(site: Site, operations: Sequence[Operation]) -> Finding:
    """What became of the releases.

    Args:
        site: What was deployed.
        operations: The releases as the ledger has them.
    """
    jobs = [_job(site, each) for each in operations if each.target.job]
    bad = next((each for each in operations if each.outcome != PROMOTED), None)
    version = next((job["next"] for job in jobs if job["next"]), "not told by the build's log")
    values = {"Next.js": version, "builds": [job["steps"] for job in jobs]}
    if bad is not None:
        summary = f"release {bad.number} was {bad.outcome}: {bad.reason}"
        return QUESTION.answer(Verdict.DIFFERS, summary, number=len(jobs), values=values)
    totals = ", ".join(f"{sum(job['steps'].values()):.0f} s" for job in jobs)
    return QUESTION.answer(
        Verdict.EXPECTED, f"Next.js {version}: built in {totals}, live", number=len(jobs), values=values
    )


def _job(site: Site, operation: Operation) -> dict[str, Any]:
    target = operation.target
    amplify = site.client("amplify")
    job = amplify.get_job(appId=site.app_id, branchName=site.names.branch(target.slot), jobId=target.job)[
        "job"
    ]
    steps = {
        str(step["stepName"]): round((step["endTime"] - step["startTime"]).total_seconds(), 1)
        for step in job["steps"]
        if step.get("endTime")
    }
    return {"steps": steps, "next": _version(site.http, job["steps"])}


def _version(http: Http, steps: Sequence[Mapping[str, Any]]) -> str:
    """What `next build` says of itself in the build's log; empty when it cannot be read."""
    for step in steps:
        if not step.get("logUrl"):
            continue
        try:
            text = http.request("GET", step["logUrl"]).data.decode("utf-8", "replace")
        except Exception:  # urllib3's errors: the version is a detail
            continue
        if found := NEXT.search(text):
            return found[1]
    return ""
