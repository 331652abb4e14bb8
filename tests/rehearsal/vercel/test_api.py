"""The stand-in for Vercel's API: its states, its refusals, and one moment for all names of a project."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from rehearsal.vercel.api import create_app
from rehearsal.vercel.state import Fault, Made, Site, Variable, Vercel

TEAM = "team_a1b2c3d4e5f6"
COMMIT = "1" * 40


class Caller:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.vercel = Vercel(
            clock=lambda: self.now,
            build=lambda made: self.vercel.ready(made, port=1),
            knows_commit=lambda _, commit: commit == COMMIT,
            move_seconds=1.0,
        )
        self.vercel.tokens["token"] = frozenset({TEAM})
        self.site = self.vercel.add_site(
            Site(id="prj_1", name="yourapp", team=TEAM, repository="your-org/yourapp")
        )
        self.site.domains = {"yourapp.com": True, "www.yourapp.com": True}
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=create_app(self.vercel)), base_url="https://api.vercel.com"
        )
        self.runner = asyncio.Runner()

    def ask(self, method: str, path: str, *, token: str = "token", team: str = TEAM, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.runner.run(
            self.client.request(method, path, params={"teamId": team}, headers=headers, **options)
        )

    def create(self, commit: str = COMMIT) -> Any:
        source = {"type": "github", "org": "your-org", "repo": "yourapp", "ref": "main", "sha": commit}
        body = {"name": "yourapp", "project": "yourapp", "target": "production", "gitSource": source}
        return self.ask("POST", "/v13/deployments", json=body)

    def staged(self) -> str:
        return str(self.create().json()["id"])

    def promote(self, deployment: str) -> Any:
        return self.ask("POST", f"/v10/projects/prj_1/promote/{deployment}", json={})

    def roll_back(self, deployment: str) -> Any:
        return self.ask("POST", f"/v1/projects/prj_1/rollback/{deployment}")

    def live(self, deployment: str) -> None:
        assert self.promote(deployment).status_code == 201
        self.now += 2
        assert self.serving() == deployment

    def serving(self, host: str = "yourapp.com") -> str:
        made = self.vercel.serving(host)
        return made.id if made else ""


@pytest.fixture
def caller() -> Iterator[Caller]:
    made = Caller()
    with made.runner:
        yield made


@pytest.mark.parametrize(
    ("token", "team", "status"), [("", TEAM, 401), ("other", TEAM, 403), ("token", "team_other", 403)]
)
def test_strangers_are_refused(caller: Caller, token: str, team: str, status: int) -> None:
    answer = caller.ask("GET", "/v9/projects/yourapp", token=token, team=team)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, "forbidden")


def test_new_deployment_is_staged_and_gets_no_domain(caller: Caller) -> None:
    name = caller.staged()
    shown = caller.ask("GET", f"/v13/deployments/{name}").json()
    assert (shown["readyState"], shown["readySubstate"], shown["gitSource"]["sha"]) == (
        "READY",
        "STAGED",
        COMMIT,
    )
    assert caller.serving() == ""
    assert caller.serving(shown["url"]) == name


def test_auto_assignment_gives_the_domain_to_a_new_build(caller: Caller) -> None:
    caller.site.auto_assign = True
    assert caller.serving() == "" != caller.staged() == caller.serving()


def test_unknown_commit_is_refused(caller: Caller) -> None:
    assert caller.create("2" * 40).status_code == 400


def test_promotion_moves_all_names_at_one_moment(caller: Caller) -> None:
    name = caller.staged()
    caller.promote(name)
    assert [caller.serving(host) for host in caller.site.domains] == ["", ""]
    moving = caller.ask("GET", "/v9/projects/prj_1").json()["lastAliasRequest"]
    assert (moving["toDeploymentId"], moving["jobStatus"], moving["type"]) == (name, "pending", "promote")
    caller.now += 2
    assert [caller.serving(host) for host in caller.site.domains] == [name, name]
    assert caller.ask("GET", "/v9/projects/prj_1").json()["lastAliasRequest"]["jobStatus"] == "succeeded"


def test_second_move_is_refused_while_one_is_at_work(caller: Caller) -> None:
    name = caller.staged()
    caller.promote(name)
    assert caller.promote(name).status_code == 409


def test_promotion_queues_behind_a_rolling_release(caller: Caller) -> None:
    name = caller.staged()
    caller.site.rolling = True
    assert caller.promote(name).status_code == 202
    caller.now += 100
    assert caller.serving() == ""
    caller.vercel.finish_rolling(caller.site)
    caller.now += 2
    assert caller.serving() == name


def test_rollback_takes_what_was_promoted_and_nothing_else(caller: Caller) -> None:
    first, second, staged = caller.staged(), caller.staged(), caller.staged()
    caller.live(first)
    caller.live(second)
    assert caller.roll_back(staged).status_code == 422
    assert caller.roll_back(first).status_code == 201
    caller.now += 2
    assert caller.serving() == first


def test_hobby_plan_goes_back_one_step(caller: Caller) -> None:
    first, second, third = caller.staged(), caller.staged(), caller.staged()
    for name in (first, second, third):
        caller.live(name)
    caller.site.hobby = True
    assert caller.roll_back(first).status_code == 402
    assert caller.roll_back(second).status_code == 201


def test_deleted_deployment_is_gone(caller: Caller) -> None:
    first, second = caller.staged(), caller.staged()
    caller.live(first)
    caller.live(second)
    made = caller.vercel.deployment(first)
    assert made is not None
    caller.vercel.delete(made)
    assert caller.roll_back(first).status_code == 410


def test_list_is_filtered_by_commit_and_candidacy(caller: Caller) -> None:
    first, second = caller.staged(), caller.staged()
    caller.live(first)
    caller.live(second)

    def listed(**query: str) -> list[str]:
        path = str(httpx.URL("/v7/deployments", params={"projectId": "prj_1", **query}))
        answer = caller.runner.run(
            caller.client.get(path + f"&teamId={TEAM}", headers={"Authorization": "Bearer token"})
        )
        return [each["uid"] for each in answer.json()["deployments"]]

    assert listed() == [second, first]
    assert listed(sha="2" * 40) == []
    assert listed(rollbackCandidate="true") == [first]


def test_unverified_domain_tells_its_record(caller: Caller) -> None:
    caller.site.domains["www.yourapp.com"] = False
    shown = caller.ask("GET", "/v9/projects/prj_1/domains/www.yourapp.com").json()
    assert shown["verified"] is False
    assert shown["verification"][0]["type"] == "TXT"
    assert caller.ask("GET", "/v9/projects/prj_1/domains/other.com").status_code == 404


def test_sensitive_variable_is_never_given_back(caller: Caller) -> None:
    caller.site.variables["CLERK_SECRET_KEY"] = Variable(
        id="env_1", key="CLERK_SECRET_KEY", value="hidden", kind="sensitive", targets=("production",)
    )
    answer = caller.ask("GET", "/v10/projects/prj_1/env")
    assert answer.json()["envs"][0]["key"] == "CLERK_SECRET_KEY"
    assert "hidden" not in answer.text


def test_fault_answers_once_and_before_or_after_the_effect(caller: Caller) -> None:
    caller.vercel.faults.append(Fault(call="create", status=429, code="rate_limited", limit_reset=1.0))
    refused = caller.create()
    assert (refused.status_code, refused.json()["error"]["limit"]["reset"]) == (429, 1)
    assert caller.vercel.deployments(caller.site) == []
    caller.vercel.faults.append(Fault(call="create", status=502, after_effect=True))
    assert caller.create().status_code == 502
    made: list[Made] = caller.vercel.deployments(caller.site)
    assert len(made) == 1
