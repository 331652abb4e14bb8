"""AWS, GitHub and the site as the release steps meet them, in memory and with faults on request."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from clerk_deploy.names import SLOTS, Names
from clerk_deploy.release.edge_state import EdgeState
from tests.clerk_deploy.release.fakes import FakeAnswer, FakeStore

APP = "d1example"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:yourapp-production-release"


class LambdaDied(BaseException):
    """The function's process is gone: nothing of its code runs any more."""


def throttled(operation: str = "Any") -> ClientError:
    return ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow"}}, operation)


def denied(operation: str = "Any") -> ClientError:
    return ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, operation)


def broken(operation: str = "Any") -> ClientError:
    return ClientError(
        {
            "Error": {"Code": "InternalServerError", "Message": "oops"},
            "ResponseMetadata": {"HTTPStatusCode": 500},
        },
        operation,
    )


def silent(_operation: str = "Any") -> Exception:
    return EndpointConnectionError(endpoint_url="https://example.amazonaws.com")


@dataclass
class Fault:
    """Something that goes wrong with a call, a number of times."""

    call: str
    error: Callable[[str], BaseException]
    times: int = 1
    after: bool = False
    skip: int = 0


class Faulty:
    """A client whose calls go wrong as the cloud's faults say; it counts what is called."""

    def __init__(self, client: Any, name: str, faults: list[Fault], calls: list[str]) -> None:
        self._client, self._name, self._faults, self._calls = client, name, faults, calls

    def __getattr__(self, method: str) -> Any:
        real = getattr(self._client, method)
        if not callable(real):
            return real
        call = f"{self._name}.{method}"

        def run(*positional: Any, **arguments: Any) -> Any:
            self._calls.append(call)
            fault = self._due(call)
            if fault and not fault.after:
                raise fault.error(call)
            answer = real(*positional, **arguments)
            if fault:
                raise fault.error(call)
            return answer

        return run

    def _due(self, call: str) -> Fault | None:
        for fault in self._faults:
            if fault.call in (call, f"{self._name}.*") and fault.times > 0:
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                return fault
        return None


@dataclass
class Job:
    id: str
    commit: str
    revision: str
    status: str = "PENDING"
    polls: int = 0


@dataclass
class Served:
    """What a slot's server answers."""

    commit: str
    revision: str
    job: str
    healthy: bool = True
    behaviour: str = "normal"
    """`normal`, `cold` (once), `hangs`, `loops` (redirects to itself), `html`."""


