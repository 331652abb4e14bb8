"""What Amplify remembers: apps, their branches, and the jobs of each branch."""

import itertools
import threading
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """JobStatus of the Amplify API."""

    PENDING = "PENDING"
    PROVISIONING = "PROVISIONING"
    RUNNING = "RUNNING"
    SUCCEED = "SUCCEED"
    FAILED = "FAILED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"

    @property
    def finished(self) -> bool:
        """Whether nothing happens to the job any more."""
        return self in (Status.SUCCEED, Status.FAILED, Status.CANCELLED)


@dataclass
class Step:
    """One step of a job: BUILD, DEPLOY or VERIFY."""

    name: str
    status: Status = Status.PENDING
    start: float = field(default_factory=time.time)
    end: float | None = None
    reason: str = ""


@dataclass
class Job:
    """One run of a branch's build."""

    id: str
    branch: "Branch"
    kind: str
    commit_id: str
    commit_message: str = ""
    commit_time: float = field(default_factory=time.time)
    status: Status = Status.PENDING
    start: float = field(default_factory=time.time)
    end: float | None = None
    steps: list[Step] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    deleted: bool = False

    @property
    def name(self) -> str:
        """`app/branch/job`, unique in the account."""
        return f"{self.branch.app.id}/{self.branch.name}/{self.id}"


@dataclass
class Branch:
    """A branch, with the variables that CloudFormation resolved."""

    app: "App"
    name: str
    properties: dict[str, Any]
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    jobs: list[Job] = field(default_factory=list)

    @property
    def variables(self) -> dict[str, str]:
        """The app's variables with the branch's own over them."""
        return {**variables_of(self.app.properties), **variables_of(self.properties)}

    @property
    def domain(self) -> str:
        """The branch's default domain."""
        return f"{self.name}.{self.app.domain}"

    @property
    def running(self) -> Job | None:
        """The job that is not finished, if any."""
        return next((job for job in self.jobs if not job.status.finished), None)


@dataclass
class App:
    """An Amplify app."""

    id: str
    account: str
    region: str
    properties: dict[str, Any]
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    branches: dict[str, Branch] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The app's ARN."""
        return f"arn:aws:amplify:{self.region}:{self.account}:apps/{self.id}"

    @property
    def domain(self) -> str:
        """The app's default domain."""
        return f"{self.id}.amplifyapp.com"


@dataclass
class Apps:
    """All apps of the embedded AWS, with a lock for changes."""

    by_id: dict[str, App] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def add(self, *, account: str, region: str, properties: dict[str, Any]) -> App:
        """A new app with an id of Amplify's shape."""
        app = App(id=f"d{next(self._numbers):013x}", account=account, region=region, properties=properties)
        self.by_id[app.id] = app
        return app


def variables_of(properties: dict[str, Any]) -> dict[str, str]:
    """EnvironmentVariables of a CloudFormation resource as a mapping."""
    return {entry["Name"]: str(entry["Value"]) for entry in properties.get("EnvironmentVariables", [])}
