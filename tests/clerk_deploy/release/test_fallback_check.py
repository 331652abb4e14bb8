"""The scheduled build of the fallback: started, and told of when it cannot be."""

import json
from typing import Any

import pytest

from clerk_deploy.names import Names
from clerk_deploy.release.deployed import VARIABLE, Deployed
from clerk_deploy.release.fallback_check import FallbackCheck
from clerk_deploy.release.github import Repository
from clerk_deploy.release.notify import Notifier
from clerk_deploy.release.slots import Slots
from tests.clerk_deploy.release.cloud import APP, Cloud
from tests.clerk_deploy.release.world import FOUR

SLOT = "fallback-check"
BRANCH = "yourapp-production-fallback-check"


@pytest.fixture
def cloud() -> Cloud:
    made = Cloud()
    made.jobs[SLOT] = []
    made.commits = {FOUR}
    made.branches["client-side-clerk"] = FOUR
    return made


def check(cloud: Cloud) -> FallbackCheck:
    names = Names(application="yourapp", environment="production")
    return FallbackCheck(
        ref="client-side-clerk",
        repository=Repository(http=cloud, owner="your-org", name="yourapp", token="example"),
        slots=Slots(client=cloud, app_id=APP, names=names),
        notifier=Notifier(client=cloud, topic="arn:topic", names=names),
    )


def test_the_ref_is_built_in_a_branch_of_its_own(cloud: Cloud) -> None:
    assert check(cloud).run() == f"job 0000000001 builds {FOUR[:12]}"
    assert cloud.branches[BRANCH] == FOUR
    assert [job.commit for job in cloud.jobs[SLOT]] == [FOUR]
    assert cloud.told == []


def test_a_build_that_still_runs_is_left_alone(cloud: Cloud) -> None:
    check(cloud).run()
    assert check(cloud).run() == "job 0000000001 is PENDING"
    assert len(cloud.jobs[SLOT]) == 1


def test_a_failure_that_nobody_mended_is_told_again_and_it_is_tried_again(cloud: Cloud) -> None:
    check(cloud).run()
    cloud.jobs[SLOT][0].status = "FAILED"
    assert check(cloud).run() == f"job 0000000002 builds {FOUR[:12]}"
    (told,) = cloud.told
    assert "the fallback client-side-clerk still did not build" in told
    assert "npm run build" in told
    assert "job 0000000001 of yourapp-production-fallback-check" in told


def test_a_build_that_went_well_is_not_told(cloud: Cloud) -> None:
    check(cloud).run()
    cloud.jobs[SLOT][0].status = "SUCCEED"
    check(cloud).run()
    assert cloud.told == []


def test_a_ref_that_is_gone_is_told(cloud: Cloud) -> None:
    del cloud.branches["client-side-clerk"]
    check(cloud).run()
    (told,) = cloud.told
    assert "the fallback client-side-clerk cannot be built" in told
    assert "has no commit client-side-clerk" in told
    assert cloud.jobs[SLOT] == []


def test_a_token_that_github_refuses_is_told_with_the_command(cloud: Cloud) -> None:
    cloud.github_status = 401
    check(cloud).run()
    (told,) = cloud.told
    assert "clerk-deploy repository connect" in told


@pytest.mark.parametrize("ref", ["", "client-side-clerk"])
def test_functions_are_told_of_a_fallback_only_where_there_is_one(ref: str) -> None:
    given: dict[str, Any] = dict.fromkeys(
        ("application", "environment", "app_id", "store_arn", "table", "machine_arn", "topic_arn"), "x"
    )
    deployed = Deployed(**given, domains=("yourapp.com",), repository="a/b", branch="main", fallback=ref)
    assert ("fallback" in json.loads(deployed.to_json())) is bool(ref)
    assert Deployed.read({VARIABLE: deployed.to_json()}) == deployed
