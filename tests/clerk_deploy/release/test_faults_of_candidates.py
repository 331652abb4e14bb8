"""Builds and candidates that are not what they should be: traffic never moves to them, or comes back."""

from collections.abc import Callable

import pytest

from clerk_deploy.release.alarms import Alarms
from clerk_deploy.release.rules import Rules
from tests.clerk_deploy.release.cloud import Served, denied, throttled
from tests.clerk_deploy.release.world import ONE, RULES, THREE, TWO, World, stop


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("fails", "npm run build"),
        ("hangs", "RUNNING for 30 minutes"),
        ("queues", "PENDING for 15 minutes"),
        ("other", "serves commit ffffffffffff"),
        ("unhealthy", "secret-missing"),
    ],
)
def test_a_build_that_goes_wrong_never_gets_traffic(how: str, message: str, world: World):
    world.release(ONE)
    writes = len(world.cloud.store.writes)
    world.cloud.builds[TWO] = how
    result = world.release(TWO)
    assert result.status == "FAILED"
    assert message in result.cause
    world.assert_well(live=ONE, outcome="aborted")
    assert len(world.cloud.store.writes) == writes
    assert world.failed_requests == []
    assert all(job.status not in ("PENDING", "RUNNING") for jobs in world.cloud.jobs.values() for job in jobs)


@pytest.mark.parametrize("how", ["hangs", "loops", "html"])
def test_a_candidate_that_answers_badly_never_gets_traffic(how: str, world: World):
    world.release(ONE)
    world.at("Verify the candidate", lambda: setattr(world.cloud.served["slot-b"], "behaviour", how))
    assert world.release(TWO).status == "FAILED"
    world.assert_well(live=ONE, outcome="aborted")
    assert world.failed_requests == []


def test_a_cold_candidate_is_asked_again(world: World):
    world.release(ONE)
    world.at("Verify the candidate", lambda: setattr(world.cloud.served["slot-b"], "behaviour", "cold"))
    world.release(TWO)
    world.assert_well(live=TWO, outcome="promoted")


def test_a_candidate_that_fails_its_verification_never_gets_traffic_and_a_fix_goes_live(world: World):
    world.release(ONE)
    world.failing_checks.add(TWO)
    result = world.release(TWO)
    assert result.error == "Aborted"
    assert "sign-in" in result.cause
    world.assert_well(live=ONE, outcome="aborted")
    assert world.engine.ledger.condemned() == {}
    world.release(THREE)
    world.assert_well(live=THREE, outcome="promoted")


def test_a_candidate_that_was_built_with_another_revision_never_gets_traffic(world: World):
    world.release(ONE)
    world.at("Start the build", lambda: setattr(world.cloud, "deployed", "22222222-bbbb"))
    assert "revision 22222222" in world.release(TWO).cause
    world.assert_well(live=ONE, outcome="aborted")


def test_a_release_that_is_healthy_and_then_not_is_taken_back(world: World):
    world.release(ONE)
    world.at("Watch the release", lambda: None)
    world.at("Watch the release", lambda: setattr(world.cloud.served["slot-b"], "healthy", False))
    result = world.release(TWO)
    assert result.error == "RolledBack"
    world.assert_well(live=ONE, outcome="rolled back")
    assert set(world.failed_requests) == {"slot-b"}, "only what the bad release answered itself"


def test_one_failed_verification_does_not_take_a_release_back(world: World):
    world.release(ONE)
    world.at("Watch the release", lambda: setattr(world.cloud.served["slot-b"], "behaviour", "html"))
    world.at("Watch the release", lambda: setattr(world.cloud.served["slot-b"], "behaviour", "normal"))
    world.release(TWO)
    world.assert_well(live=TWO, outcome="promoted")


def test_an_edge_that_still_answers_with_the_old_release_is_waited_for(world: World):
    world.release(ONE)
    world.at("Switch", lambda: setattr(world.cloud, "lag", 20))
    result = world.release(TWO)
    assert result.path.count("Ask the site who answers") > 1
    world.assert_well(live=TWO, outcome="promoted")


