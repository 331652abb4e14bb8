"""The fallback as a release: by the ordinary way, and never by mistake."""

import pytest

from clerk_deploy.release.ledger.records import Operation, Placement, SlotRecord
from clerk_deploy.release.notify import headline
from tests.clerk_deploy.release.world import FOUR, ONE, THREE, TWO, World


@pytest.fixture
def world(world: World) -> World:
    world.cloud.branches["client-side-clerk"] = FOUR
    world.cloud.client_side = {FOUR}
    return world


def fall_back(world: World, **flags: object) -> Operation:
    world.release("client-side-clerk", fallback=True, **flags)
    return world.newest


def test_the_fallback_goes_live_by_the_ordinary_way_and_the_ledger_says_so(world: World):
    world.release(ONE)
    ended = fall_back(world)
    world.assert_well(live=FOUR, outcome="promoted")
    assert (ended.request.fallback, ended.target.fallback, ended.source.fallback) == (True, True, False)
    assert world.engine.ledger.state().live.fallback
    assert world.engine.ledger.slots()[ended.target.slot].fallback
    assert headline(ended) == f"release 2 of {ended.target.release} (the fallback): promoted"


def test_a_rollback_returns_from_it_without_a_build(world: World):
    world.release(ONE)
    fall_back(world)
    world.rollback()
    ended = world.assert_well(live=ONE, outcome="promoted")
    assert ended.progress.plan == "held"
    assert not world.engine.ledger.state().live.fallback


def test_the_fallback_that_a_rollback_left_takes_a_pardon_the_next_time(world: World):
    world.release(ONE)
    fall_back(world)
    world.rollback()
    fall_back(world)
    assert "--pardon" in world.assert_well(live=ONE, outcome="refused").next_step
    fall_back(world, pardon=True)
    world.assert_well(live=FOUR, outcome="promoted")


def test_a_rollback_goes_to_the_fallback_too_and_expects_it_there(world: World):
    world.release(ONE)
    fall_back(world)
    world.release(TWO)
    world.rollback()
    ended = world.assert_well(live=FOUR, outcome="promoted")
    assert ended.target.fallback


def test_a_rollback_rebuilds_the_fallback_and_still_expects_it(world: World):
    fall_back(world)
    for commit in (ONE, TWO, THREE):
        world.release(commit)
    world.rollback(FOUR)
    ended = world.assert_well(live=FOUR, outcome="promoted")
    assert ended.progress.plan == "build"
    assert ended.target.fallback


def test_a_release_that_turns_out_to_be_the_fallback_is_refused(world: World):
    world.release(ONE)
    world.release(FOUR)
    ended = world.assert_well(live=ONE, outcome="aborted")
    assert "is the fallback" in ended.reason
    assert "--fallback" in ended.next_step
    assert world.failed_requests == []
    assert world.engine.ledger.slots()[ended.target.slot].fallback
    world.release(FOUR)
    world.assert_well(live=ONE, outcome="refused")
    fall_back(world)
    assert world.assert_well(live=FOUR, outcome="promoted").progress.plan == "held"


def test_a_fallback_that_is_none_is_refused(world: World):
    world.cloud.client_side = set()
    world.release(ONE)
    fall_back(world)
    ended = world.assert_well(live=ONE, outcome="aborted")
    assert "is no fallback" in ended.reason
    assert "release.fallback" in ended.next_step


def test_an_emergency_does_not_leave_that_out(world: World):
    world.release(ONE)
    world.release(FOUR, skip_bake=True)
    world.assert_well(live=ONE, outcome="aborted")


@pytest.mark.parametrize("flag", [True, False])
def test_what_is_live_already_is_not_taken_for_the_other_app(flag: bool, world: World):
    world.release(ONE)
    if not flag:
        fall_back(world)
    world.release(ONE if flag else FOUR, fallback=flag)
    world.assert_well(live=ONE if flag else FOUR, outcome="refused")


def test_the_pipeline_does_not_replace_the_fallback_but_a_person_does(world: World):
    world.release(ONE)
    fall_back(world)
    world.release(TWO, how="pipeline")
    ended = world.assert_well(live=FOUR, outcome="refused")
    assert "the pipeline does not replace it" in ended.reason
    world.release(TWO)
    world.assert_well(live=TWO, outcome="promoted")
    world.release(THREE, how="pipeline")
    world.assert_well(live=THREE, outcome="promoted")


def test_a_fallback_that_fails_its_bake_is_taken_back(world: World):
    world.release(ONE)
    world.at("Look at the release", lambda: world.cloud.alarms.update({"slot-b": "ALARM"}))
    ended = fall_back(world)
    world.assert_well(live=ONE, outcome="rolled back")
    assert ended.target.release in world.engine.ledger.condemned()


def test_a_ledger_that_lost_it_learns_from_the_slot_that_the_fallback_is_live(world: World):
    world.release(ONE)
    fall_back(world)
    ledger = world.engine.ledger
    ledger.put_slot(SlotRecord(slot=world.cloud.edge().live))
    ledger.set_live(Placement(), now=world.cloud.now, operation=0)
    world.release(TWO, how="pipeline")
    ended = world.assert_well(live=FOUR, outcome="refused")
    assert "the pipeline does not replace it" in ended.reason


def test_records_of_before_there_was_a_fallback_are_read(world: World):
    plain = Operation(number=1).plain()
    for part in ("request", "source", "target"):
        del plain[part]["fallback"]
    assert Operation.read(plain) == Operation(number=1)


def test_a_flag_that_is_no_flag_is_refused(world: World):
    result = world.release(ONE, fallback="yes")
    assert result.status == "FAILED"
