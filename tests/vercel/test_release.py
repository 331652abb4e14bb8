"""Releases on Vercel: staged, verified, promoted, watched; at a failure traffic goes back."""

from dataclasses import replace

import pytest

from clerk_deploy.errors import Exit, SettingsError, UnusableInputError
from clerk_deploy.names import Names
from clerk_deploy.release.ledger.records import Step
from clerk_deploy.settings import Host
from clerk_deploy.vercel.operations import vercel_operations
from rehearsal.vercel.state import Fault, Made
from tests.vercel.world import BAD, BYPASS, DOMAIN, ONE, REVISION, TOKEN, TWO, World, settings


def test_first_release_is_staged_verified_and_promoted(world: World) -> None:
    result = world.operations().release(ONE)
    assert (result.outcome, result.exit_code) == ("promoted", Exit.OK)
    assert result.release == f"{ONE[:12]}-{REVISION[:8]}"
    assert world.step_names() == ["look", "build", "verify", "switch", "confirm", "bake"]
    assert world.live == ONE


def test_candidate_gets_no_traffic_before_it_is_verified(first: World) -> None:
    def look(made: Made) -> dict[str, str]:
        if made.commit == TWO and first.calls("promote") == 0:
            assert first.live == ONE
        return {}

    first.bakes = look
    assert first.operations().release(TWO).outcome == "promoted"
    assert first.live == TWO


def test_release_writes_into_meta_what_history_tells(first: World) -> None:
    before = first.site.live
    result = first.operations().release(TWO)
    made = first.vercel.deployment(result.deployment)
    assert made is not None
    assert made.meta["clerkDeployRevision"] == REVISION
    assert made.meta["clerkDeployPrevious"] == before == result.previous
    entry = first.operations().history()[0]
    assert (entry.commit, entry.live, entry.release) == (TWO, True, result.release)


def test_live_commit_is_not_released_again(first: World) -> None:
    result = first.operations().release(ONE)
    assert result.outcome == "nothing to do"
    assert first.calls("create") == first.calls("promote") == 0


def test_built_commit_is_promoted_without_a_build(first: World) -> None:
    first.vercel.create(first.site, commit=TWO, ref="main", meta={"clerkDeployRevision": REVISION})
    result = first.operations().release(TWO)
    assert (result.outcome, result.built, first.calls("create")) == ("promoted", False, 0)


def test_build_of_an_older_revision_is_not_used(first: World) -> None:
    first.vercel.create(first.site, commit=TWO, ref="main", meta={"clerkDeployRevision": "cd" * 32})
    assert first.operations().release(TWO).built is True


def test_running_build_of_a_died_run_is_taken_up(first: World) -> None:
    first.builds = lambda world, made: setattr(made, "state", "BUILDING")
    made = first.vercel.create(first.site, commit=TWO, ref="main", meta={"clerkDeployRevision": REVISION})
    first.on_sleep.append(lambda: made.state == "BUILDING" and first.vercel.ready(made, port=1))
    result = first.operations().release(TWO)
    assert (result.outcome, result.deployment, first.calls("create")) == ("promoted", made.id, 0)


def test_unanswered_create_is_looked_for_and_not_built_twice(first: World) -> None:
    first.vercel.faults.append(Fault(call="create", status=502, after_effect=True))
    assert first.operations().release(TWO).outcome == "promoted"
    assert first.calls("create") == 1


@pytest.mark.parametrize("state", ["ERROR", "CANCELED", "BLOCKED"])
def test_failed_build_leaves_traffic_and_names_the_reason(first: World, state: str) -> None:
    first.builds = lambda world, made: world.vercel.fail(made, problem="npm run build exited 1", state=state)
    result = first.operations().release(BAD)
    assert (result.outcome, result.exit_code) == ("aborted", Exit.CHECKED_AND_BAD)
    assert "npm run build exited 1" in result.reason
    assert "vercel.com" in result.next_step
    assert (first.live, first.calls("promote")) == (ONE, 0)


def test_hanging_build_ends_with_its_last_state(first: World) -> None:
    first.builds = lambda world, made: setattr(made, "state", "INITIALIZING")
    result = first.operations(buildMinutes=1).release(TWO)
    assert "still INITIALIZING" in result.reason
    assert (result.outcome, first.live) == ("aborted", ONE)


