"""The Lambda functions of the Delivery stack."""

import json
import os
import sys
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from clerk_deploy.release.deployed import Deployed
from clerk_deploy.release.engine import Engine
from clerk_deploy.release.run import run_step
from clerk_deploy.release.watch import on_alarm, sweep
from clerk_deploy.release.wiring import wire, wire_fallback_check

CONFIG = Config(
    connect_timeout=5,
    read_timeout=20,
    retries={"mode": "standard", "total_max_attempts": 3},
    user_agent_extra="clerk-deploy",
)


def step(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """One step of an operation."""
    answer = run_step(_engine(), event)
    _log(step=event["step"], execution=event["execution"], answer=answer)
    return answer


def alarm(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """A release alarm changed its state."""
    engine = _engine()
    done = []
    for record in event["Records"]:
        message = json.loads(record["Sns"]["Message"])
        done.append(on_alarm(engine, alarm=message["AlarmName"], state=message["NewStateValue"]))
    _log(alarm=done)
    return {"done": done}


def clean_up(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """On a schedule, and when an execution ended badly."""
    done = sweep(_engine())
    _log(sweep=done)
    return {"done": done}


def check_fallback(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """On a schedule: does the fallback still build?"""
    done = wire_fallback_check(Deployed.read(os.environ), client=_client, environ=os.environ).run()
    _log(fallback=done)
    return {"done": done}


@cache
def _client(service: str) -> Any:
    return boto3.client(service, config=CONFIG)


def _engine() -> Engine:
    # anew each time: tokens may have been rotated
    return wire(Deployed.read(os.environ), client=_client, environ=os.environ)


def _log(**fields: Any) -> None:
    sys.stdout.write(json.dumps({"event": "release", **fields}, default=str) + "\n")
