"""A release, a rollback, and everything in between that goes as it should."""

from collections.abc import Callable

from clerk_deploy.release.rules import Rules
from tests.clerk_deploy.release.world import FOUR, ONE, RULES, THREE, TWO, World


def test_the_first_release_ever_goes_live(world: World):
    result = world.release(ONE)
    assert result.status == "SUCCEEDED"
    ended = world.assert_well(live=ONE, outcome="promoted")
    assert ended.target.release == f"{ONE[:12]}-11111111"


def test_three_releases_use_three_slots_and_keep_the_way_back(world: World):
    for commit in (ONE, TWO, THREE):
        world.release(commit)
        world.assert_well(live=commit, outcome="promoted")
    assert {served.commit for served in world.cloud.served.values()} == {ONE, TWO, THREE}
    world.release(FOUR)
    # the oldest went; what was live before is still there
    assert {served.commit for served in world.cloud.served.values()} == {TWO, THREE, FOUR}
    assert world.failed_requests == []


def test_a_rollback_needs_no_build(world: World):
    world.release(ONE)
    world.release(TWO)
    world.cloud.github_status = 0
    world.calls.clear()
    result = world.rollback()
    assert result.status == "SUCCEEDED"
    world.assert_well(live=ONE, outcome="promoted")
    assert "amplify.start_job" not in world.calls
    assert world.failed_requests == []


def test_a_rollback_changes_at_most_six_things_beside_the_ledger(world: World):
    world.release(ONE)
    world.release(TWO)
    world.calls.clear()
    world.rollback()
    changes = [
        call
        for call in world.calls
        if not call.startswith("dynamodb.")
        and call.split(".")[1].startswith(("update", "start", "stop", "put", "publish", "create"))
    ]
    assert len(changes) <= 6, changes


def test_what_is_live_already_is_left_alone(world: World):
    world.release(ONE)
    writes = len(world.cloud.store.writes)
    world.release(ONE)
    world.assert_well(live=ONE, outcome="nothing to do")
    assert len(world.cloud.store.writes) == writes


def test_what_a_slot_holds_is_not_built_again(world: World):
    world.release(ONE)
    world.release(TWO)
    world.calls.clear()
    world.release(ONE)
    world.assert_well(live=ONE, outcome="promoted")
    assert "amplify.start_job" not in world.calls


def test_the_way_back_is_never_built_over(world: World):
    for commit in (ONE, TWO, THREE):
        world.release(commit)
    world.rollback()
    world.release(FOUR)
    # the slot of the condemned release went, though another one is older
    assert {served.commit for served in world.cloud.served.values()} == {ONE, TWO, FOUR}


def test_a_release_that_no_slot_holds_any_more_is_rebuilt_and_says_so(world: World):
    for commit in (ONE, TWO, THREE, FOUR):
        world.release(commit)
    result = world.rollback(to=f"{ONE[:12]}-11111111")
    assert result.status == "SUCCEEDED"
    ended = world.assert_well(live=ONE, outcome="promoted")
    assert any("new release of the old commit" in step.note for step in ended.steps)


def test_without_a_commit_the_branch_is_released(world: World):
    world.cloud.branches["main"] = TWO
    world.release()
    world.assert_well(live=TWO, outcome="promoted")


def test_a_canary_comes_first_when_it_is_set(make_world: Callable[..., World]):
    world = make_world(rules=Rules(**{**RULES.__dict__, "canary_percent": 10}))
    world.release(ONE)
    shares: list[int] = []
    world.at("Watch the canary", lambda: shares.append(world.cloud.edge().percentage))
    world.release(TWO)
    assert shares == [10]
    world.assert_well(live=TWO, outcome="promoted")


def test_each_step_is_in_the_ledger_with_its_duration(world: World):
    world.release(ONE)
    steps = {step.name: step for step in world.newest.steps}
    assert list(steps) == [
        "Begin", "Prepare", "Plan", "StartBuild", "LookAtBuild", "Verify", "Switch", "Confirm", "Bake",
        "Promote", "Unlock", "Notify",
    ]  # fmt: skip
    assert steps["Bake"].seconds > steps["Switch"].seconds


def test_a_pipelines_release_and_its_stage_rollback_are_recorded_as_what_they_are(world: World):
    world.release(ONE)
    asked = {"kind": "release", "who": "pipeline", "how": "pipeline"}
    world.run({**asked, "commit": TWO, "pipeline_execution": "forward-1"})
    assert world.assert_well(live=TWO, outcome="promoted").request.how == "pipeline"
    world.run({**asked, "commit": ONE, "pipeline_execution": "back-1"})
    ended = world.assert_well(live=ONE, outcome="promoted")
    assert (ended.request.kind, ended.request.how) == ("rollback", "pipeline-rollback")
