"""`clerk-deploy logs` on a log group in the embedded AWS."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from clerk_deploy.cli.logs import readable
from clerk_deploy.monitoring.log_reader import LogReader, Wanted
from tests.clerk_deploy.cli.conftest import ACCOUNT, ENVIRONMENT, Desk

GROUP = "/aws/amplify/d0"
Aws = Callable[[str], Any]


def line(**fields: Any) -> str:
    given = {"event": "auth.me", "status": 200, "reason": "ok", "slot": "slot-a", "synthetic": False}
    return json.dumps({**given, **fields})


@pytest.fixture
def written(aws: Aws, desk: Desk) -> Callable[..., None]:
    """Writes lines into the log group that a Hosting stack names."""
    logs, group = aws("logs"), f"/aws/amplify/{desk.names.application}"
    template = {
        "Resources": {"Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": group}}},
        "Outputs": {"LogGroup": {"Value": {"Ref": "Log"}}},
    }
    cloudformation = aws("cloudformation")
    cloudformation.create_stack(StackName=desk.names.stack("Hosting"), TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=desk.names.stack("Hosting"), WaiterConfig={"Delay": 0.1, "MaxAttempts": 100}
    )
    logs.create_log_stream(logGroupName=group, logStreamName="s")

    def write(*lines: str, ago: float = 0) -> None:
        at = int((time.time() - ago) * 1000)
        events = [{"timestamp": at + index, "message": text} for index, text in enumerate(lines)]
        logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)

    return write


def read(desk: Desk, *options: str) -> list[str]:
    found = desk.run("logs", "--json", *options)
    assert found.exit_code == 0, found.output
    return found.stdout.splitlines()


def test_lines_of_the_last_minutes_are_shown_as_they_were_written(
    desk: Desk, written: Callable[..., None]
) -> None:
    written(line(reason="long-ago"), ago=3_600)
    written(line(), "START RequestId: 1")
    assert read(desk) == [line(), "START RequestId: 1"]
    assert read(desk, "--since", "2h") == [line(reason="long-ago"), line(), "START RequestId: 1"]


@pytest.mark.parametrize(
    ("options", "reasons"),
    [
        (("--slot", "slot-b"), ["in-b"]),
        (("--event", "auth.signin"), ["incorrect-password"]),
        (("--reason", "token-expired"), ["token-expired"]),
        (("--failures",), ["incorrect-password", "token-expired"]),
        (("--failures", "--event", "auth.me"), ["token-expired"]),
        (("--users",), ["in-b", "incorrect-password"]),
        (("--filter", "incorrect"), ["incorrect-password"]),
        (("--filter", "nothing-has-this"), []),
    ],
)
def test_lines_are_chosen(
    desk: Desk, written: Callable[..., None], options: tuple[str, ...], reasons: list[str]
) -> None:
    written(
        line(slot="slot-b", reason="in-b"),
        line(event="auth.signin", status=401, reason="incorrect-password"),
        line(status=401, reason="token-expired", synthetic=True),
        "START RequestId: 1",
    )
    assert [json.loads(found)["reason"] for found in read(desk, *options)] == reasons


def test_people_get_what_matters_of_a_line() -> None:
    assert readable(line(time="12:00", duration_ms=3, synthetic=True)) == (
        "12:00  slot-a  auth.me  200  ok  3  (verification)"
    )
    for other in ("START RequestId: 1", "[1]", "{}", '{"event"'):
        assert readable(other) == other


class Group:
    """A log group to follow: each look finds what was written by then."""

    def __init__(self, *looks: list[tuple[int, str]]) -> None:
        self.looks = list(looks)
        self.starts: list[int] = []

    def get_paginator(self, _operation: str) -> "Group":
        return self

    def paginate(self, *, startTime: int, **_: Any) -> list[dict[str, Any]]:  # noqa: N803
        self.starts.append(startTime)
        if not self.looks:
            raise KeyboardInterrupt
        events = [
            {"eventId": text, "timestamp": at, "message": text}
            for at, text in self.looks.pop(0)
            if at >= startTime
        ]
        return [{"events": events}]


def test_following_shows_each_line_once_late_ones_too() -> None:
    group = Group(
        [(100_000, "a"), (101_000, "b")],
        [(100_000, "a"), (101_000, "b"), (99_000, "late"), (130_000, "c")],
        [(130_000, "c"), (131_000, "d")],
    )
    reader = LogReader(client=group, group="g", now=lambda: 0.0, sleep=lambda _: None)
    seen: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        for found in reader.lines(Wanted(), since=90.0, follow=True):
            seen.append(found)
    assert seen == ["a", "b", "late", "c", "d"]
    assert group.starts == [90_000, 91_000, 120_000, 121_000]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--since", "soon"), "--since 90s"),
        (("--event", "auth.magic"), "auth.signin"),
        (("--reason", "no-such"), "token-expired"),
    ],
)
def test_what_can_match_nothing_is_refused(desk: Desk, options: tuple[str, ...], word: str) -> None:
    found = desk.run("logs", *options)
    assert found.exit_code == 2
    assert word in found.stderr


def test_before_the_first_deployment_the_next_step_is_named(desk: Desk, aws: Aws) -> None:
    found = desk.run("logs")
    assert found.exit_code == 2
    assert "cdk deploy 'production/*'" in found.stderr


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"host": "vercel"}, "vercel logs yourapp.com"),
        ({"host": "containers"}, "docker service logs --follow"),
    ],
)
def test_other_hosts_keep_their_log_elsewhere(desk: Desk, changed: dict[str, str], word: str) -> None:
    environment = {key: value for key, value in {**ENVIRONMENT, **changed}.items() if value != ACCOUNT}
    desk.settings({"context": {"application": "yourapp", "environments": {"production": environment}}})
    found = desk.run("logs")
    assert found.exit_code == 2
    assert word in found.stderr
