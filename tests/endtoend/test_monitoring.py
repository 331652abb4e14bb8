"""The real app's own lines raise and clear the deployed alarms."""

import httpx
import pytest

from rehearsal.clients import aws_client
from rehearsal.stage import Stage
from tests.support.waiting import until

pytestmark = [pytest.mark.endtoend, pytest.mark.realapp, pytest.mark.xdist_group("endtoend")]

SECONDS = 90.0
RELEASE = "yourapp-production-release-slot-a"


def state(stage: Stage, name: str) -> str:
    found = aws_client(stage, "cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    (alarm,) = [*found["MetricAlarms"], *found["CompositeAlarms"]]
    return str(alarm["StateValue"])


def test_refreshes_that_the_app_refuses_raise_the_release_alarm_and_it_clears(watched: Stage) -> None:
    stage = watched
    assert until(lambda: state(stage, RELEASE) == "OK", seconds=SECONDS)

    def ask(client: httpx.Client) -> None:
        for _ in range(12):
            answer = client.post(
                f"{stage.site}/api/auth/refresh", json={"refreshToken": "of.another.release"}
            )
            assert answer.status_code in (401, 429), answer.text

    with stage.client() as client:
        assert until(lambda: state(stage, RELEASE) == "ALARM", lambda: ask(client), seconds=SECONDS)
    assert state(stage, f"{RELEASE}-refresh") == "ALARM"
    assert state(stage, "yourapp-production-release-slot-b") == "OK"
    assert until(lambda: state(stage, RELEASE) == "OK", seconds=SECONDS)
