"""Two at once, a rollback in the middle, wrong input, a freeze, and ledgers that disagree with the edge."""

from collections.abc import Callable
from typing import Any

import pytest

from clerk_deploy.release.edge_state import EdgeState
from clerk_deploy.release.errors import LockHeldError, SupersededError
from clerk_deploy.release.ledger.records import Freeze, Operation, Request, State
from clerk_deploy.release.rules import Rules
from tests.clerk_deploy.release.cloud import LambdaDied
from tests.clerk_deploy.release.fakes import FakeStore, client_error
from tests.clerk_deploy.release.world import FOUR, ONE, RULES, THREE, TWO, World

RELEASE_OF_ONE = f"{ONE[:12]}-11111111"
RELEASE_OF_TWO = f"{TWO[:12]}-11111111"


# two at once


@pytest.mark.parametrize("state", ["Prepare", "Look at the build", "Switch", "Look at the release"])
def test_a_second_release_is_refused_with_the_holders_name_and_the_first_goes_on(state: str, world: World):
    world.release(ONE)
    seen: list[Any] = []
    world.at(state, lambda: seen.append(world.release(THREE)))
    world.release(TWO)
    assert seen[0].error == "Refused"
    assert "Operation 2 (release) is running: run-2" in seen[0].cause
    world.assert_well(live=TWO, outcome="promoted", operation=2)
    world.assert_well(live=TWO, outcome="refused", operation=3)


@pytest.mark.parametrize(
    "state",
    [
        "Prepare",
        "Plan",
        "Start the build",
        "Wait for the build",
        "Look at the build",
        "Verify the candidate",
        "Switch",
    ],
)
def test_a_rollback_during_a_build_takes_over_and_the_release_ends_superseded(state: str, world: World):
    world.release(ONE)
    world.release(TWO)
    world.at(state, world.rollback)
    result = world.release(THREE)
    assert result.error == "Superseded"
    world.assert_well(live=ONE, outcome="promoted", operation=4)
    world.assert_well(live=ONE, outcome="superseded", operation=3)
    assert world.failed_requests == []
    unfinished = [job for jobs in world.cloud.jobs.values() for job in jobs if job.status == "RUNNING"]
    assert unfinished == []


@pytest.mark.parametrize(
    "state", ["Ask the site who answers", "Watch the release", "Look at the release", "Promote"]
)
def test_a_rollback_after_the_switch_takes_over_and_condemns_what_was_switched_to(state: str, world: World):
    world.release(ONE)
    world.release(TWO)
    world.at(state, world.rollback)
    assert world.release(THREE).error == "Superseded"
    world.assert_well(live=TWO, outcome="promoted", operation=4)
    world.assert_well(live=TWO, outcome="superseded", operation=3)
    assert f"{THREE[:12]}-11111111" in world.engine.ledger.condemned()
    assert world.failed_requests == []


def test_a_rollback_during_a_canary_takes_its_share_back(make_world: Callable[..., World]):
    world = make_world(rules=Rules(**{**RULES.__dict__, "canary_percent": 10}))
    world.release(ONE)
    world.release(TWO)
    world.at("Look at the canary", world.rollback)
    world.release(THREE)
    world.assert_well(live=ONE, outcome="promoted", operation=4)


def test_a_rollback_does_not_take_over_from_a_rollback(world: World):
    for commit in (ONE, TWO, THREE):
        world.release(commit)
    seen: list[Any] = []
    world.at("Look at the release", lambda: seen.append(world.rollback()))
    world.rollback()
    assert seen[0].error == "Refused"
    world.assert_well(live=TWO, outcome="promoted", operation=4)


def test_a_good_release_after_a_failed_one_works(world: World):
    world.release(ONE)
    world.cloud.builds[TWO] = "fails"
    world.release(TWO)
    world.cloud.builds.clear()
    world.release(TWO)
    world.assert_well(live=TWO, outcome="promoted")


