"""Reading the application's log: what was written since a moment, and what comes."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from clerk_deploy.aws.errors import aws_errors
from clerk_deploy.errors import UnusableInputError
from clerk_deploy.monitoring import filter_pattern as f
from clerk_deploy.monitoring.log_contract import EVENTS, REASONS

OVERLAP_MS: Final = 10_000
"""How far a look goes back behind the newest line: lines of several servers do not arrive in order."""

PAUSE_SECONDS: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which lines.

    Args:
        event: Of one event.
        reason: Of one reason.
        slot: Of one slot.
        failures: Answers of 400 and more only.
        users: Not those of the deployment's own verification.
        text: That hold this text.
    """

    event: str = ""
    reason: str = ""
    slot: str = ""
    failures: bool = False
    users: bool = False
    text: str = ""

    def pattern(self) -> str:
        """CloudWatch's filter pattern; empty for every line. The text is looked for here.

        Raises:
            UnusableInputError: The log contract has no such event or reason.
        """
        try:
            conditions = [
                *([f.equal("event", self.event)] if self.event else []),
                *([f.equal("reason", self.reason)] if self.reason else []),
                *([f.equal("slot", self.slot)] if self.slot else []),
                *([f.at_least("status", 400)] if self.failures else []),
                *([f.flag("synthetic", is_true=False)] if self.users else []),
            ]
        except f.UnknownNameError as error:
            known = EVENTS if self.event and self.event not in EVENTS else REASONS
            raise UnusableInputError(
                f"No line can match: {error}.", next_step=f"name one of {', '.join(known)}"
            ) from None
        return f.pattern(*conditions) if conditions else ""


@dataclass(frozen=True, kw_only=True)
class LogReader:
    """Reads one log group.

    Args:
        client: boto3's `logs` client.
        group: The log group.
        streams: How the names of the streams begin that are read; empty for all.
        now: The time in seconds since the epoch.
        sleep: Waits for some seconds.
    """

    client: Any
    group: str
    streams: str = ""
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def lines(self, wanted: Wanted, *, since: float, follow: bool) -> Iterator[str]:
        """Lines in the order in which they come; each once.

        Args:
            wanted: Which.
            since: From that moment, in seconds since the epoch.
            follow: Go on for ever.

        Raises:
            DeployError: AWS did not answer, or there is no such group.
        """
        pattern, start = wanted.pattern(), int(since * 1000)
        seen: dict[str, int] = {}
        while True:
            newest = start
            for event in self._events(pattern, start):
                newest = max(newest, event["timestamp"])
                if event["eventId"] in seen:
                    continue
                seen[event["eventId"]] = event["timestamp"]
                if wanted.text in event["message"]:
                    yield event["message"].rstrip("\n")
            if not follow:
                return
            start = max(start, newest - OVERLAP_MS)
            seen = {key: at for key, at in seen.items() if at >= start}
            self.sleep(PAUSE_SECONDS)

    def _events(self, pattern: str, start: int) -> Iterator[dict[str, Any]]:
        missing = UnusableInputError(
            f"There is no log group {self.group}.", next_step="`clerk-deploy status` tells what is deployed"
        )
        arguments = {"logGroupName": self.group, "startTime": start, "filterPattern": pattern}
        if self.streams:
            arguments["logStreamNamePrefix"] = self.streams
        with aws_errors(f"Reading {self.group}", missing=missing):
            for page in self.client.get_paginator("filter_log_events").paginate(**arguments):
                yield from page["events"]