def test_an_edge_that_never_answers_with_the_new_release_ends_it(world: World):
    world.release(ONE)

    def stuck() -> None:
        world.cloud.lag = 10_000

    world.at("Switch", stuck)
    world.at("Restore", lambda: setattr(world.cloud, "lag", 0))
    result = world.release(TWO)
    assert "does not answer from slot-b" in result.cause
    world.assert_well(live=ONE, outcome="rolled back")


ALARM_AT = ("Ask the site who answers", "Watch the release", "Look at the release")


@pytest.mark.parametrize("state", ALARM_AT)
def test_an_alarm_from_the_switch_on_takes_the_release_back(state: str, world: World):
    world.release(ONE)
    world.at(state, lambda: world.alarm("slot-b"))
    result = world.release(TWO)
    assert result.error == "RolledBack"
    assert "release-slot-b is red" in result.cause
    world.assert_well(live=ONE, outcome="rolled back")
    assert f"{TWO[:12]}-11111111" in world.engine.ledger.condemned()
    assert world.cloud.started == [], "the alarm's own rollback sees the lock"


@pytest.mark.parametrize("state", ["Start the build", "Look at the build", "Verify the candidate", "Switch"])
def test_an_alarm_of_an_idle_slot_decides_nothing(state: str, world: World):
    world.release(ONE)
    world.at(state, lambda: world.alarm("slot-c"))
    world.release(TWO)
    world.assert_well(live=TWO, outcome="promoted")


@pytest.mark.parametrize("state", ["Start the build", "Look at the build", "Verify the candidate"])
def test_an_alarm_of_the_live_release_during_a_build_starts_no_second_operation(state: str, world: World):
    world.release(ONE)
    world.at(state, lambda: world.alarm("slot-a"))
    world.release(TWO)
    world.assert_well(live=TWO, outcome="promoted")
    assert world.cloud.started == []


def test_an_alarm_between_the_unlock_and_the_next_look_rolls_back(world: World):
    world.release(ONE)
    world.release(TWO)
    world.at("Tell that it is live", lambda: world.cloud.alarms.update({"slot-c": "ALARM"}))
    world.release(THREE)
    assert world.live_commit == THREE
    (result,) = world.run_started()
    assert result.status == "SUCCEEDED"
    ended = world.assert_well(live=TWO, outcome="promoted")
    assert ended.request.how == "alarm"


def test_an_alarm_after_the_bake_rolls_back(world: World):
    world.release(ONE)
    world.release(TWO)
    world.sleep(600)
    assert "started" in world.alarm("slot-b")
    world.run_started()
    ended = world.assert_well(live=ONE, outcome="promoted")
    assert ended.is_rollback
    assert world.engine.ledger.condemned()[f"{TWO[:12]}-11111111"].by.endswith("release-slot-b")


def test_an_alarm_that_speaks_twice_rolls_back_once(world: World):
    world.release(ONE)
    world.release(TWO)
    world.alarm("slot-b")
    world.alarm("slot-b")
    assert len(world.cloud.started) == 1


def test_an_alarm_whose_message_was_lost_is_found_by_the_sweep(world: World):
    world.release(ONE)
    world.release(TWO)
    world.cloud.alarms["slot-b"] = "ALARM"
    world.sweep()
    world.run_started()
    world.assert_well(live=ONE, outcome="promoted")


def test_an_alarm_after_the_window_is_only_told(world: World):
    world.release(ONE)
    world.release(TWO)
    world.sleep(3601)
    world.alarm("slot-b")
    assert world.cloud.started == []
    assert "not rolled back by itself" in world.cloud.told[-1]
    world.assert_well(live=TWO, outcome="promoted")