def test_bad_after_bad_after_good_ends_on_the_good_one(world: World):
    world.release(ONE)
    for commit in (TWO, THREE):
        world.at("Watch the release", lambda: None)
        slot = {TWO: "slot-b", THREE: "slot-c"}[commit]
        world.at("Watch the release", lambda slot=slot: world.cloud.alarms.update({slot: "ALARM"}))
        world.release(commit)
        world.assert_well(live=ONE, outcome="rolled back")
        world.hooks.clear()
    world.cloud.alarms.clear()
    world.release(FOUR)
    world.assert_well(live=FOUR, outcome="promoted")


def test_an_older_operation_never_comes_after_a_newer_one(world: World):
    lock = world.engine.ledger.lock
    older, newer = (Operation(number=number, execution=f"run:{number}") for number in (5, 7))
    lock.acquire(newer, now=1_000.0)
    lock.release(newer)
    with pytest.raises(SupersededError, match="must not overtake"):
        lock.acquire(older, now=2_000.0)


def test_two_that_take_the_lock_at_the_same_moment_do_not_both_get_it(world: World):
    lock = world.engine.ledger.lock
    first, second = (Operation(number=number, execution=f"run:{number}") for number in (1, 2))
    lock.acquire(first, now=1.0)
    with pytest.raises(LockHeldError, match="Operation 1"):
        lock.acquire(second, now=2.0)
    assert lock.is_ours(first)


def test_only_the_holder_gives_the_lock_back(world: World):
    lock = world.engine.ledger.lock
    first, second = (Operation(number=number, execution=f"run:{number}") for number in (1, 2))
    lock.acquire(first, now=1.0)
    assert not lock.release(second)
    assert lock.is_ours(first)


def test_numbers_are_drawn_once_each(world: World):
    ledger = world.engine.ledger
    drawn = [ledger.begin(Request(), execution=f"run:{index}", now=1.0, above=0).number for index in range(3)]
    again = ledger.begin(Request(), execution="run:1", now=9.0, above=0).number
    assert (drawn, again) == ([1, 2, 3], 2)


# a person's word


@pytest.mark.parametrize(
    "state", ["Wait for the build", "Verify the candidate", "Switch", "Watch the release"]
)
def test_a_person_ends_a_release(state: str, world: World):
    world.release(ONE)
    world.at(state, lambda: world.engine.ledger.ask_to_end(2, by="grace"))
    result = world.release(TWO)
    assert "Ended by grace" in result.cause
    world.assert_well(live=ONE, outcome="rolled back" if state == "Watch the release" else "aborted")
    assert world.failed_requests == []


def test_nobody_ends_what_has_ended(world: World):
    world.release(ONE)
    assert not world.engine.ledger.ask_to_end(1, by="grace")


def test_a_frozen_environment_refuses_releases_and_lets_rollbacks_through(world: World):
    world.release(ONE)
    world.release(TWO)
    world.engine.ledger.freeze(Freeze(by="grace", reason="holidays", at=1.0))
    assert "frozen by grace: holidays" in world.release(THREE).cause
    world.assert_well(live=TWO, outcome="refused")
    (unlock,) = [step for step in world.engine.ledger.operations(limit=1)[0].steps if step.name == "Unlock"]
    assert unlock.note == "it had none"
    world.rollback()
    world.assert_well(live=ONE, outcome="promoted")
    world.engine.ledger.freeze(None)
    world.release(THREE)
    world.assert_well(live=THREE, outcome="promoted")


def test_a_freeze_of_everything_refuses_rollbacks_too(world: World):
    world.release(ONE)
    world.release(TWO)
    world.engine.ledger.freeze(Freeze(by="grace", reason="forensics", at=1.0, rollbacks=True))
    assert world.rollback().error == "Refused"
    world.assert_well(live=TWO, outcome="refused")


def test_a_release_does_not_lift_a_freeze(world: World):
    world.release(ONE)
    world.at("Watch the release", lambda: world.engine.ledger.freeze(Freeze(by="grace", reason="x", at=1.0)))
    world.release(TWO)
    assert world.engine.ledger.state().freeze is not None


