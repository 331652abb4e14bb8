"""By the real CDK CLI and clerk-deploy: the app's lines end as metrics at the vendor."""

import time
from typing import Any

import pytest

from clerk_deploy.monitoring.export.vendors import Vendor
from rehearsal.monitor.app import RECEIVED
from rehearsal.monitor.state import KEYS
from rehearsal.stage import Stage
from tests.endtoend.conftest import SITE
from tests.endtoend.lines import line, write

pytestmark = [pytest.mark.endtoend, pytest.mark.xdist_group("endtoend")]

SECONDS = 60.0


@pytest.fixture(scope="module")
def stage(tiny: Stage) -> Stage:
    tiny.commands.clerk_deploy("monitoring", "connect", stdin=KEYS[Vendor.DATADOG])
    return tiny


def test_sign_ins_and_verifications_are_seen_at_the_vendor(stage: Stage) -> None:
    wanted = {"SignIns", "SignInFailures", "Duration", "ReleaseRequests", "VerificationFailures"}
    told: dict[str, Any] = {}
    deadline = time.monotonic() + SECONDS
    with stage.client() as client:
        while time.monotonic() < deadline:
            write(stage, line(), line(status=401, reason="incorrect-password"))
            told = client.get(f"https://awsmetrics-intake.{SITE}{RECEIVED}").json()
            if wanted <= {sample["metric"] for sample in told["samples"]}:
                break
            time.sleep(0.5)
    assert wanted <= {sample["metric"] for sample in told["samples"]}
    assert {sample["namespace"] for sample in told["samples"]} == {"yourapp/production"}
    (durations, *_) = [sample for sample in told["samples"] if sample["metric"] == "Duration"]
    assert 0.95 in {quantile for quantile, _ in durations["quantiles"]}
    assert {status for _, status, _ in told["deliveries"]} == {200}


def test_the_key_is_in_nothing_that_was_written(stage: Stage) -> None:
    key = KEYS[Vendor.DATADOG].encode()
    state = stage.folder / "aws" / "ministack"
    found = [
        path
        for path in stage.folder.rglob("*")
        if path.is_file() and state not in path.parents and key in path.read_bytes()
    ]
    assert found == []
