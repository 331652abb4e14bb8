"""Rollbacks on Vercel: an alias move to what was live before, never a build."""

import pytest

from clerk_deploy.errors import Exit
from rehearsal.vercel.state import Fault
from tests.vercel.world import BAD, BYPASS, ONE, REVISION, TWO, World

THREE, FOUR, FIVE = "3" * 40, "4" * 40, "5" * 40


@pytest.fixture
def two(first: World) -> World:
    """A world in which a second release took over from the first."""
    first.commits |= {THREE, FOUR, FIVE}
    assert first.operations(bakeMinutes=0).release(TWO).outcome == "promoted"
    first.vercel.calls.clear()
    first.steps.clear()
    return first


def release(world: World, commit: str) -> str:
    result = world.operations(bakeMinutes=0).release(commit)
    assert result.outcome == "promoted"
    return result.deployment


def test_rollback_goes_to_the_recorded_previous_without_a_build(two: World) -> None:
    result = two.operations().rollback()
    assert (result.kind, result.outcome, result.built) == ("rollback", "promoted", False)
    assert (two.live, two.calls("create"), two.calls("rollback")) == (ONE, 0, 1)
    assert two.step_names() == ["look", "verify", "switch", "confirm"]


def test_second_rollback_goes_further_back_and_not_forth(two: World) -> None:
    release(two, THREE)
    two.operations().rollback()
    two.operations().rollback()
    assert two.live == ONE


def test_rollback_knows_who_was_live_before_a_promotion_without_a_build(two: World) -> None:
    release(two, THREE)
    two.operations().rollback(ONE)
    assert two.operations(bakeMinutes=0).release(THREE, pardon=True).built is False
    two.operations().rollback()
    assert two.live == ONE


def test_rollback_after_a_rollback_goes_to_what_its_release_wrote_down(two: World) -> None:
    release(two, THREE)
    two.operations().rollback(ONE)
    release(two, FOUR)
    release(two, FIVE)
    two.operations().rollback()
    assert two.live == FOUR
    two.operations().rollback()
    assert two.live == ONE


def test_rollback_does_not_return_to_what_was_just_left(two: World) -> None:
    two.operations().rollback(ONE)
    two.operations().rollback(TWO)
    assert (two.operations().rollback().outcome, two.live) == ("refused", TWO)


def test_rollback_names_a_release_by_commit_release_or_deployment(two: World) -> None:
    release(two, THREE)
    assert two.operations().rollback(ONE[:9]).outcome == "promoted"
    assert two.live == ONE
    assert two.operations().rollback(f"{TWO[:12]}-{REVISION[:8]}").outcome == "promoted"
    assert two.live == TWO
    found = next(each for each in two.operations().history() if each.commit == THREE)
    assert two.operations().rollback(found.deployment).outcome == "promoted"
    assert two.live == THREE


def test_rollback_to_the_live_release_does_nothing(two: World) -> None:
    assert two.operations().rollback(TWO).outcome == "nothing to do"
    assert two.calls("rollback") == 0


def test_rollback_refuses_an_unknown_release(two: World) -> None:
    result = two.operations().rollback("abcdef")
    assert (result.outcome, result.exit_code, two.live) == ("refused", Exit.REFUSED, TWO)
    assert "clerk-deploy history" in result.next_step


def test_rollback_refuses_what_was_only_staged(two: World) -> None:
    two.vercel.create(two.site, commit=THREE, ref="main", meta={})
    assert "no release that was live" in two.operations().rollback(THREE).reason


def test_rollback_refuses_an_unknown_deployment(two: World) -> None:
    result = two.operations().rollback("dpl_unknown")
    assert (result.outcome, two.live, two.calls("rollback")) == ("refused", TWO, 0)


def test_rollback_to_what_was_only_staged_is_vercels_to_refuse(two: World) -> None:
    made = two.vercel.create(two.site, commit=THREE, ref="main", meta={})
    result = two.operations().rollback(made.id)
    assert "422" in result.reason
    assert two.live == TWO