def test_a_red_alarm_refuses_a_release_unless_it_is_the_fix(world: World):
    world.release(ONE)
    world.cloud.alarms["slot-a"] = "ALARM"
    result = world.release(TWO)
    assert "--despite-alarm" in result.cause
    world.assert_well(live=ONE, outcome="refused")
    world.release(TWO, despite_alarm=True)
    world.assert_well(live=TWO, outcome="promoted")


def test_an_emergency_skips_the_bake_and_never_the_health(world: World):
    world.release(ONE)
    world.cloud.smoke = False
    world.failing_checks.add(TWO)
    result = world.release(TWO, skip_bake=True)
    assert "Watch the release" not in result.path
    world.assert_well(live=TWO, outcome="promoted")
    world.cloud.builds[THREE] = "unhealthy"
    world.release(THREE, skip_bake=True)
    world.assert_well(live=TWO, outcome="aborted")


def test_what_was_not_watched_but_lived_well_for_as_long_is_a_way_back_too(world: World):
    world.release(ONE)
    world.release(TWO, skip_bake=True)
    world.sleep(121)
    world.release(THREE)
    world.rollback()
    world.assert_well(live=TWO, outcome="promoted")


def test_what_was_not_watched_and_has_a_red_alarm_is_no_way_back(world: World):
    world.release(ONE)
    world.release(TWO, skip_bake=True)
    world.sleep(121)
    world.cloud.alarms["slot-b"] = "ALARM"
    world.release(THREE, despite_alarm=True)
    world.rollback()
    world.assert_well(live=ONE, outcome="promoted")


def test_what_never_baked_is_nothing_to_roll_back_to(world: World):
    world.release(ONE)
    world.release(TWO, skip_bake=True)
    world.release(THREE)
    world.rollback()
    world.assert_well(live=ONE, outcome="promoted")


def test_a_condemned_release_is_refused_until_it_is_pardoned(world: World):
    world.release(ONE)
    world.release(TWO)
    world.rollback(reason="it is slow")
    result = world.release(TWO)
    assert "was rolled back: it is slow" in result.cause
    world.assert_well(live=ONE, outcome="refused")
    world.release(TWO, pardon=True)
    world.assert_well(live=TWO, outcome="promoted")
    assert world.engine.ledger.condemned() == {}


def test_two_rollbacks_go_two_back(world: World):
    for commit in (ONE, TWO, THREE):
        world.release(commit)
    world.rollback()
    world.assert_well(live=TWO, outcome="promoted")
    world.rollback()
    world.assert_well(live=ONE, outcome="promoted")
    assert "nothing to go back to" in world.rollback().cause
    world.assert_well(live=ONE, outcome="refused")


# wrong input: a message with the next step, and nothing changed


def nothing_changed(world: World, result: Any, *, live: str, message: str) -> None:
    assert result.error == "Refused", result.cause
    assert message in result.cause
    assert "next: " in result.cause
    world.assert_well(live=live, outcome="refused")
    assert world.failed_requests == []


@pytest.mark.parametrize("commit", ["e" * 40, "no-such-branch"])
def test_a_commit_that_the_repository_lacks_is_refused(commit: str, world: World):
    world.release(ONE)
    jobs = str(world.cloud.jobs)
    nothing_changed(world, world.release(commit), live=ONE, message=f"has no commit {commit}")
    assert str(world.cloud.jobs) == jobs


def test_a_rollback_of_nothing_is_refused(world: World):
    nothing_changed(world, world.rollback(), live="", message="nothing to go back to from the first release")


@pytest.mark.parametrize("to", ["eeee", "0" * 12])
def test_a_rollback_to_what_never_was_is_refused(to: str, world: World):
    world.release(ONE)
    nothing_changed(world, world.rollback(to=to), live=ONE, message="no release that baked well")


