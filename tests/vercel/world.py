"""Vercel in memory: the stand-in's API and what its deployments answer, on a clock that tests turn."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import httpx

from clerk_deploy.names import Names
from clerk_deploy.release.ledger.records import Step
from clerk_deploy.settings import EnvironmentSettings, parse_settings
from clerk_deploy.vercel.operations import VercelOperations, vercel_operations
from rehearsal.vercel.api import create_app
from rehearsal.vercel.state import Made, Site, Variable, Vercel

TOKEN = "vercel-token-of-the-tests-0123456789"
BYPASS = "bypassbypassbypassbypassbypass00"
TEAM = "team_a1b2c3d4e5f6"
REVISION = "ab" * 32
ONE, TWO, BAD = "1" * 40, "2" * 40, "bad0" * 10
DOMAIN = "yourapp.com"


def settings(**release: Any) -> EnvironmentSettings:
    environment = {
        "host": "vercel",
        "domain": DOMAIN,
        "repository": "https://github.com/your-org/yourapp",
        "vercel": {"team": TEAM},
        "release": {"bakeMinutes": 2, **release},
    }
    context = {"application": "yourapp", "environments": {"production": environment}}
    return parse_settings(context).environments["production"]


@dataclass
class Reply:
    status: int
    data: bytes


@dataclass(kw_only=True)
class World:
    """Everything between the operations and the outside."""

    now: float = 1_800_000_000.0
    commits: set[str] = field(default_factory=lambda: {ONE, TWO, BAD})
    sick: set[str] = field(default_factory=set)
    sick_on_domain: set[str] = field(default_factory=set)
    without_pages: set[str] = field(default_factory=set)
    astray: str = ""
    bakes: Callable[[Made], dict[str, str]] = lambda made: {}
    builds: Callable[["World", Made], None] = lambda world, made: world.vercel.ready(made, port=1)
    down: bool = False
    on_sleep: list[Callable[[], None]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.vercel = Vercel(
            clock=lambda: self.now,
            build=lambda made: self.builds(self, made),
            knows_commit=lambda _, commit: commit in self.commits,
        )
        self.vercel.tokens[TOKEN] = frozenset({TEAM})
        revision = Variable(
            id="env_1", key="RELEASE_REVISION", value=REVISION, kind="encrypted", targets=("production",)
        )
        self.site = self.vercel.add_site(
            Site(
                id="prj_1",
                name="yourapp-production",
                team=TEAM,
                repository="your-org/yourapp",
                domains={DOMAIN: True, f"www.{DOMAIN}": True},
                variables={"RELEASE_REVISION": revision},
            )
        )
        transport = httpx.ASGITransport(app=create_app(self.vercel))
        self.api = httpx.AsyncClient(transport=transport, base_url="https://api.vercel.com")
        self.runner = asyncio.Runner()

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for hook in list(self.on_sleep):
            hook()

    def request(self, method: str, url: str, **options: Any) -> Reply:
        parts = urlsplit(url)
        host = parts.hostname or ""
        headers = options.get("headers", {})
        self.sent.append(
            {"method": method, "url": url, "headers": headers, "redirect": options.get("redirect")}
        )
        if host == "api.vercel.com":
            if self.down:
                raise ConnectionError(f"no route for {headers}")
            answer = self.runner.run(
                self.api.request(
                    method, f"{parts.path}?{parts.query}", headers=headers, content=options.get("body")
                )
            )
            return Reply(answer.status_code, answer.content)
        return self._served(host, parts.path, headers.get("x-vercel-protection-bypass", ""))

    def _served(self, host: str, path: str, bypass: str) -> Reply:
        if not self.vercel.is_open(host, bypass):
            return Reply(401, b"<!doctype html>Authentication Required")
        made = self.vercel.serving(host)
        if made is None or host == self.astray:
            return Reply(404, b"404: NOT_FOUND")
        if path != "/api/health":
            return Reply(500 if made.commit in self.without_pages else 200, b"<!doctype html>")
        bad = made.commit in self.sick or (host == DOMAIN and made.commit in self.sick_on_domain)
        document = {
            "status": "fail" if bad else "ok",
            "commit": made.commit,
            "job": made.id,
            "slot": "vercel",
            "revision": self.site.variables["RELEASE_REVISION"].value,
            "checks": {"secret": "secret-missing" if bad else "ok"},
            **self.bakes(made),
        }
        return Reply(503 if bad else 200, json.dumps(document).encode())

    def operations(self, *, token: str = TOKEN, bypass: str = "", **release: Any) -> VercelOperations:
        return vercel_operations(
            names=Names(application="yourapp", environment="production"),
            settings=settings(**release),
            environ={"VERCEL_API_TOKEN": token, "VERCEL_AUTOMATION_BYPASS_SECRET": bypass, "USER": "ada"},
            http=self,
            clock=self.clock,
            wall_clock=self.clock,
            sleep=self.sleep,
            tell=self.steps.append,
        )

    def in_team(self, team: str | None) -> VercelOperations:
        operations = self.operations()
        client = replace(operations.host.client, team=team)
        return replace(operations, host=replace(operations.host, client=client))

    @property
    def live(self) -> str:
        """The commit that users get."""
        made = self.vercel.serving(DOMAIN)
        return made.commit if made else ""

    def calls(self, name: str) -> int:
        return self.vercel.calls.count(name)

    def step_names(self) -> list[str]:
        return [step.name for step in self.steps]