def test_first_release_has_nothing_to_go_back_to(first: World) -> None:
    result = first.operations().rollback()
    assert (result.outcome, first.live) == ("refused", ONE)
    assert "no earlier deployment" in result.reason


def test_sick_target_is_not_gone_back_to(two: World) -> None:
    two.sick.add(ONE)
    result = two.operations().rollback()
    assert (result.exit_code, two.live, two.calls("rollback")) == (Exit.CHECKED_AND_BAD, TWO, 0)


def test_protection_does_not_stop_a_rollback(two: World) -> None:
    two.site.protected, two.site.bypass = True, BYPASS
    assert two.operations().rollback().outcome == "promoted"
    assert "not looked at" in two.steps[1].note


def test_rollback_works_while_the_live_release_answers_nothing(two: World) -> None:
    two.bakes = lambda made: {"checks": "none"} if made.commit == TWO else {}
    assert two.operations().rollback().outcome == "promoted"
    assert two.live == ONE


def test_hobby_plan_goes_back_one_release(two: World) -> None:
    release(two, THREE)
    two.site.hobby = True
    result = two.operations().rollback(ONE)
    assert (result.outcome, two.live) == ("aborted", THREE)
    assert "402" in result.reason
    assert "clerk-deploy release COMMIT" in result.next_step


def test_hobby_plan_says_that_there_is_no_second_step_back(two: World) -> None:
    two.site.hobby = True
    two.operations().rollback()
    two.vercel.calls.clear()
    result = two.operations().rollback()
    assert (result.outcome, two.live, two.calls("rollback")) == ("refused", ONE, 0)
    assert "Hobby" in result.next_step


def test_hobby_plan_does_not_try_what_it_would_refuse(two: World) -> None:
    release(two, THREE)
    two.site.hobby = True
    two.operations().rollback()
    two.vercel.calls.clear()
    assert (two.operations().rollback().outcome, two.live, two.calls("rollback")) == ("refused", TWO, 0)


def test_move_that_takes_no_effect_is_told_with_its_state(two: World) -> None:
    two.vercel.move_seconds = 10_000
    result = two.operations().rollback()
    assert (result.outcome, result.exit_code) == ("unknown", Exit.COULD_NOT_FIND_OUT)
    assert "is pending" in result.reason


@pytest.mark.parametrize(
    ("status", "instead"),
    [(402, "change the plan"), (409, "wait for it"), (410, "builds its commit again"), (422, "history")],
)
def test_refused_rollback_says_what_can_be_done_instead(two: World, status: int, instead: str) -> None:
    two.vercel.faults.append(Fault(call="rollback", status=status, code="refused"))
    result = two.operations().rollback()
    assert instead in result.next_step
    assert (two.live, result.exit_code) == (TWO, Exit.REFUSED)


def test_rollback_is_refused_while_domains_move(two: World) -> None:
    made = two.vercel.create(two.site, commit=BAD, ref="main", meta={})
    two.vercel.move(two.site, made, kind="promote")
    two.vercel.move_seconds = 10_000
    assert made.id in two.operations().rollback().reason


def test_unanswered_rollback_is_looked_at_and_not_asked_twice(two: World) -> None:
    two.vercel.faults.append(Fault(call="rollback", status=502, after_effect=True))
    assert two.operations().rollback().outcome == "promoted"
    assert (two.live, two.calls("rollback")) == (ONE, 1)


def test_failed_move_is_told(two: World) -> None:
    def fail() -> None:
        if two.site.moving and two.site.moving.kind == "rollback":
            two.site.moving.status = "failed"

    two.vercel.move_seconds = 10
    two.on_sleep.append(fail)
    result = two.operations().rollback()
    assert "ended failed" in result.reason
    assert two.live == TWO