def test_a_rollback_is_never_rolled_back_by_an_alarm(world: World):
    for commit in (ONE, TWO, THREE):
        world.release(commit)
    world.rollback()
    world.alarm("slot-b")
    assert world.cloud.started == []
    assert "never rolled back by itself" in world.cloud.told[-1]
    world.assert_well(live=TWO, outcome="promoted")


def test_what_was_restored_is_not_rolled_back_further_by_its_alarm(world: World):
    for commit in (ONE, TWO):
        world.release(commit)
    world.at("Watch the release", lambda: world.cloud.alarms.update({"slot-c": "ALARM", "slot-b": "ALARM"}))
    world.release(THREE)
    world.alarm("slot-b")
    world.sweep()
    assert world.cloud.started == []
    assert "never rolled back by itself" in world.cloud.told[-1]
    world.assert_well(live=TWO, outcome="rolled back")


def test_a_rollback_whose_alarm_is_still_red_gives_it_time_to_clear(world: World):
    world.release(ONE)
    world.release(TWO)
    world.cloud.alarms["slot-a"] = "ALARM"
    world.at("Watch the release", lambda: None)
    world.at("Watch the release", lambda: world.cloud.alarms.update({"slot-a": "OK"}))
    world.rollback()
    world.assert_well(live=ONE, outcome="promoted")


def test_a_rollback_that_fails_its_bake_stays_where_it_is(world: World):
    world.release(ONE)
    world.release(TWO)
    world.at("Watch the release", lambda: world.cloud.alarms.update({"slot-a": "ALARM"}))
    result = world.rollback()
    assert result.status == "FAILED"
    ended = world.assert_well(live=ONE, outcome="aborted")
    assert any("a rollback is not rolled back" in step.note for step in ended.steps)
    # the next rollback goes on, not to and fro
    assert f"{TWO[:12]}-11111111" in world.engine.ledger.condemned()


def test_an_alarm_with_nothing_to_go_back_to_says_so_and_changes_nothing(world: World):
    world.release(ONE)
    world.alarm("slot-a")
    (result,) = world.run_started()
    assert "nothing to go back to" in result.cause
    world.assert_well(live=ONE, outcome="refused")


def test_the_first_release_ever_that_fails_its_bake_stays_for_there_is_nothing_else(world: World):
    world.at("Watch the release", lambda: world.cloud.alarms.update({"slot-a": "ALARM"}))
    assert world.release(ONE).status == "FAILED"
    ended = world.assert_well(live=ONE, outcome="aborted")
    assert any("nothing was live before" in step.note for step in ended.steps)


def test_an_alarm_that_is_unreadable_four_times_in_a_row_is_tolerated(world: World):
    world.release(ONE)
    world.at("Ask the site who answers", lambda: world.fault("cloudwatch.describe_alarms", denied, times=4))
    world.release(TWO)
    world.assert_well(live=TWO, outcome="promoted")


def test_an_alarm_that_is_unreadable_five_times_in_a_row_takes_the_release_back(world: World):
    world.release(ONE)
    world.at(
        "Ask the site who answers", lambda: world.fault("cloudwatch.describe_alarms", throttled, times=5)
    )
    result = world.release(TWO)
    assert "5 times in a row" in result.cause
    world.assert_well(live=ONE, outcome="rolled back")


def test_a_readable_alarm_starts_the_count_again(world: World):
    world.release(ONE)

    def eight_times_with_one_answer_between() -> None:
        world.fault("cloudwatch.describe_alarms", throttled, times=4)
        world.fault("cloudwatch.describe_alarms", throttled, times=4, skip=1)

    world.at("Ask the site who answers", eight_times_with_one_answer_between)
    world.release(TWO)
    world.assert_well(live=TWO, outcome="promoted")


def test_insufficient_data_is_no_proof(world: World):
    world.release(ONE)
    world.at("Switch", lambda: world.cloud.alarms.update({"slot-b": "INSUFFICIENT_DATA"}))
    result = world.release(TWO)
    assert "an alarm that says OK" in result.cause
    world.assert_well(live=ONE, outcome="rolled back")


