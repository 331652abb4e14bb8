"""The evaluator at work on ministack's alarms: it keeps every datapoint, and judges by AWS's clock."""

import logging
import threading
import time
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from rehearsal.aws.cloudwatch.alarm import judge
from rehearsal.aws.cloudwatch.clock import Clock
from rehearsal.aws.cloudwatch.points import Datum, NotEvaluatedError, Point, Store, key_of

MINUTE = 60.0
SHORTEST_SECONDS = 0.1
LONGEST_SECONDS = 5.0

logger = logging.getLogger("rehearsal.alarms")


class LiveEvaluator:
    """Judges all metric alarms of the account's region.

    Args:
        account: The account.
        region: The region.
        clock: AWS's time.
    """

    def __init__(self, *, account: str, region: str, clock: Clock) -> None:
        self._account = account
        self._region = region
        self._clock = clock
        self._store = Store()
        self._lock = threading.Lock()
        self._refused: set[str] = set()

    def keep(self, datum: Datum) -> None:
        """Keep a datapoint."""
        dimensions = [{"Name": name, "Value": value} for name, value in datum.dimensions.items()]
        key = key_of(datum.namespace, datum.name, dimensions)
        at = self._clock.at(datum.at)
        point = Point(at=at, value=datum.value, arrived=self._clock.now(), count=datum.count)
        with self._lock:
            self._store.put(key, point)

    def start(self) -> None:
        """Judge for as long as the process lives, each minute of AWS's time or more often."""
        threading.Thread(target=self._run, daemon=True, name="alarms").start()

    def tick(self) -> None:
        """Judge every alarm once."""
        with request_scope(self._account, self._region):
            for alarm in list(cloudwatch._alarms.values()):
                self._judge(alarm)

    def _run(self) -> None:
        pause = min(max(MINUTE / self._clock.scale, SHORTEST_SECONDS), LONGEST_SECONDS)
        while True:
            time.sleep(pause)
            try:
                self.tick()
            except Exception:
                logger.exception("alarms could not be judged")

    def _judge(self, alarm: dict[str, Any]) -> None:
        old = alarm["StateValue"]
        try:
            with self._lock:
                verdict = judge(alarm, self._store, now=self._clock.now(), state=old)
        except NotEvaluatedError as error:
            if alarm["AlarmName"] not in self._refused:
                self._refused.add(alarm["AlarmName"])
                logger.warning("%s", error)
            return
        if verdict.state == old:
            return
        shown = ", ".join("-" if value is None else f"{value:g}" for value in verdict.values)
        reason = f"Datapoints [{shown}], oldest first; threshold {alarm.get('Threshold')}"
        alarm.update(StateValue=verdict.state, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
        cloudwatch._record_history(alarm["AlarmName"], old, verdict.state, reason)
        cloudwatch._dispatch_alarm_actions(alarm, old, verdict.state, reason)
        cloudwatch._evaluate_parent_alarms(alarm)
