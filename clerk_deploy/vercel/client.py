"""The calls of Vercel's REST API that a release needs. The provider for Pulumi has none of them.

Source: vercel.com/docs/rest-api. Nothing here was called on the live API.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from clerk_deploy.errors import UnreachableError, UnusableInputError
from clerk_deploy.http import Answer, Http
from clerk_deploy.secret_value import SecretValue
from clerk_deploy.vercel.errors import OutcomeUnknownError, refusal
from clerk_deploy.vercel.records import Deployment, Domain, EnvironmentVariable, Project

API: Final = "https://api.vercel.com"
TOKEN_VARIABLES: Final = ("VERCEL_API_TOKEN", "VERCEL_TOKEN")
"""Where the token is looked for: the Pulumi provider's name first, then the Vercel CLI's."""

LISTED: Final = 50
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 8.0


def read_token(environ: Mapping[str, str]) -> SecretValue:
    """The token of the environment.

    Raises:
        UnusableInputError: There is none.
    """
    found = next((environ[name].strip() for name in TOKEN_VARIABLES if environ.get(name, "").strip()), "")
    if not found:
        raise UnusableInputError(
            f"There is no Vercel token: {' and '.join(TOKEN_VARIABLES)} are empty.",
            next_step="make one at vercel.com/account/tokens for the team, and export VERCEL_API_TOKEN",
        )
    return SecretValue(found)


@dataclass(frozen=True, kw_only=True)
class VercelClient:
    """Vercel's API for one team.

    Args:
        http: urllib3's pool manager, with time limits.
        token: The token; sent in a header alone.
        team: Team id; None for the token's own account.
        clock: Tells the time in seconds.
        wall_clock: Tells the time in seconds since the epoch: rate limits end at one.
        sleep: Waits a number of seconds.
        patience: Seconds after which a call is given up, waits included.
        api: Address of the API.
    """

    http: Http
    token: SecretValue = field(repr=False)
    team: str | None
    clock: Callable[[], float]
    wall_clock: Callable[[], float]
    sleep: Callable[[float], None]
    patience: float = 90.0
    api: str = API

    def project(self, name: str) -> Project:
        """A project by id or name."""
        return Project.read(self._ask("GET", f"/v9/projects/{quote(name)}", what=f"show project {name}"))

    def domain(self, project: str, name: str) -> Domain:
        """A domain of a project."""
        path = f"/v9/projects/{quote(project)}/domains/{quote(name)}"
        return Domain.read(self._ask("GET", path, what=f"show domain {name}"))

    def deployment(self, name: str) -> Deployment:
        """A deployment by id."""
        return Deployment.read(
            self._ask("GET", f"/v13/deployments/{quote(name)}", what=f"show deployment {name}")
        )

    def deployments(
        self, project: str, *, commit: str = "", rollback_candidate: bool = False
    ) -> list[Deployment]:
        """Production deployments of a project, the newest first.

        Args:
            project: The project's id.
            commit: Only those of this full commit id.
            rollback_candidate: Only those that Vercel would roll back to.
        """
        query = {"projectId": project, "target": "production", "limit": str(LISTED)}
        if commit:
            query["sha"] = commit
        if rollback_candidate:
            query["rollbackCandidate"] = "true"
        found = self._ask("GET", "/v7/deployments", query=query, what="list deployments")
        listed = [Deployment.read(each) for each in found.get("deployments", ())]
        return sorted(listed, key=lambda each: each.created, reverse=True)

    def create_deployment(
        self, *, project: str, owner: str, repository: str, ref: str, commit: str, meta: Mapping[str, str]
    ) -> Deployment:
        """Build a commit for production. It stays staged where domains are not assigned by themselves.

        Args:
            project: The project's name.
            owner: Owner of the GitHub repository.
            repository: Its name.
            ref: The branch.
            commit: Full commit id.
            meta: What to write down with it.

        Raises:
            OutcomeUnknownError: It may have been created.
        """
        body = {
            "name": project,
            "project": project,
            "target": "production",
            "gitSource": {"type": "github", "org": owner, "repo": repository, "ref": ref, "sha": commit},
            "meta": dict(meta),
        }
        return Deployment.read(
            self._ask("POST", "/v13/deployments", body=body, what=f"build commit {commit[:12]}")
        )

    def promote(self, project: str, deployment: str) -> bool:
        """Give the project's domains to a deployment that was built for production; nothing is built.

        Returns:
            False when it was queued behind a rolling release.

        Raises:
            OutcomeUnknownError: It may have been accepted.
        """
        path = f"/v10/projects/{quote(project)}/promote/{quote(deployment)}"
        status, _ = self._send("POST", path, body={}, what=f"promote {deployment}")
        return status != 202

    def roll_back(self, project: str, deployment: str) -> None:
        """Give the project's domains back to a deployment that had them; nothing is built.

        Raises:
            OutcomeUnknownError: It may have been accepted.
        """
        path = f"/v1/projects/{quote(project)}/rollback/{quote(deployment)}"
        self._send("POST", path, what=f"roll back to {deployment}")

    def variables(self, project: str) -> list[EnvironmentVariable]:
        """The project's variables; sensitive ones come without their value."""
        found = self._ask("GET", f"/v10/projects/{quote(project)}/env", what="list variables")
        return [EnvironmentVariable.read(each) for each in found.get("envs", ())]

    def _ask(
        self,
        method: str,
        path: str,
        *,
        what: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        status, document = self._send(method, path, what=what, query=query, body=body)
        if not isinstance(document, dict):
            raise UnreachableError(
                f"Vercel answered {status} when asked to {what}, and with no JSON object.",
                next_step="look at vercel-status.com; a proxy in between may have answered instead",
            )
        return document

    def _send(
        self,
        method: str,
        path: str,
        *,
        what: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> tuple[int, Any]:
        deadline, pause = self.clock() + self.patience, FIRST_PAUSE
        url = self._url(path, query)
        while True:
            answer, trouble = self._once(method, url, body)
            status = answer.status if answer else 0
            document = _json(answer.data) if answer else None
            if 200 <= status < 300:
                return status, document
            if status == 429:
                self._wait_for_limit(document, what=what, deadline=deadline)
                continue
            if answer and status < 500:
                error = _error(document)
                raise refusal(
                    what=what,
                    status=status,
                    code=str(error.get("code") or ""),
                    message=str(error.get("message") or ""),
                )
            last = trouble or f"{status}"
            if method != "GET":
                raise OutcomeUnknownError(
                    f"Vercel was asked to {what} and gave no answer ({last}): it may have done it.",
                    next_step="look before asking again: clerk-deploy status",
                )
            if self.clock() + pause > deadline:
                raise UnreachableError(
                    f"Vercel did not {what} within {self.patience:.0f} s; its last answer: {last}.",
                    next_step="look at vercel-status.com; the site goes on serving what is live",
                )
            self.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _once(self, method: str, url: str, body: Mapping[str, Any] | None) -> tuple[Answer | None, str]:
        headers = {
            "Authorization": f"Bearer {self.token.reveal()}",
            "Accept": "application/json",
            "User-Agent": "clerk-deploy",
        }
        options: dict[str, Any] = {"headers": headers, "redirect": False}
        if body is not None:
            headers["Content-Type"] = "application/json"
            options["body"] = json.dumps(body).encode()
        try:
            return self.http.request(method, url, **options), ""
        except Exception as error:  # urllib3's errors; their text may repeat the request's headers
            return None, type(error).__name__

    def _url(self, path: str, query: Mapping[str, str] | None) -> str:
        words = {**(query or {}), **({"teamId": self.team} if self.team else {})}
        return f"{self.api}{path}{f'?{urlencode(words)}' if words else ''}"

    def _wait_for_limit(self, document: Any, *, what: str, deadline: float) -> None:
        """Wait until the rate limit ends, if that is before the deadline."""
        limit = _error(document).get("limit")
        reset = limit.get("reset") if isinstance(limit, dict) else None
        wait = max(1.0, float(reset) - self.wall_clock()) if isinstance(reset, int | float) else 10.0
        if self.clock() + wait > deadline:
            at = datetime.fromtimestamp(self.wall_clock() + wait, tz=UTC)
            raise UnreachableError(
                f"Vercel limits requests and did not {what} (429, until {at:%H:%M:%S} UTC).",
                next_step=f"ask again after {at:%H:%M:%S} UTC; see who else uses the token's account so much",
            )
        self.sleep(wait)


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _error(document: Any) -> Mapping[str, Any]:
    error = document.get("error") if isinstance(document, dict) else None
    return error if isinstance(error, dict) else {}
