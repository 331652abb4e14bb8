"""Functions that die, APIs that throttle or fail, executions that end without their end."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.clerk_deploy.release.cloud import LambdaDied, broken, denied, silent, throttled
from tests.clerk_deploy.release.world import ONE, THREE, TWO, World, stop

FORWARD = (
    "Begin",
    "Prepare",
    "Plan",
    "Start the build",
    "Look at the build",
    "Verify the candidate",
    "Switch",
    "Ask the site who answers",
    "Look at the release",
    "Promote",
    "Unlock",
    "Tell that it is live",
)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("state", FORWARD)
def test_a_function_that_dies_at_a_step_is_run_again_and_the_release_goes_live(
    state: str, when: str, world: World
):
    world.release(ONE)
    world.dies[state] = [when]
    result = world.release(TWO)
    assert result.status == "SUCCEEDED"
    ended = world.assert_well(live=TWO, outcome="promoted")
    assert len(world.cloud.jobs[ended.target.slot]) == 1, "it is built once"
    assert world.failed_requests == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "state", ["Restore", "Record the failure", "Unlock after the failure", "Tell what happened"]
)
def test_a_function_that_dies_while_it_restores_is_run_again(state: str, when: str, world: World):
    world.release(ONE)
    world.at("Watch the release", lambda: world.cloud.alarms.update({"slot-b": "ALARM"}))
    world.dies[state] = [when]
    world.release(TWO)
    world.assert_well(live=ONE, outcome="rolled back")


MIDDLE = (
    "store.update_keys",
    "amplify.start_job",
    "dynamodb.update_item",
    "dynamodb.put_item",
    "dynamodb.transact_write_items",
    "ssm.get_parameter",
    "sns.publish",
)


@pytest.mark.parametrize("call", MIDDLE)
def test_a_function_that_dies_right_after_a_call_never_does_it_twice_to_harm(call: str, world: World):
    world.release(ONE)
    world.fault(call, LambdaDied, after=True)
    result = world.release(TWO)
    assert result.status == "SUCCEEDED"
    ended = world.assert_well(live=TWO, outcome="promoted")
    assert len(world.cloud.jobs[ended.target.slot]) == 1
    assert world.failed_requests == []


CALLS = (
    "amplify.get_app",
    "amplify.get_branch",
    "amplify.list_jobs",
    "amplify.start_job",
    "amplify.get_job",
    "store.describe_key_value_store",
    "store.get_key",
    "store.update_keys",
    "ssm.get_parameter",
    "dynamodb.get_item",
    "dynamodb.put_item",
    "dynamodb.update_item",
    "dynamodb.query",
    "dynamodb.transact_write_items",
    "sns.publish",
)


@pytest.mark.parametrize("error", [throttled, broken, silent], ids=["throttled", "5xx", "silent"])
@pytest.mark.parametrize("call", CALLS)
def test_an_api_that_throttles_or_fails_twice_is_asked_again(call: str, error: Any, world: World):
    world.release(ONE)
    world.fault(call, error, times=2)
    result = world.release(TWO)
    assert result.status == "SUCCEEDED"
    world.assert_well(live=TWO, outcome="promoted")
    assert world.failed_requests == []


@pytest.mark.parametrize(
    "call", ["amplify.get_job", "amplify.start_job", "ssm.get_parameter", "amplify.get_branch"]
)
@pytest.mark.parametrize("error", [throttled, denied], ids=["throttled", "denied"])
def test_an_api_that_stays_away_ends_the_release_and_traffic_stays(call: str, error: Any, world: World):
    world.release(ONE)
    world.fault(call, error, times=100)
    result = world.release(TWO)
    assert result.status == "FAILED"
    ended = world.newest
    assert ended.reason
    assert ended.outcome in ("aborted", "refused")
    world.assert_well(live=ONE, outcome=ended.outcome)


def test_an_api_that_is_denied_is_not_asked_again_and_again(world: World):
    world.release(ONE)
    world.fault("amplify.get_job", denied, times=100)
    world.calls.clear()
    world.release(TWO)
    assert world.calls.count("amplify.get_job") == 1


def test_a_ledger_that_cannot_be_reached_changes_nothing_and_somebody_is_told(world: World):
    world.release(ONE)
    world.fault("dynamodb.*", silent, times=10_000)
    before = world.cloud.store.value
    result = world.release(TWO)
    assert result.status == "FAILED"
    assert world.cloud.store.value == before
    world.faults.clear()
    world.assert_well(live=ONE, outcome="promoted")
    assert world.sweep()


def test_a_ledger_that_fails_for_a_while_after_the_switch_does_not_keep_a_bad_release(world: World):
    world.release(ONE)
    world.cloud.builds[TWO] = ""
    world.at("Watch the release", lambda: world.cloud.alarms.update({"slot-b": "ALARM"}))
    world.at("Look at the release", lambda: world.fault("dynamodb.*", silent, times=6))
    world.release(TWO)
    world.assert_well(live=ONE, outcome="rolled back")


def test_an_operation_that_could_not_begin_is_told_all_the_same(world: World):
    world.fault("dynamodb.*", silent, times=10_000)
    world.release(ONE)
    assert any("could not begin" in text for text in world.cloud.told)


STOPPED_AT = (
    "Prepare",
    "Plan",
    "Start the build",
    "Wait for the build",
    "Look at the build",
    "Verify the candidate",
    "Switch",
    "Ask the site who answers",
    "Watch the release",
    "Look at the release",
    "Promote",
)


@pytest.mark.parametrize("state", STOPPED_AT)
def test_an_execution_that_a_person_stops_is_cleaned_up_by_the_sweep(state: str, world: World):
    world.release(ONE)
    world.at(state, stop)
    assert world.release(TWO).status == "ABORTED"
    assert world.engine.ledger.lock.look().holder
    world.sweep()
    ended = world.newest
    switched = state in ("Ask the site who answers", "Watch the release", "Look at the release", "Promote")
    world.assert_well(live=ONE, outcome="rolled back" if switched else "aborted")
    assert "stopped" in ended.reason
    world.release(THREE)
    world.assert_well(live=THREE, outcome="promoted")


@pytest.mark.parametrize("state", ["Unlock", "Tell that it is live"])
def test_an_execution_that_is_lost_after_its_release_proved_itself_keeps_it(state: str, world: World):
    world.release(ONE)
    world.at(state, stop)
    world.release(TWO)
    world.sweep()
    world.assert_well(live=TWO, outcome="promoted")


def test_an_execution_that_times_out_is_cleaned_up(
    make_world: Callable[..., World], definition: dict[str, Any]
):
    world = make_world()
    world.release(ONE)
    world.definition = {**definition, "TimeoutSeconds": 120}
    world.at("Watch the release", lambda: world.sleep(200))
    assert world.release(TWO).status == "TIMED_OUT"
    world.sweep()
    world.assert_well(live=ONE, outcome="rolled back")


def test_the_lock_of_a_dead_holder_is_taken_after_its_time(world: World):
    world.release(ONE)
    world.at("Wait for the build", stop)
    world.release(TWO)
    world.sleep(7201)
    world.release(THREE)
    world.assert_well(live=THREE, outcome="promoted")
    world.sweep()
    assert [operation.outcome for operation in world.engine.ledger.operations()] == [
        "promoted",
        "aborted",
        "promoted",
    ]


def test_a_sweep_leaves_a_running_release_alone(world: World):
    world.release(ONE)
    world.at("Watch the release", world.sweep)
    world.release(TWO)
    world.assert_well(live=TWO, outcome="promoted")


def test_a_second_sweep_finds_nothing_to_do(world: World):
    world.release(ONE)
    world.at("Switch", stop)
    world.release(TWO)
    world.sweep()
    told, writes = len(world.cloud.told), len(world.cloud.store.writes)
    world.sweep()
    assert (len(world.cloud.told), len(world.cloud.store.writes)) == (told, writes)


def test_traffic_that_cannot_be_restored_is_told_and_tried_again_by_the_sweep(world: World):
    world.release(ONE)
    world.at("Watch the release", lambda: world.cloud.alarms.update({"slot-b": "ALARM"}))
    world.at("Restore", lambda: world.fault("store.*", throttled, times=9))
    result = world.release(TWO)
    assert result.status == "FAILED"
    assert world.live_commit == TWO
    assert any("not back" in text for text in world.cloud.told)
    world.faults.clear()
    world.sweep()
    world.assert_well(live=ONE, outcome="rolled back")


def test_an_outcome_that_could_not_be_told_is_told_by_the_sweep(world: World):
    world.release(ONE)
    world.fault("sns.publish", denied, times=100)
    world.release(TWO)
    assert not world.newest.told
    world.faults.clear()
    world.sweep()
    world.assert_well(live=TWO, outcome="promoted")
