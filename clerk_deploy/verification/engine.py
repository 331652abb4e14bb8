"""Runs checks in parallel, each with its own deadline. Nothing that a check does ends the run."""

import queue
import re
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from clerk_deploy.secret_value import STARS, SecretValue
from clerk_deploy.verification.context import Context, PrerequisiteError
from clerk_deploy.verification.findings import Finding, Status, failed, skipped, unknown
from clerk_deploy.verification.http import NoAnswerError, OutOfTimeError, RateLimitedError
from clerk_deploy.verification.needs import missing
from clerk_deploy.verification.registry import Check, Moment
from clerk_deploy.verification.report import Report, Result, Waiver, apply_waivers

WORKERS: Final = 12
GRACE: Final = 1.0
"""Seconds that a check may overrun before its thread is given up."""
FIRST_ANSWER: Final = 10.0
_TOKEN: Final = re.compile(r"eyJ[\w-]{8,}\.[\w-]*\.?[\w-]*")


@dataclass(frozen=True, kw_only=True)
class _Done:
    index: int
    finding: Finding
    seconds: float


def run(
    checks: Sequence[Check],
    context: Context,
    *,
    moment: Moment,
    waivers: Sequence[Waiver] = (),
    workers: int = WORKERS,
) -> Report:
    """Runs checks.

    Args:
        checks: In the order in which the report lists them.
        context: What is verified, and with what.
        moment: When this happens; only reported.
        waivers: Failures that are accepted.
        workers: Checks at work at the same time.
    """
    started, began = context.now(), time.monotonic()
    context = _without_dead_site(context)
    done = _Run(checks, context, workers).results()
    today = datetime.fromtimestamp(started, UTC).date()
    names = tuple(user.email for user in context.target.users)
    results = tuple(
        Result(
            check=check,
            finding=apply_waivers(_clean(each.finding, names), check, waivers, today),
            seconds=each.seconds,
        )
        for check, each in zip(checks, done, strict=True)
    )
    return Report(
        url=context.target.url,
        moment=moment,
        started=started,
        seconds=time.monotonic() - began,
        results=results,
    )


class _Run:
    """Threads are daemons and are given up when they hang: a thread cannot be ended from outside."""

    def __init__(self, checks: Sequence[Check], context: Context, workers: int) -> None:
        self._checks = checks
        self._context = context
        self._workers = workers
        self._waiting = deque(range(len(checks)))
        self._started: dict[int, float] = {}
        self._done: dict[int, _Done] = {}
        self._queue: queue.SimpleQueue[_Done] = queue.SimpleQueue()

    def results(self) -> list[_Done]:
        while self._waiting or self._started:
            while self._waiting and len(self._started) < self._workers:
                self._start(self._waiting.popleft())
            try:
                self._record(self._queue.get(timeout=self._until_next_overdue()))
            except queue.Empty:
                self._give_up_overdue()
        return [self._done[index] for index in range(len(self._checks))]

    def _start(self, index: int) -> None:
        self._started[index] = time.monotonic()
        threading.Thread(target=self._work, args=(index,), daemon=True, name=self._checks[index].id).start()

    def _work(self, index: int) -> None:
        started = time.monotonic()
        finding = execute(self._checks[index], self._context.until(started + self._checks[index].deadline))
        self._queue.put(_Done(index=index, finding=finding, seconds=time.monotonic() - started))

    def _record(self, done: _Done) -> None:
        # The answer of a check that was given up comes too late.
        if self._started.pop(done.index, None) is not None:
            self._done[done.index] = done

    def _overdue_at(self, index: int) -> float:
        return self._started[index] + self._checks[index].deadline + GRACE

    def _until_next_overdue(self) -> float:
        return max(0.0, min(self._overdue_at(index) for index in self._started) - time.monotonic())

    def _give_up_overdue(self) -> None:
        now = time.monotonic()
        for index in [each for each in self._started if self._overdue_at(each) <= now]:
            seconds = self._checks[index].deadline
            finding = failed(f"it did not end within {seconds:g} s: something accepts requests and hangs")
            self._record(_Done(index=index, finding=finding, seconds=now - self._started[index]))


def execute(check: Check, context: Context) -> Finding:
    """One check's finding; its crash is a failure of the check.

    Args:
        check: The check.
        context: With the check's deadline.
    """
    if reason := missing(check, context):
        return skipped(reason)
    try:
        return check.function(context)
    except (PrerequisiteError, RateLimitedError) as error:
        return unknown(str(error))
    except NoAnswerError as error:
        return _unanswered(error, context)
    except Exception as error:
        # The message may hold what an answer held: only the class and the place are shown.
        return failed(f"the check itself broke: {type(error).__name__} at {_place(error)}")


def _unanswered(error: NoAnswerError, context: Context) -> Finding:
    """What is verified must answer; what others run (Clerk, DNS) may be unreachable from here alone."""
    if error.host in context.client.dead:
        return unknown(f"{error}: see transport.reachable")
    verified = {context.target.host, urlsplit(context.target.api_base_url).hostname}
    if isinstance(error, OutOfTimeError) or error.host in verified:
        return failed(str(error))
    return unknown(str(error))


def _without_dead_site(context: Context) -> Context:
    """Asks the site once; when nothing answers, no check waits for it again."""
    try:
        context.once("first answer", lambda own: own.until(time.monotonic() + FIRST_ANSWER).get("/"))
    except RateLimitedError:
        return context
    except NoAnswerError:
        return replace(context, client=replace(context.client, dead=frozenset({context.target.host})))
    return context


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None:
        return "an unknown line"
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"


def _clean(finding: Finding, names: tuple[str, ...]) -> Finding:
    """A finding without secrets, tokens or the smoke users' addresses, whatever a check put into it."""

    def clean(text: str) -> str:
        for name in names:
            text = text.replace(name, STARS)
        return _TOKEN.sub(STARS, SecretValue.hide_in(text))

    return Finding(
        status=Status(finding.status),
        evidence=clean(finding.evidence),
        details=tuple(clean(detail) for detail in finding.details),
    )
