"""The fallback, with Clerk's own components: checks of its own, and none of the app's own sign-in."""

import time

import pytest

from clerk_deploy.verification.engine import execute, run
from clerk_deploy.verification.findings import Status
from clerk_deploy.verification.registry import Moment, Need, all_checks, select
from clerk_deploy.verification.target import Expected
from tests.clerk_deploy.verification import world as w

CHECKS = {check.id: check for check in all_checks()}
FAULTS = {
    "client_side.script": ("script-absent", "script-elsewhere", "npm-404"),
    "client_side.key": ("script-other-key", "script-absent"),
    "client_side.components": ("no-components", "npm-ui-404", "own-form", "still-signs-in"),
    "client_side.protected": ("protected-open", "protected-elsewhere"),
}


@pytest.fixture
def fallback(served):
    served.world.faults.add("client-side")
    return served


def finding(served, name: str, **changes: object):
    context = served.context(served.target(**changes))
    return execute(CHECKS[name], context.until(time.monotonic() + 20))


def test_every_check_of_it_has_a_fault():
    assert set(FAULTS) == {name for name in CHECKS if name.startswith("client_side.")}


@pytest.mark.parametrize(("name", "fault"), [(name, each) for name, all_ in FAULTS.items() for each in all_])
def test_check_fails_on_its_fault(fallback, name: str, fault: str):
    assert finding(fallback, name).status is Status.PASSED
    fallback.world.faults.add(fault)
    found = finding(fallback, name)
    assert found.status is Status.FAILED, found
    assert "the check itself broke" not in found.evidence


@pytest.mark.parametrize("moment", list(Moment))
def test_a_healthy_fallback_passes_whatever_is_not_of_the_apps_own_sign_in(fallback, moment: Moment):
    checks = select(all_checks(), moment=moment)
    report = run(checks, fallback.context(), moment=moment)
    left_out = {each.id for each in checks if Need.BACKEND_SIGN_IN in each.needs}
    skipped = {each.check.id: each.finding.evidence for each in report.of(Status.SKIPPED)}
    assert left_out <= set(skipped)
    assert {skipped[name] for name in left_out} <= {"client-side Clerk is live, the fallback"}
    assert [(each.check.id, each.finding) for each in report.of(Status.FAILED)] == []
    assert [(each.check.id, each.finding) for each in report.of(Status.UNKNOWN)] == []
    passed = {each.check.id for each in report.of(Status.PASSED)}
    assert {"authentication.me", "client_side.script", "client_side.protected"} <= passed


def test_values_that_only_a_page_behind_sign_in_holds_are_not_missed(fallback):
    fallback.world.faults.add("blank-tenant")
    assert finding(fallback, "leakage.public_values").status is Status.SKIPPED


def test_on_the_other_app_its_checks_are_left_out(served):
    found = finding(served, "client_side.script")
    assert (found.status, found.evidence) == (
        Status.SKIPPED,
        "users sign in by the app's own API, not at Clerk",
    )


def test_an_app_that_does_not_tell_signs_users_in_by_itself(served):
    served.world.faults.add("health-of-old")
    assert finding(served, "client_side.script").status is Status.SKIPPED
    expected = Expected(commit=w.COMMIT, authentication="backend")
    assert finding(served, "authentication.health", expected=expected).status is Status.PASSED


@pytest.mark.parametrize(("is_", "wanted"), [("client-side", "backend"), ("", "client-side")])
def test_the_app_that_a_release_does_not_expect_is_a_failure(served, is_: str, wanted: str):
    served.world.faults |= {is_} - {""}
    found = finding(served, "authentication.health", expected=Expected(authentication=wanted))
    assert found.status is Status.FAILED
    assert f"not {wanted}" in found.evidence


def test_what_a_release_expects_decides_which_checks_run(served):
    found = finding(served, "client_side.script", expected=Expected(authentication="client-side"))
    assert found.status is Status.FAILED


def test_a_site_that_does_not_answer_is_taken_for_the_app_with_its_own_sign_in(fallback):
    fallback.world.faults.add("limited")
    context = fallback.context()
    report = run(select(all_checks(), moment=Moment.EMERGENCY), context, moment=Moment.EMERGENCY)
    assert {each.check.id: each.status for each in report.results}["client_side.script"] is Status.SKIPPED
