from dataclasses import replace

import pytest

from clerk_deploy.verification.checks import rate_limit
from clerk_deploy.verification.engine import execute
from clerk_deploy.verification.findings import Status
from clerk_deploy.verification.registry import all_checks

CHECKS = {check.id: check for check in all_checks()}


def finding(served, *faults: str, requests: int = 10):
    served.world.faults |= set(faults)
    target = served.target()
    target = replace(target, backend=replace(target.backend, requests_per_window=requests))
    return execute(CHECKS["rate_limit.backend"], served.context(target, sleep=lambda _: None))


def test_limit_that_refuses_and_recovers_passes(served):
    found = finding(served, "backend-limit")
    assert found.status is Status.PASSED
    assert "Retry-After 1" in found.evidence


def test_backend_without_a_limit_fails(served):
    assert finding(served).status is Status.FAILED


def test_limit_that_never_ends_fails(served):
    found = finding(served, "backend-limit", "backend-limit-for-ever")
    assert found.status is Status.FAILED
    assert "still" in found.evidence


def test_number_of_requests_is_a_setting(served):
    assert finding(served, requests=0).status is Status.SKIPPED


def test_app_without_a_limit_fails(served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rate_limit, "APP_REQUESTS", 5)
    context = served.context(sleep=lambda _: None)
    assert execute(CHECKS["rate_limit.app"], context).status is Status.FAILED