@dataclass
class Cloud:
    """Everything outside the release steps."""

    now: float = 2_000_000_000.0
    branches: dict[str, str] = field(default_factory=dict)
    commits: set[str] = field(default_factory=set)
    github_status: int = 200
    deployed: str = "11111111-aaaa"
    pushed: str = "11111111-aaaa"
    jobs: dict[str, list[Job]] = field(default_factory=lambda: {slot: [] for slot in SLOTS})
    served: dict[str, Served] = field(default_factory=dict)
    bad_commits: set[str] = field(default_factory=set)
    client_side: set[str] = field(default_factory=set)
    """Commits of the app with Clerk's own components."""
    builds: dict[str, str] = field(default_factory=dict)
    """By commit: `fails`, `hangs`, `queues`, `other` (bakes another commit), `unhealthy`."""
    lag: int = 0
    """Answers that still come from the slot before, after a switch."""
    seen_by_edge: str = ""
    alarms: dict[str, str] = field(default_factory=dict)
    alarms_missing: set[str] = field(default_factory=set)
    alarms_disabled: set[str] = field(default_factory=set)
    evidence: bool = True
    told: list[str] = field(default_factory=list)
    executions: dict[str, str] = field(default_factory=dict)
    started: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    store: FakeStore = field(default_factory=FakeStore)
    names: Names = field(default_factory=lambda: Names(application="yourapp", environment="production"))
    smoke: bool = True

    def edge(self) -> EdgeState:
        return EdgeState.from_json(self.store.value) if self.store.value else EdgeState()

    # Amplify
    def slot(self, branch: str) -> str:
        return branch.removeprefix(self.names.branch(""))

    def get_app(self, **_: Any) -> Any:
        return {"app": {"defaultDomain": f"{APP}.amplifyapp.com"}}

    def get_branch(self, *, branchName: str, **_: Any) -> Any:  # noqa: N803 boto3's names
        return {
            "branch": {"branchName": branchName, "environmentVariables": {"RELEASE_REVISION": self.deployed}}
        }

    def list_jobs(self, *, branchName: str, **_: Any) -> Any:  # noqa: N803
        newest = self.jobs[self.slot(branchName)][::-1][:1]
        return {"jobSummaries": [{"jobId": job.id, "status": job.status} for job in newest]}

    def start_job(self, *, branchName: str, **_: Any) -> Any:  # noqa: N803
        slot = self.slot(branchName)
        if any(job.status in ("PENDING", "RUNNING") for job in self.jobs[slot]):
            raise ClientError({"Error": {"Code": "LimitExceededException", "Message": ""}}, "StartJob")
        job = Job(
            id=f"{len(self.jobs[slot]) + 1:010d}",
            commit=self.branches[branchName],
            revision=self.deployed,
        )
        self.jobs[slot].append(job)
        self.served.pop(slot, None)
        return {"jobSummary": {"jobId": job.id, "status": job.status}}

    def get_job(self, *, branchName: str, jobId: str, **_: Any) -> Any:  # noqa: N803
        job = next(job for job in self.jobs[self.slot(branchName)] if job.id == jobId)
        job.polls += 1
        if job.status in ("PENDING", "RUNNING") and job.polls >= 2:
            self._advance(self.slot(branchName), job)
        steps = [{"status": "FAILED", "statusReason": "npm run build", "logUrl": "https://log.example"}]
        return {"job": {"summary": {"status": job.status}, "steps": steps if job.status == "FAILED" else []}}

    def _advance(self, slot: str, job: Job) -> None:
        how = self.builds.get(job.commit, "")
        if how in ("hangs", "queues"):
            job.status = "RUNNING" if how == "hangs" else "PENDING"
        elif how == "fails":
            job.status = "FAILED"
        else:
            job.status = "SUCCEED"
            commit = "f" * 40 if how == "other" else job.commit
            self.served[slot] = Served(commit, job.revision, job.id, healthy=how != "unhealthy")

    def stop_job(self, *, branchName: str, jobId: str, **_: Any) -> Any:  # noqa: N803
        job = next(job for job in self.jobs[self.slot(branchName)] if job.id == jobId)
        if job.status not in ("PENDING", "RUNNING"):
            raise ClientError({"Error": {"Code": "BadRequestException", "Message": ""}}, "StopJob")
        job.status = "CANCELLED"
        return {}

    # CloudWatch
    def describe_alarms(self, *, AlarmNames: list[str], **_: Any) -> Any:  # noqa: N803
        slots = {self.names.release_alarm(slot): slot for slot in SLOTS}
        return {
            "CompositeAlarms": [
                {
                    "AlarmName": name,
                    "StateValue": self.alarms.get(slots[name], "OK"),
                    "ActionsEnabled": slots[name] not in self.alarms_disabled,
                }
                for name in AlarmNames
                if slots[name] not in self.alarms_missing
            ],
            "MetricAlarms": [],
        }

    def get_metric_statistics(self, **_: Any) -> Any:
        return {"Datapoints": [{"Sum": 3.0}] if self.evidence else []}

    def put_metric_data(self, **_: Any) -> Any:
        return {}

    # SNS, SSM, Step Functions
    def publish(self, *, Subject: str, Message: str, **_: Any) -> Any:  # noqa: N803
        assert len(Subject) <= 100
        self.told.append(f"{Subject}\n{Message}")
        return {}

    def get_parameter(self, **_: Any) -> Any:
        return {"Parameter": {"Value": self.pushed}}

    def describe_execution(self, *, executionArn: str) -> Any:  # noqa: N803
        if executionArn not in self.executions:
            raise ClientError(
                {"Error": {"Code": "ExecutionDoesNotExist", "Message": ""}}, "DescribeExecution"
            )
        return {"status": self.executions[executionArn]}

    def start_execution(self, *, name: str, input: str, **_: Any) -> Any:  # noqa: A002
        arn = f"{MACHINE.replace(':stateMachine:', ':execution:')}:{name}"
        if arn in self.executions:
            raise ClientError({"Error": {"Code": "ExecutionAlreadyExists", "Message": ""}}, "StartExecution")
        self.executions[arn] = "RUNNING"
        self.started.append((arn, json.loads(input)))
        return {"executionArn": arn}

    def get_pipeline_execution(self, *, pipelineExecutionId: str, **_: Any) -> Any:  # noqa: N803
        kind = "ROLLBACK" if pipelineExecutionId.startswith("back") else "STANDARD"
        return {"pipelineExecution": {"executionType": kind}}

    # HTTP: GitHub and the site
    def request(self, method: str, url: str, **options: Any) -> FakeAnswer:
        return self._github(method, url, options) if "api.github.com" in url else self._site(url, options)

    def _github(self, method: str, url: str, options: dict[str, Any]) -> FakeAnswer:
        if self.github_status == 0:
            raise OSError("no route to host")
        if self.github_status != 200:
            return FakeAnswer(self.github_status, b"{}")
        path = url.split("/repos/your-org/yourapp/")[1]
        if path.startswith("commits/"):
            wanted = path.removeprefix("commits/")
            found = self.branches.get(wanted) or next((c for c in self.commits if c.startswith(wanted)), None)
            return FakeAnswer(200, json.dumps({"sha": found}).encode()) if found else FakeAnswer(422)
        name = path.rsplit("heads/", 1)[-1]
        if method != "GET":
            body = json.loads(options["body"])
            name = body.get("ref", name).rsplit("heads/", 1)[-1]
            if body["sha"] not in self.commits:
                return FakeAnswer(422, b"{}")
            self.branches[name] = body["sha"]
        return FakeAnswer(200, json.dumps({"object": {"sha": self.branches[name]}}).encode())

    def _site(self, url: str, options: dict[str, Any]) -> FakeAnswer:
        headers = options.get("headers", {})
        slot = headers.get("x-release-slot") or self._live()
        served = self.served.get(slot)
        if served is None:
            return FakeAnswer(503, b"unavailable")
        if served.behaviour == "cold":
            served.behaviour = "normal"
            return FakeAnswer(503, b"unavailable")
        if served.behaviour == "hangs":
            self.now += 30
            raise TimeoutError("read timed out")
        if served.behaviour == "loops":
            return FakeAnswer(307, b"")
        if served.behaviour == "html":
            return FakeAnswer(200, b"<html>")
        told = {"authentication": "client-side"} if served.commit in self.client_side else {}
        return FakeAnswer(200 if served.healthy else 503, _health(slot, served, told))

    def _live(self) -> str:
        live = self.edge().live
        if self.seen_by_edge and self.seen_by_edge != live and self.lag > 0:
            self.lag -= 1
            return self.seen_by_edge
        self.seen_by_edge = live
        return live


def _health(slot: str, served: Served, told: dict[str, str]) -> bytes:
    return json.dumps(
        {
            **told,
            "status": "ok" if served.healthy else "fail",
            "commit": served.commit,
            "job": served.job,
            "slot": slot,
            "revision": served.revision,
            "checks": {"secret": "ok" if served.healthy else "secret-missing"},
        }
    ).encode()