def test_insufficient_data_that_becomes_ok_passes(world: World):
    world.release(ONE)
    world.at("Switch", lambda: world.cloud.alarms.update({"slot-b": "INSUFFICIENT_DATA"}))
    for _ in range(4):
        world.at("Watch the release", lambda: None)
    world.at("Watch the release", lambda: world.cloud.alarms.update({"slot-b": "OK"}))
    world.release(TWO)
    world.assert_well(live=TWO, outcome="promoted")


def test_silence_is_no_proof(world: World):
    world.release(ONE)
    world.cloud.evidence = False
    result = world.release(TWO)
    assert "its own lines as a metric" in result.cause
    world.assert_well(live=ONE, outcome="rolled back")


@pytest.mark.parametrize("how", ["alarms_missing", "alarms_disabled"])
def test_an_alarm_that_is_of_no_use_stops_a_release_before_it_starts(how: str, world: World):
    world.release(ONE)
    getattr(world.cloud, how).add("slot-b")
    result = world.release(TWO)
    assert result.error == "Refused"
    world.assert_well(live=ONE, outcome="refused")
    assert world.cloud.jobs["slot-b"] == []


@pytest.mark.parametrize("how", ["alarms_missing", "alarms_disabled"])
def test_an_alarm_that_is_taken_away_during_the_bake_takes_the_release_back(how: str, world: World):
    world.release(ONE)
    world.at("Watch the release", lambda: getattr(world.cloud, how).add("slot-b"))
    world.release(TWO)
    world.assert_well(live=ONE, outcome="rolled back")


def test_alarms_that_nobody_may_read_stop_a_release_before_it_starts(world: World):
    world.release(ONE)
    world.fault("cloudwatch.describe_alarms", denied, times=100)
    result = world.release(TWO)
    assert "AccessDenied" in result.cause
    world.assert_well(live=ONE, outcome="refused")


def test_alarms_do_not_stop_a_rollback(world: World):
    world.release(ONE)
    world.release(TWO)
    world.cloud.alarms["slot-b"] = "ALARM"
    world.rollback()
    world.assert_well(live=ONE, outcome="promoted")


def test_a_canary_that_raises_its_alarm_takes_its_share_back(make_world: Callable[..., World]):
    world = make_world(rules=Rules(**{**RULES.__dict__, "canary_percent": 10}))
    world.release(ONE)
    world.at("Watch the canary", lambda: world.cloud.alarms.update({"slot-b": "ALARM"}))
    result = world.release(TWO)
    assert result.error == "RolledBack"
    world.assert_well(live=ONE, outcome="rolled back")
    assert f"{TWO[:12]}-11111111" in world.engine.ledger.condemned()
    assert world.failed_requests == []


def test_a_canary_whose_execution_is_lost_gives_its_share_back(make_world: Callable[..., World]):
    world = make_world(rules=Rules(**{**RULES.__dict__, "canary_percent": 10}))
    world.release(ONE)
    world.at("Look at the canary", stop)
    world.release(TWO)
    assert world.cloud.edge().percentage == 10
    world.sweep()
    world.assert_well(live=ONE, outcome="rolled back")


def test_a_slot_that_a_person_built_something_else_in_is_not_trusted(world: World):
    world.release(ONE)
    world.release(TWO)
    world.cloud.served["slot-a"] = Served(THREE, "11111111-aaaa", "0000000009")
    world.rollback()
    ended = world.assert_well(live=ONE, outcome="promoted")
    assert ended.progress.plan == "build"


def test_a_metric_that_cannot_be_asked_has_not_been_seen(world: World):
    alarms: Alarms = world.engine.alarms
    world.fault("cloudwatch.get_metric_statistics", denied)
    assert not alarms.evidence_since("slot-a", since=0, now=1)
