from typing import Any

import pytest

from clerk_deploy.aws.stacks import Stack
from clerk_deploy.release.edge_state import EdgeState
from clerk_deploy.status import Standing, next_step

DONE = "CREATE_COMPLETE"
LIVE = EdgeState(live="slot-a", slots={"slot-a": "slot-a.example.amplifyapp.com"})


def stack(status: str = DONE, **outputs: str) -> Stack:
    return Stack(name="x", status=status, outputs=outputs)


def standing(**changed: Any) -> Standing:
    stacks = {
        "Configuration": stack(),
        "Hosting": stack(DeployedRevision="r1"),
        "Edge": stack(),
        "Monitoring": stack(),
        "Delivery": stack(),
        **changed.pop("stacks", {}),
    }
    return Standing(
        **{
            "environment": "production",
            "stacks": stacks,
            "connected": True,
            "pushed": "r1",
            "edge": LIVE,
            **changed,
        }
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"stacks": {"Configuration": None}}, "cdk deploy 'production/Configuration'"),
        ({"connected": False, "pushed": None}, "clerk-deploy repository connect -e production"),
        ({"pushed": None}, "clerk-deploy environment push FILE -e production"),
        ({"stacks": {"Hosting": None}}, "cdk deploy 'production/*'"),
        ({"stacks": {"Edge": None}}, "cdk deploy 'production/*'"),
        ({"pushed": "r2"}, "cdk deploy 'production/*'"),
        ({"edge": None}, "clerk-deploy release -e production"),
        ({"edge": EdgeState()}, "clerk-deploy release -e production"),
        ({"stacks": {"Hosting": stack("UPDATE_IN_PROGRESS")}}, "wait: CloudFormation is at work on Hosting"),
        ({"stacks": {"Edge": stack("ROLLBACK_COMPLETE")}}, "Edge is ROLLBACK_COMPLETE"),
    ],
)
def test_the_one_next_step_is_named(given: dict[str, Any], words: str) -> None:
    assert words in str(next_step(standing(**given)))


def test_nothing_is_to_be_done_when_the_pushed_revision_is_deployed_and_a_slot_is_live() -> None:
    assert next_step(standing()) is None


def test_stack_that_was_deployed_before_any_push_has_no_revision() -> None:
    assert standing(stacks={"Hosting": stack(DeployedRevision="none")}).deployed is None