def test_sick_candidate_is_never_promoted(first: World) -> None:
    first.sick.add(BAD)
    result = first.operations().release(BAD)
    assert result.outcome == "aborted"
    assert "secret: secret-missing" in result.reason
    assert (first.live, first.calls("promote")) == (ONE, 0)


def test_candidate_without_its_pages_is_never_promoted(first: World) -> None:
    first.without_pages.add(BAD)
    result = first.operations().release(BAD)
    assert "/ answered 500" in result.reason
    assert (first.live, first.calls("promote")) == (ONE, 0)


def test_failed_build_is_not_taken_up_again(first: World) -> None:
    first.builds = lambda world, made: world.vercel.fail(made, problem="no")
    first.operations().release(TWO)
    first.builds = lambda world, made: world.vercel.ready(made, port=1)
    assert first.operations().release(TWO).outcome == "promoted"


def test_old_build_is_found_behind_many_newer_ones(first: World) -> None:
    first.vercel.create(first.site, commit=TWO, ref="main", meta={"clerkDeployRevision": REVISION})
    for _ in range(60):
        first.vercel.create(first.site, commit=BAD, ref="main", meta={})
    assert first.operations().release(TWO).built is False


def test_switch_is_done_when_every_name_answers_from_the_release(first: World) -> None:
    first.astray = f"www.{DOMAIN}"
    result = first.operations().release(TWO)
    assert result.outcome == "unknown"
    assert f"https://www.{DOMAIN}" in result.reason


def test_bake_wants_enough_good_looks(first: World) -> None:
    looks: list[int] = []

    def sick_for_two_looks() -> None:
        if "confirm" in first.step_names():
            looks.append(1)
            first.sick_on_domain = {TWO} if len(looks) <= 2 else set()

    first.on_sleep.append(sick_for_two_looks)
    result = first.operations(bakeMinutes=1).release(TWO)
    assert "Only 1 of 3 looks were good" in result.reason
    assert (result.outcome, first.live) == ("rolled back", ONE)


def test_no_answer_of_the_api_leads_the_token_elsewhere(first: World) -> None:
    first.operations().release(TWO)
    assert {each["redirect"] for each in first.sent} == {False}


def test_somebody_elses_move_that_began_during_the_build_is_not_overtaken(first: World) -> None:
    def moving_meanwhile(world: World, made: Made) -> None:
        world.vercel.ready(made, port=1)
        if made.commit == TWO:
            other = world.vercel.create(world.site, commit=BAD, ref="main", meta={})
            world.vercel.move_seconds = 10_000
            world.vercel.move(world.site, other, kind="promote")

    first.builds = moving_meanwhile
    result = first.operations().release(TWO)
    assert (result.outcome, first.live, first.calls("promote")) == ("refused", ONE, 0)


def test_promotion_by_somebody_else_right_after_the_switch_is_left_alone(first: World) -> None:
    other = first.vercel.create(first.site, commit=BAD, ref="main", meta={})

    def told(step: Step) -> None:
        if step.name == "switch":
            first.vercel.move_seconds = 0
            first.vercel.move(first.site, other, kind="promote")

    result = replace(first.operations(), tell=told).release(TWO)
    assert (result.outcome, first.live, first.calls("rollback")) == ("superseded", BAD, 0)


def test_build_of_another_commit_is_refused(first: World) -> None:
    first.bakes = lambda made: {"commit": "9" * 40} if made.commit == TWO else {}
    result = first.operations().release(TWO)
    assert f"serves commit {'9' * 12}" in result.reason
    assert first.live == ONE


def test_build_with_another_revision_is_refused(first: World) -> None:
    first.bakes = lambda made: {"revision": "cd" * 32} if made.commit == TWO else {}
    result = first.operations().release(TWO)
    assert "revision cdcdcdcd" in result.reason
    assert first.live == ONE


