"""The real app's own lines raise and clear the deployed alarms."""

import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from rich.console import Console

from clerk_deploy.names import Names
from clerk_deploy.settings import load_settings
from rehearsal.clients import aws_client
from rehearsal.commands import PROJECT
from rehearsal.stage import Stage, open_stage
from rehearsal.story import App, deploy
from rehearsal.timeline import Timeline

pytestmark = [pytest.mark.endtoend, pytest.mark.realapp, pytest.mark.xdist_group("endtoend")]

SECONDS = 90.0
RELEASE = "yourapp-production-release-slot-a"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    settings = load_settings(PROJECT / "cdk.json")
    with open_stage(
        environment="production",
        settings=settings.environments["production"],
        names=Names(application=settings.application, environment="production"),
        folder=tmp_path_factory.mktemp("watched"),
        cache=PROJECT / ".rehearsal" / "cache",
        time_scale=30.0,
    ) as opened:
        deploy(opened, App(folder=PROJECT / "web", knows_clerk=True), Timeline(console=Console(quiet=True)))
        yield opened


def state(stage: Stage, name: str) -> str:
    found = aws_client(stage, "cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    (alarm,) = [*found["MetricAlarms"], *found["CompositeAlarms"]]
    return str(alarm["StateValue"])


def until(condition: Callable[[], bool], meanwhile: Callable[[], object] = lambda: None) -> bool:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if condition():
            return True
        meanwhile()
        time.sleep(0.2)
    return False


def test_refreshes_that_the_app_refuses_raise_the_release_alarm_and_it_clears(stage: Stage) -> None:
    assert until(lambda: state(stage, RELEASE) == "OK")

    def ask(client: httpx.Client) -> None:
        for _ in range(12):
            answer = client.post(
                f"{stage.site}/api/auth/refresh", json={"refreshToken": "of.another.release"}
            )
            assert answer.status_code in (401, 429), answer.text

    with stage.client() as client:
        assert until(lambda: state(stage, RELEASE) == "ALARM", lambda: ask(client))
    assert state(stage, f"{RELEASE}-refresh") == "ALARM"
    assert state(stage, "yourapp-production-release-slot-b") == "OK"
    assert until(lambda: state(stage, RELEASE) == "OK")
