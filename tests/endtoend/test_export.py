"""By the real CDK CLI and clerk-deploy: the app's lines end as metrics at the vendor."""

import json
import time
from typing import Any

import pytest

from clerk_deploy.monitoring.export.vendors import Vendor
from rehearsal.clients import aws_client, outputs
from rehearsal.monitor.app import RECEIVED
from rehearsal.monitor.state import KEYS
from rehearsal.stage import Stage
from tests.endtoend.conftest import SITE

pytestmark = [pytest.mark.endtoend, pytest.mark.xdist_group("endtoend")]

SECONDS = 60.0
LINE = {
    "time": "2026-11-24T12:00:00.000Z", "event": "auth.signin", "route": "/api/auth/signin",
    "method": "POST", "status": 200, "duration_ms": 90, "validation_ms": None, "reason": "ok",
    "tenant": None, "slot": "slot-a", "commit": "c", "revision": "r", "synthetic": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def stage(tiny: Stage) -> Stage:
    tiny.commands.clerk_deploy("monitoring", "connect", stdin=KEYS[Vendor.DATADOG])
    return tiny


def sign_in(stage: Stage, *, failed: bool) -> None:
    logs = aws_client(stage, "logs")
    group = outputs(stage, "Monitoring")["LogGroup"]
    if not logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="test")["logStreams"]:
        logs.create_log_stream(logGroupName=group, logStreamName="test")
    line = {**LINE, **({"status": 401, "reason": "incorrect-password"} if failed else {})}
    event = {"timestamp": int(time.time() * 1000), "message": json.dumps(line)}
    logs.put_log_events(logGroupName=group, logStreamName="test", logEvents=[event])


def test_sign_ins_and_verifications_are_seen_at_the_vendor(stage: Stage) -> None:
    wanted = {"SignIns", "SignInFailures", "Duration", "ReleaseRequests", "VerificationFailures"}
    told: dict[str, Any] = {}
    deadline = time.monotonic() + SECONDS
    with stage.client() as client:
        while time.monotonic() < deadline:
            sign_in(stage, failed=False)
            sign_in(stage, failed=True)
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
