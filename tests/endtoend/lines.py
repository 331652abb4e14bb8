"""Lines in the group that Monitoring watches, as the application would write them."""

import json
import time
from typing import Any

from rehearsal.clients import aws_client, outputs
from rehearsal.stage import Stage


def line(**fields: Any) -> dict[str, Any]:
    return {
        "time": "2026-11-24T12:00:00.000Z", "event": "auth.signin", "route": "/api/auth/signin",
        "method": "POST", "status": 200, "duration_ms": 90, "validation_ms": None, "reason": "ok",
        "tenant": None, "slot": "slot-a", "commit": "c", "revision": "r", "synthetic": False, **fields,
    }  # fmt: skip


def write(stage: Stage, *lines: dict[str, Any]) -> None:
    logs = aws_client(stage, "logs")
    group = outputs(stage, "Monitoring")["LogGroup"]
    if not logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="test")["logStreams"]:
        logs.create_log_stream(logGroupName=group, logStreamName="test")
    now = int(time.time() * 1000)
    logs.put_log_events(
        logGroupName=group,
        logStreamName="test",
        logEvents=[{"timestamp": now, "message": json.dumps(line)} for line in lines],
    )