def test_a_rollback_to_one_of_several_is_refused(world: World):
    world.release(ONE)
    world.cloud.deployed = world.cloud.pushed = "22222222-bbbb"
    world.release(ONE)
    world.release(TWO)
    nothing_changed(world, world.rollback(to=ONE[:8]), live=TWO, message="names several releases")


def test_a_rollback_to_a_condemned_release_is_refused(world: World):
    world.release(ONE)
    world.release(TWO)
    world.rollback()
    nothing_changed(world, world.rollback(to=RELEASE_OF_TWO), live=ONE, message="was rolled back itself")


def test_a_revision_that_is_not_deployed_yet_is_refused_with_the_command(world: World):
    world.release(ONE)
    world.cloud.pushed = "22222222-bbbb"
    nothing_changed(world, world.release(TWO), live=ONE, message="cdk deploy 'production/*'")


def test_a_pending_revision_does_not_stop_a_rollback(world: World):
    world.release(ONE)
    world.release(TWO)
    world.cloud.pushed = "22222222-bbbb"
    world.rollback()
    world.assert_well(live=ONE, outcome="promoted")


def test_a_new_revision_of_the_same_commit_is_another_release(world: World):
    world.release(ONE)
    world.cloud.deployed = world.cloud.pushed = "22222222-bbbb"
    world.release(ONE)
    ended = world.assert_well(live=ONE, outcome="promoted")
    assert ended.target.release == f"{ONE[:12]}-22222222"
    world.rollback()
    assert world.newest.target.release == RELEASE_OF_ONE


def test_missing_smoke_users_are_told_before_anything_is_built(world: World):
    world.release(ONE)
    world.cloud.smoke = False
    nothing_changed(world, world.release(TWO), live=ONE, message="smoke")
    assert world.cloud.jobs["slot-b"] == []


def test_an_expired_github_token_is_told(world: World):
    world.release(ONE)
    world.cloud.github_status = 401
    nothing_changed(world, world.release(TWO), live=ONE, message="repository connect")


@pytest.mark.parametrize("status", [0, 502])
def test_a_github_that_is_down_ends_a_release_and_changes_nothing(status: int, world: World):
    world.release(ONE)
    world.cloud.github_status = status
    assert world.release(TWO).status == "FAILED"
    world.assert_well(live=ONE, outcome="aborted")
    assert world.cloud.jobs["slot-b"] == []


@pytest.mark.parametrize("values", [{"kind": "delete"}, {"kind": "release", "commit": 7}, {"pardon": "yes"}])
def test_an_input_that_is_no_request_is_told(values: dict[str, Any], world: World):
    world.release(ONE)
    assert world.run(values).status == "FAILED"
    assert world.live_commit == ONE
    assert "could not begin" in world.cloud.told[-1]


# ledger and edge


def test_the_edge_is_the_truth_when_the_ledger_says_something_else(world: World):
    world.release(ONE)
    world.release(TWO)
    edge = world.cloud.edge()
    world.cloud.store.value = edge.with_live("slot-a", fence=edge.fence).to_json()
    world.release(THREE)
    ended = world.assert_well(live=THREE, outcome="promoted")
    assert ended.source.commit == ONE
    assert any("the edge slot-a" in step.note for step in ended.steps)


def test_a_lost_ledger_is_made_again_from_the_edge(world: World, make_world: Callable[..., World]):
    world.release(ONE)
    world.release(TWO)
    again = make_world(cloud=world.cloud)
    again.release(THREE)
    ended = again.assert_well(live=THREE, outcome="promoted")
    assert ended.source.commit == TWO
    assert ended.number > 2, "the edge's number is ahead of the empty ledger's"


def test_a_crash_between_the_switch_and_its_record_is_seen_by_the_next_operation(world: World):
    world.release(ONE)
    world.fault("store.update_keys", LambdaDied, after=True, times=9)
    world.release(TWO)
    world.faults.clear()
    world.sweep()
    assert world.engine.ledger.lock.look().holder == ""
    world.release(THREE)
    world.assert_well(live=THREE, outcome="promoted")