def test_release_that_sickens_in_the_bake_is_rolled_back_without_a_build(first: World) -> None:
    before = first.site.live
    first.sick_on_domain.add(BAD)
    result = first.operations().release(BAD)
    assert (result.outcome, result.exit_code) == ("rolled back", Exit.ROLLED_BACK)
    assert (first.live, first.site.live) == (ONE, before)
    assert (first.calls("create"), first.calls("rollback")) == (1, 1)
    assert first.step_names()[-1] == "restore"
    assert "secret-missing" in result.reason


def test_one_bad_look_does_not_end_a_bake(first: World) -> None:
    looks = []

    def once() -> None:
        looks.append(1)
        first.sick_on_domain = {TWO} if len(looks) == 3 else set()

    first.on_sleep.append(once)
    assert first.operations(bakeMinutes=5).release(TWO).outcome == "promoted"


def test_restore_promotes_where_the_plan_refuses_the_rollback(first: World) -> None:
    first.sick_on_domain.add(BAD)
    first.vercel.faults.append(Fault(call="rollback", status=402, code="payment_required"))
    result = first.operations().release(BAD)
    assert (result.outcome, first.live) == ("rolled back", ONE)
    assert first.calls("promote") == 2


def test_failed_way_back_is_told_with_both_reasons(first: World) -> None:
    first.sick_on_domain.add(BAD)
    first.vercel.faults += [
        Fault(call="rollback", status=402, code="payment_required"),
        Fault(call="promote", status=409, code="conflict", times=0),
    ]

    def refuse_second() -> None:
        first.vercel.faults[1].times = 1 if first.calls("promote") == 1 else 0

    first.on_sleep.append(refuse_second)
    result = first.operations().release(BAD)
    assert result.outcome == "unknown"
    assert "secret-missing" in result.reason
    assert "The way back failed too" in result.reason
    assert result.exit_code != Exit.OK


def test_bad_first_release_stays_and_says_so(world: World) -> None:
    world.sick_on_domain.add(ONE)
    result = world.operations().release(ONE)
    assert result.outcome == "aborted"
    assert world.steps[-1].note == "nothing was live before it, so it stays"


def test_condemned_release_needs_a_pardon(first: World) -> None:
    first.sick_on_domain.add(BAD)
    first.operations().release(BAD)
    first.sick_on_domain.clear()
    result = first.operations().release(BAD)
    assert (result.outcome, result.exit_code) == ("refused", Exit.REFUSED)
    assert "--pardon" in result.next_step
    assert first.operations().release(BAD, pardon=True).outcome == "promoted"


def test_missing_token_is_named(world: World) -> None:
    with pytest.raises(UnusableInputError, match="VERCEL_API_TOKEN"):
        world.operations(token="")


def test_unknown_token_is_explained(world: World) -> None:
    result = world.operations(token="another").release(ONE)
    assert (result.outcome, result.exit_code) == ("refused", Exit.USAGE)
    assert "token" in result.next_step


def test_wrong_team_is_explained(world: World) -> None:
    result = world.in_team("team_another00000").release(ONE)
    assert "403" in result.reason
    assert "vercel.team" in result.next_step


def test_unknown_project_is_explained(world: World) -> None:
    world.site.name = "another"
    assert "pulumi up" in world.operations().release(ONE).next_step


def test_unverified_domain_is_refused_with_its_record(world: World) -> None:
    world.site.domains[f"www.{DOMAIN}"] = False
    result = world.operations().release(ONE)
    assert (result.outcome, result.exit_code) == ("refused", Exit.REFUSED)
    assert f"TXT _vercel.www.{DOMAIN}" in result.reason
    assert world.calls("create") == 0


def test_missing_domain_is_refused(world: World) -> None:
    del world.site.domains[f"www.{DOMAIN}"]
    assert f"has no domain www.{DOMAIN}" in world.operations().release(ONE).reason


def test_protection_without_a_bypass_secret_is_explained(first: World) -> None:
    first.site.protected, first.site.bypass = True, BYPASS
    result = first.operations().release(TWO)
    assert "VERCEL_AUTOMATION_BYPASS_SECRET" in result.next_step
    assert (result.outcome, first.live, first.calls("promote")) == ("refused", ONE, 0)


