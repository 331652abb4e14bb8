"""What a check works with: the target, a client with the check's deadline, and what the run has fetched."""

import threading
import time
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from clerk_deploy.verification.http import Client, OutOfTimeError, RateLimitedError, Response
from clerk_deploy.verification.target import Target

T = TypeVar("T")

SHARED_SECONDS: Final = 30.0
"""Time for a fetch that several checks share: not that of the check which happens to come first."""


LONGEST_WAIT: Final = 12
"""Seconds that a rate limit may ask for: Clerk's for sign-ins is ten."""


class PrerequisiteError(Exception):
    """Something that another check tests is broken, so this one cannot find out; the message names it."""


class Shared:
    """What is fetched once in a run, by whichever check needs it first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[Hashable, Future[Any]] = {}

    def once(self, key: Hashable, make: Callable[[], T], *, timeout: float) -> T:
        """The value of a key, made by the first caller; an error of its making is everybody's.

        Args:
            key: What it is.
            make: Makes it.
            timeout: Seconds that a later caller waits.

        Raises:
            OutOfTimeError: Another caller is still making it.
        """
        with self._lock:
            future: Future[T] | None = self._made.get(key)
            is_first = future is None
            if future is None:
                future = self._made[key] = Future()
        if is_first:
            try:
                future.set_result(make())
            except BaseException as error:
                future.set_exception(error)
        try:
            return future.result(timeout=timeout)
        except FutureTimeoutError:
            if future.done():
                raise
            raise OutOfTimeError("the check's time was over") from None


@dataclass(frozen=True, kw_only=True)
class Context:
    """Handed to every check.

    Args:
        target: What is verified.
        client: Sends requests.
        now: The time in seconds since the epoch.
        sleep: Waits some seconds.
        aws: Makes a boto3 client of a service; None without AWS credentials.
        lookup: Asks DNS: (name, type) to values; None where names are resolved elsewhere.
        shared: What the run has fetched.
    """

    target: Target
    client: Client
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    aws: Callable[[str], Any] | None = None
    lookup: Callable[[str, str], tuple[str, ...]] | None = None
    shared: Shared = field(default_factory=Shared)

    def until(self, deadline: float) -> "Context":
        """The same context with a deadline on the monotonic clock."""
        return replace(self, client=self.client.until(deadline))

    def once(self, key: Hashable, make: Callable[["Context"], T]) -> T:
        """The run's one value of a key.

        Args:
            key: What it is.
            make: Makes it, with a context whose deadline is not this check's own.
        """
        left = SHARED_SECONDS if self.client.deadline is None else self.client.deadline - time.monotonic()
        own = self.until(time.monotonic() + SHARED_SECONDS)
        return self.shared.once(key, lambda: make(own), timeout=max(0.0, left))

    def url(self, path: str) -> str:
        """The address of a path of the site."""
        return f"{self.target.url}{path}"

    def get(self, path: str, *, headers: Mapping[str, str] | None = None, follow: int = 0) -> Response:
        """GET a path of the site."""
        return self.client.get(self.url(path), headers=headers, follow=follow)

    def post(self, path: str, document: object, *, headers: Mapping[str, str] | None = None) -> Response:
        """POST JSON to a path of the site."""
        return self.client.post(self.url(path), document, headers=headers)


def patient(context: Context, ask: Callable[[], Response]) -> Response:
    """An answer; after a 429 that says when, one more try then: Clerk limits sign-ins by address.

    Args:
        context: Waits.
        ask: Sends the request.
    """
    try:
        return ask()
    except RateLimitedError as error:
        if error.retry_after is None or error.retry_after > LONGEST_WAIT:
            raise
        context.sleep(error.retry_after)
    return ask()