def test_a_store_that_somebody_writes_at_the_same_moment_is_read_again(world: World):
    world.release(ONE)

    def once(store: FakeStore) -> None:
        store.before_write = lambda _store: None
        store.version += 1

    world.at("Switch", lambda: setattr(world.cloud.store, "before_write", once))
    world.release(TWO)
    world.assert_well(live=TWO, outcome="promoted")


def test_a_store_that_is_written_all_the_time_ends_the_release(world: World):
    world.release(ONE)

    def conflict(_store: FakeStore) -> None:
        raise client_error("ConflictException")

    world.at("Switch", lambda: setattr(world.cloud.store, "before_write", conflict))
    world.at("Restore", lambda: setattr(world.cloud.store, "before_write", lambda _store: None))
    world.release(TWO)
    world.assert_well(live=ONE, outcome="aborted")


def test_a_store_with_a_foreign_value_changes_nothing(world: World):
    world.release(ONE)
    kept, world.cloud.store.value = world.cloud.store.value, '{"not": "ours"}'
    world._visit = lambda: None  # type: ignore[method-assign]
    result = world.release(TWO)
    assert result.status == "FAILED"
    assert world.cloud.store.value == '{"not": "ours"}'
    world.cloud.store.value = kept
    assert any("no state of clerk-deploy" in text for text in world.cloud.told)


def test_a_release_whose_number_is_behind_the_edges_never_writes_to_it(world: World):
    world.release(ONE)

    def overtaken() -> None:
        edge = world.cloud.edge()
        world.cloud.store.value = EdgeState(**{**edge.__dict__, "fence": 99}).to_json()

    world.at("Switch", overtaken)
    assert world.release(TWO).error == "Superseded"
    assert world.live_commit == ONE


def test_a_slot_domain_or_token_that_changed_is_brought_to_the_edge_first(world: World):
    world.release(ONE)
    edge = world.cloud.edge()
    world.cloud.store.value = EdgeState(**{**edge.__dict__, "origin": "old"}).to_json()
    world.release(TWO)
    assert world.cloud.edge().origin == "o" * 32
    world.assert_well(live=TWO, outcome="promoted")


def test_a_ledger_of_a_newer_program_is_not_touched(world: World):
    world.release(ONE)
    world.engine.ledger.table.update("environment", "state", {"schema": 99})
    result = world.release(TWO)
    assert result.status == "FAILED"
    assert world.live_commit == ONE
    assert any("newer clerk-deploy" in text for text in world.cloud.told)


def test_a_ledger_of_an_older_program_is_read(world: World):
    assert State.read({"counter": 4}) == State(counter=4)
    old = {"number": 3, "request": {"kind": "release", "gone": 1}, "steps": [{"name": "Begin"}], "gone": 2}
    assert Operation.read(old).steps[0].name == "Begin"


def test_another_job_in_the_slot_is_ended_and_ours_is_built(world: World):
    world.release(ONE)
    world.cloud.branches["slot-b"] = THREE
    world.at("Start the build", lambda: world.cloud.start_job(branchName="slot-b"))
    world.release(TWO)
    world.assert_well(live=TWO, outcome="promoted")
    assert [job.status for job in world.cloud.jobs["slot-b"]] == ["CANCELLED", "SUCCEED"]


def test_a_full_account_is_waited_for(world: World):
    world.release(ONE)
    world.fault("amplify.start_job", lambda _: client_error("LimitExceededException"), times=3)
    result = world.release(TWO)
    assert result.path.count("Wait for a free place") == 3
    world.assert_well(live=TWO, outcome="promoted")


def test_an_account_that_stays_full_ends_the_release(world: World):
    world.release(ONE)
    world.fault("amplify.start_job", lambda _: client_error("LimitExceededException"), times=10_000)
    result = world.release(TWO)
    assert "No build could be started in 15 minutes" in result.cause
    world.assert_well(live=ONE, outcome="aborted")
