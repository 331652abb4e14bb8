"""Fakes of the clients that the release package is handed."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

STORE = "arn:aws:cloudfront::123456789012:key-value-store/example"


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "Operation")


@dataclass
class FakeStore:
    """A KeyValueStore with its rule: a write must name the version that it replaces."""

    value: str | None = None
    version: int = 1
    before_write: Callable[["FakeStore"], None] = lambda store: None
    writes: list[str] = field(default_factory=list)

    def describe_key_value_store(self, *, KvsARN: str) -> dict[str, Any]:  # noqa: N803 boto3's names
        return {"ETag": f"V{self.version}"}

    def get_key(self, *, KvsARN: str, Key: str) -> dict[str, Any]:  # noqa: N803
        if self.value is None:
            raise client_error("ResourceNotFoundException")
        return {"Value": self.value}

    def update_keys(self, *, KvsARN: str, IfMatch: str, Puts: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        self.before_write(self)
        if IfMatch != f"V{self.version}":
            raise client_error("ConflictException")
        self.value = Puts[0]["Value"]
        self.version += 1
        self.writes.append(self.value)
        return {"ETag": f"V{self.version}"}


@dataclass
class FakeAnswer:
    status: int
    data: bytes = b"{}"


@dataclass
class FakeHttp:
    """Answers by a function of method, address and options; remembers what was asked."""

    answer: Callable[[str, str, dict[str, Any]], FakeAnswer]
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def request(self, method: str, url: str, **options: Any) -> FakeAnswer:
        self.asked.append((method, url, options))
        return self.answer(method, url, options)


@dataclass
class FakeAmplify:
    """Jobs that go through the given statuses, one a look."""

    statuses: list[str]
    steps: list[dict[str, Any]] = field(default_factory=list)
    started: list[dict[str, str]] = field(default_factory=list)

    def start_job(self, **arguments: str) -> dict[str, Any]:
        self.started.append(arguments)
        return {"jobSummary": {"jobId": "0000000007", "status": "PENDING"}}

    def get_job(self, **arguments: str) -> dict[str, Any]:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return {"job": {"summary": {"status": status}, "steps": self.steps}}

    def get_app(self, **arguments: str) -> dict[str, Any]:
        return {"app": {"defaultDomain": "d1.amplifyapp.com"}}


@dataclass
class FakeClock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def health_answer(
    *, slot: str, commit: str, job: str = "0000000007", status: str = "ok", **checks: str
) -> FakeAnswer:
    document = {
        "status": status,
        "commit": commit,
        "job": job,
        "slot": slot,
        "revision": "0123456789abcdef",
        "checks": checks or {"secret": "ok"},
    }
    return FakeAnswer(200 if status == "ok" else 503, json.dumps(document).encode())
