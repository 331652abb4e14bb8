"""The part of the Amplify API that deployments use."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from rehearsal.aws.amplify.jobs import Jobs, LimitError
from rehearsal.aws.amplify.state import App, Apps, Branch, Job
from rehearsal.aws.amplify.views import app_view, branch_view, job_view, summary_view

Answer = tuple[int, dict[str, str], bytes]
STATUS = {"NotFoundException": 404, "BadRequestException": 400, "LimitExceededException": 429}


class ApiError(Exception):
    """An error of the API, by its modelled name."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True, kw_only=True)
class AmplifyApi:
    """Answers requests in ministack's way.

    Args:
        apps: All apps.
        jobs: Starts and stops jobs.
        endpoint: The address under which logs can be read.
    """

    apps: Apps
    jobs: Jobs
    endpoint: str

    async def handle(self, method: str, path: str, _headers: Any, body: bytes, _query: Any) -> Answer:
        """One request; the signature is ministack's."""
        parts = [unquote(part) for part in path.strip("/").split("/")]
        try:
            return _json(200, self._route(method, parts, body))
        except ApiError as error:
            return _json(STATUS[error.name], {"message": str(error)}, error.name)

    def _route(self, method: str, parts: list[str], body: bytes) -> dict[str, Any]:
        match (method, *parts):
            case ("GET", "apps"):
                return {"apps": [app_view(app) for app in self.apps.by_id.values()]}
            case ("GET", "apps", app):
                return {"app": app_view(self._app(app))}
            case ("GET", "apps", app, "branches"):
                return {"branches": [branch_view(branch) for branch in self._app(app).branches.values()]}
            case ("GET", "apps", app, "branches", branch):
                return {"branch": branch_view(self._branch(app, branch))}
            case ("GET", "apps", app, "branches", branch, "jobs"):
                jobs = [job for job in self._branch(app, branch).jobs if not job.deleted]
                return {"jobSummaries": [summary_view(job) for job in reversed(jobs)]}
            case ("POST", "apps", app, "branches", branch, "jobs"):
                return {"jobSummary": summary_view(self._start(self._branch(app, branch), _object(body)))}
            case ("GET", "apps", app, "branches", branch, "jobs", job):
                return {"job": job_view(self._job(app, branch, job), endpoint=self.endpoint)}
            case ("DELETE", "apps", app, "branches", branch, "jobs", job, "stop"):
                found = self._job(app, branch, job)
                self.jobs.stop(found)
                return {"jobSummary": summary_view(found)}
            case ("DELETE", "apps", app, "branches", branch, "jobs", job):
                found = self._job(app, branch, job)
                if not found.status.finished:
                    raise ApiError("BadRequestException", f"The job {job} is running")
                found.deleted = True
                return {"jobSummary": summary_view(found)}
        raise ApiError("BadRequestException", "The embedded Amplify does not know this call")

    def _start(self, branch: Branch, request: dict[str, Any]) -> Job:
        kind = request.get("jobType")
        if kind not in ("RELEASE", "RETRY"):
            raise ApiError("BadRequestException", "jobType must be RELEASE or RETRY here")
        if not branch.app.properties.get("Repository"):
            raise ApiError("BadRequestException", "The app has no repository")
        if kind == "RETRY":
            if "jobId" not in request:
                raise ApiError("BadRequestException", "jobId is required when jobType is RETRY")
            self._job(branch.app.id, branch.name, request["jobId"])
        try:
            # Amplify ignores a commitId given here and reports HEAD (amplify-hosting#599, #751, #2100).
            return self.jobs.start(branch, kind=kind, commit_id="HEAD")
        except LimitError as error:
            raise ApiError("LimitExceededException", str(error)) from None

    def _app(self, name: str) -> App:
        if name not in self.apps.by_id:
            raise ApiError("NotFoundException", f"App {name} not found")
        return self.apps.by_id[name]

    def _branch(self, app: str, name: str) -> Branch:
        branches = self._app(app).branches
        if name not in branches:
            raise ApiError("NotFoundException", f"Branch {name} not found")
        return branches[name]

    def _job(self, app: str, branch: str, name: str) -> Job:
        for job in self._branch(app, branch).jobs:
            if job.id == name.zfill(10) and not job.deleted:
                return job
        raise ApiError("NotFoundException", f"Job {name} not found")


def _object(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        request = None
    if not isinstance(request, dict):
        raise ApiError("BadRequestException", "The request is no JSON object")
    return request


def _json(status: int, document: dict[str, Any], error: str | None = None) -> Answer:
    headers = {"Content-Type": "application/json"}
    if error:
        headers["x-amzn-ErrorType"] = error
    return status, headers, json.dumps(document).encode()
