"""`clerk-deploy release --fallback`: what is asked for, and what is told."""

from types import SimpleNamespace
from typing import Any

import pytest

from clerk_deploy.cli import release as commands
from clerk_deploy.cli.release_status import release_lines
from clerk_deploy.release.ledger.records import Operation, Placement, Request
from tests.clerk_deploy.cli.conftest import ENVIRONMENT, Desk

LIVE = Placement(release="dddddddddddd-11111111", commit="d" * 40, slot="slot-b", fallback=True)


class Asked:
    """Stands for the operator: remembers the request, and says that it went well."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def start(self, request: Request) -> str:
        self.requests.append(request)
        return "arn:execution"

    def watch(self, _execution: str) -> list[Any]:
        ended = Operation(number=1, request=self.requests[-1], target=LIVE, outcome="promoted")
        return [SimpleNamespace(operation=ended, steps=())]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    operator = Asked()
    monkeypatch.setattr(commands, "operator_of", lambda _: operator)
    return operator


def configured(desk: Desk, **release: str) -> Desk:
    desk.settings(
        {
            "context": {
                "application": desk.names.application,
                "environments": {"production": {**ENVIRONMENT, "release": release}},
            }
        }
    )
    return desk


def test_the_settings_ref_is_asked_for_as_the_fallback(desk: Desk, asked: Asked) -> None:
    told = configured(desk, fallback="client-side-clerk").run("release", "--fallback", "--reason", "Clerk")
    assert told.exit_code == 0, told.output
    (request,) = asked.requests
    assert (request.commit, request.fallback, request.reason) == ("client-side-clerk", True, "Clerk")
    assert "The fallback dddddddddddd-11111111 is live" in told.output


def test_an_ordinary_release_is_not_the_fallback(desk: Desk, asked: Asked) -> None:
    configured(desk, fallback="client-side-clerk").run("release", "main")
    assert [(request.commit, request.fallback) for request in asked.requests] == [("main", False)]


def test_without_the_setting_it_says_what_to_do(desk: Desk, asked: Asked) -> None:
    told = configured(desk).run("release", "--fallback")
    assert told.exit_code == 2
    assert "production has no fallback" in told.output
    assert "docs/fallback.md" in told.output
    assert asked.requests == []


def test_with_a_commit_it_is_refused(desk: Desk, asked: Asked) -> None:
    told = configured(desk, fallback="client-side-clerk").run("release", "main", "--fallback")
    assert told.exit_code == 2
    assert "--fallback takes no commit; main was named" in told.output
    assert asked.requests == []


@pytest.mark.parametrize("ref", ["", "-f", "a b", "a..b", "branch/", "x;y", "a.", "a~1"])
def test_a_ref_that_git_would_not_take_is_refused(ref: str, desk: Desk) -> None:
    told = configured(desk, fallback=ref).run("release", "--fallback")
    assert told.exit_code == 2
    assert "release.fallback" in told.output


def test_status_says_which_slot_holds_the_fallback() -> None:
    slots = {
        "slot-a": {"role": "previous", "state": "held", "release": "a-1", "fallback": False},
        "slot-b": {"role": "live", "state": "held", "release": "d-1", "fallback": True},
    }
    empty = dict.fromkeys(("alarm", "lock", "freeze", "last", "differs"))
    lines = dict(release_lines({"slots": slots, "token": "ends soon", **empty}))
    assert lines["slot-b"] == "live d-1 (the fallback: Clerk's own components)"
    assert lines["slot-a"] == "previous a-1"
