"""What a release says of itself at /api/health: which commit, which slot, and whether it can do its work."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from clerk_deploy.authentication import BACKEND, CLIENT_SIDE
from clerk_deploy.errors import CheckFailedError, UnreachableError
from clerk_deploy.http import Http

PATH = "/api/health"


@dataclass(frozen=True, kw_only=True)
class Health:
    """An answer of /api/health.

    Args:
        healthy: The app can do its work.
        commit: Full id of the commit that was built.
        job: Amplify's job.
        slot: The slot that it was built for.
        revision: The revision of the variables that it was built with.
        checks: What was checked, each `ok` or a reason.
        authentication: Who signs users in.
    """

    healthy: bool
    commit: str
    job: str
    slot: str
    revision: str
    checks: Mapping[str, str] = field(default_factory=dict)
    authentication: str = BACKEND

    @property
    def is_fallback(self) -> bool:
        """Whether it is the app with Clerk's own components."""
        return self.authentication == CLIENT_SIDE

    @property
    def release(self) -> str:
        """The release's short name: commit and revision."""
        return f"{self.commit[:12]}-{self.revision[:8]}"


def ask_health(http: Http, site: str, *, headers: Mapping[str, str]) -> Health:
    """Ask a site for its health.

    Args:
        http: urllib3's pool manager, with time limits.
        site: https://HOST.
        headers: Headers that choose the slot, or none for what is live.

    Raises:
        UnreachableError: No answer, or one that is no health answer.
    """
    try:
        answer = http.request("GET", site + PATH, headers=dict(headers), redirect=False)
    except Exception as error:  # urllib3's errors; their text may repeat the request's headers
        raise UnreachableError(
            f"{site}{PATH} did not answer: {type(error).__name__}",
            next_step="see whether the name resolves and the distribution is deployed",
        ) from None
    try:
        document = json.loads(answer.data)
        return Health(
            healthy=answer.status == 200 and document["status"] == "ok",
            commit=str(document["commit"]),
            job=str(document["job"]),
            slot=str(document["slot"]),
            revision=str(document["revision"]),
            checks={str(name): str(result) for name, result in document["checks"].items()},
            authentication=str(document.get("authentication", BACKEND)),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UnreachableError(
            f"{site}{PATH} answered {answer.status} with something that is no health answer.",
            next_step="the app needs a health route like web/app/api/health; see the log of the slot",
        ) from None


def expect_release(health: Health, *, commit: str, slot: str, job: str) -> None:
    """Check that a healthy answer comes from the build that was made.

    Raises:
        CheckFailedError: Another commit, slot or job answered, or the app says that it is not well.
    """
    if (health.commit, health.slot, health.job.lstrip("0")) != (commit, slot, job.lstrip("0")):
        raise CheckFailedError(
            f"{slot} serves commit {health.commit[:12]} of job {health.job} ({health.slot}), "
            f"not {commit[:12]} of job {job}.",
            next_step="somebody moved the slot's branch while it was built: release again",
        )
    if not health.healthy:
        bad = ", ".join(f"{name}: {result}" for name, result in health.checks.items() if result != "ok")
        raise CheckFailedError(
            f"{slot} is not well: {bad or 'no reason given'}",
            next_step="push the missing secret (clerk-deploy environment push) or see the slot's log",
        )