def test_wrong_bypass_secret_is_explained(first: World) -> None:
    first.site.protected, first.site.bypass = True, BYPASS
    result = first.operations(bypass="another").release(TWO)
    assert "does not accept the bypass secret" in result.reason
    assert first.live == ONE


def test_bypass_secret_opens_a_protected_candidate_and_goes_nowhere_else(first: World) -> None:
    first.site.protected, first.site.bypass = True, BYPASS
    assert first.operations(bypass=BYPASS).release(TWO).outcome == "promoted"
    hosts = {each["url"].split("/")[2] for each in first.sent if BYPASS in each["headers"].values()}
    assert hosts
    assert all(host.endswith(".vercel.app") for host in hosts)


def test_token_goes_to_the_api_alone_and_into_no_result(first: World) -> None:
    first.sick_on_domain.add(BAD)
    result = first.operations().release(BAD)
    hosts = {each["url"].split("/")[2] for each in first.sent if TOKEN in str(each["headers"])}
    assert hosts == {"api.vercel.com"}
    assert TOKEN not in repr(result) + "".join(each["url"] for each in first.sent)


def test_auto_assigned_domains_are_refused(first: World) -> None:
    first.site.auto_assign = True
    result = first.operations().release(TWO)
    assert (result.outcome, first.calls("create"), first.live) == ("refused", 0, ONE)
    assert "pulumi up" in result.next_step


def test_build_that_took_the_domains_by_itself_is_taken_back(first: World) -> None:
    def drifts(world: World, made: Made) -> None:
        world.site.auto_assign = True
        world.vercel.ready(made, port=1)

    first.builds = drifts
    result = first.operations().release(TWO)
    assert (result.outcome, first.live) == ("rolled back", ONE)
    assert "unverified" in result.reason


def test_rate_limit_is_waited_for_until_its_reset(first: World) -> None:
    began = first.now
    reset = first.now + 40
    first.vercel.faults.append(Fault(call="create", status=429, code="rate_limited", limit_reset=reset))
    assert first.operations(bakeMinutes=0).release(TWO).outcome == "promoted"
    assert first.now >= began + 40
    assert first.calls("create") == 2


def test_long_rate_limit_names_its_end(first: World) -> None:
    first.vercel.faults.append(
        Fault(call="project", status=429, code="rate_limited", limit_reset=first.now + 3600)
    )
    result = first.operations().release(TWO)
    assert "429, until" in result.reason
    assert (result.exit_code, first.live) == (Exit.COULD_NOT_FIND_OUT, ONE)


def test_api_down_ends_at_a_deadline_with_the_last_answer(first: World) -> None:
    first.down = True
    result = first.operations().release(TWO)
    assert "ConnectionError" in result.reason
    assert TOKEN not in result.reason
    assert (result.exit_code, first.live) == (Exit.COULD_NOT_FIND_OUT, ONE)


def test_passing_trouble_of_the_api_is_sat_out(first: World) -> None:
    first.vercel.faults.append(Fault(call="project", status=503, times=3))
    assert first.operations().release(TWO).outcome == "promoted"


def test_queued_promotion_says_so_and_touches_nothing(first: World) -> None:
    first.site.rolling = True
    result = first.operations().release(TWO)
    assert (result.outcome, result.exit_code) == ("queued", Exit.COULD_NOT_FIND_OUT)
    assert "rolling release" in result.reason
    assert (first.live, first.calls("rollback")) == (ONE, 0)


def test_queued_promotion_that_takes_effect_is_watched(first: World) -> None:
    first.site.rolling = True

    def finish() -> None:
        if first.site.rolling and first.calls("promote"):
            first.vercel.finish_rolling(first.site)

    first.on_sleep.append(finish)
    assert first.operations().release(TWO).outcome == "promoted"


def test_somebody_elses_move_at_work_is_refused(first: World) -> None:
    made = first.vercel.create(first.site, commit=BAD, ref="main", meta={})
    first.vercel.move(first.site, made, kind="promote")
    first.vercel.move_seconds = 10_000
    result = first.operations().release(TWO)
    assert (result.outcome, result.exit_code) == ("refused", Exit.REFUSED)
    assert made.id in result.reason


def test_promotion_by_somebody_else_during_the_build_is_not_overtaken(first: World) -> None:
    def promoted_meanwhile(world: World, made: Made) -> None:
        world.builds = lambda world, made: world.vercel.ready(made, port=1)
        other = world.vercel.create(world.site, commit=BAD, ref="main", meta={})
        world.vercel.move(world.site, other, kind="promote")
        world.now += 5
        world.vercel.ready(made, port=1)

    first.builds = promoted_meanwhile
    result = first.operations().release(TWO)
    assert (result.outcome, first.live, first.calls("promote")) == ("superseded", BAD, 0)


def test_promotion_by_somebody_else_at_the_same_moment_is_told(first: World) -> None:
    other = first.vercel.create(first.site, commit=BAD, ref="main", meta={})

    def at_once() -> None:
        if first.calls("promote") == 1 and first.site.moving and first.site.moving.target != other.id:
            first.vercel.move(first.site, other, kind="promote")
            first.vercel.move_seconds = 0

    first.on_sleep.append(at_once)
    result = first.operations().release(TWO)
    assert (result.outcome, first.live, first.calls("rollback")) == ("superseded", BAD, 0)
    assert other.id in result.reason
    assert first.step_names()[-1] == "switch"


def test_promotion_by_somebody_else_in_the_bake_is_left_alone(first: World) -> None:
    other = first.vercel.create(first.site, commit=BAD, ref="main", meta={})

    def later() -> None:
        if "confirm" in first.step_names() and first.live == TWO:
            first.vercel.move(first.site, other, kind="promote")

    first.on_sleep.append(later)
    result = first.operations(bakeMinutes=10).release(TWO)
    assert (result.outcome, first.live, first.calls("rollback")) == ("superseded", BAD, 0)
    assert first.step_names()[-1] == "bake"


@pytest.mark.parametrize("status", [400, 402, 409, 422])
def test_refused_promotion_leaves_traffic(first: World, status: int) -> None:
    first.vercel.faults.append(Fault(call="promote", status=status, code="refused", message="no"))
    result = first.operations().release(TWO)
    assert f"{status} refused, no" in result.reason
    assert (result.outcome, first.live, first.calls("rollback")) == ("aborted", ONE, 0)
    assert result.next_step


def test_unanswered_promotion_is_looked_at_and_not_asked_twice(first: World) -> None:
    first.vercel.faults.append(Fault(call="promote", status=502, after_effect=True))
    assert first.operations().release(TWO).outcome == "promoted"
    assert first.calls("promote") == 1


def test_commit_that_github_does_not_have_is_explained(first: World) -> None:
    result = first.operations().release("9" * 40)
    assert "was not found" in result.reason
    assert first.live == ONE


def test_short_commit_without_a_github_token_is_refused(world: World) -> None:
    with pytest.raises(UnusableInputError, match="no full commit id"):
        world.operations().release("1111111")


def test_canary_of_the_edge_is_refused(world: World) -> None:
    with pytest.raises(SettingsError, match="canaryPercent"):
        world.operations(canaryPercent=10)


def test_environment_on_another_host_is_refused() -> None:
    other = settings().model_copy(update={"host": Host.CONTAINERS})
    with pytest.raises(SettingsError, match="host `vercel`"):
        vercel_operations(
            names=Names(application="yourapp", environment="production"),
            settings=other,
            environ={"VERCEL_API_TOKEN": TOKEN},
        )


def test_fallback_is_released_as_one_and_not_by_mistake(first: World) -> None:
    first.bakes = lambda made: {"authentication": "client-side"} if made.commit == TWO else {}
    mistaken = first.operations().release(TWO)
    assert (mistaken.outcome, first.live) == ("refused", ONE)
    assert "is the fallback" in mistaken.reason
    assert first.operations().release(TWO, fallback=True).outcome == "promoted"
    assert first.live == TWO
    assert first.operations().rollback().outcome == "promoted"
    assert first.live == ONE


def test_release_that_is_no_fallback_does_not_go_live_as_one(first: World) -> None:
    result = first.operations().release(TWO, fallback=True)
    assert (result.outcome, first.live) == ("refused", ONE)
    assert "is no fallback" in result.reason
