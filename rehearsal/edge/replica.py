"""A copy of something remote that is read on every request: bounded in age, refreshed beside the requests."""

import asyncio
import collections
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Staleness:
    """How old a copy may be, in seconds.

    Args:
        refresh: A request that finds it older has it refreshed, and is served with it nevertheless.
        bound: A request that finds it older waits for the refresh.
        propagation: A change is held back for so long, as a change takes its time to reach an edge.
    """

    refresh: float = 1.0
    bound: float = 2.0
    propagation: float = 0.0


class Replica(Generic[T]):
    """One remote value.

    Args:
        load: Fetches it; blocking, run in a thread.
        staleness: How old it may be.
        clock: Monotonic seconds.
    """

    def __init__(
        self, load: Callable[[], T], *, staleness: Staleness, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._load = load
        self._staleness = staleness
        self._clock = clock
        self._tried = float("-inf")
        self._visible: T | None = None
        self._coming: collections.deque[tuple[float, T]] = collections.deque()
        self._refreshing: asyncio.Task[None] | None = None
        self._error: Exception | None = None

    async def get(self) -> T:
        """The value.

        Raises:
            Exception: What the first fetch raised. Later failures leave the value that was fetched last.
        """
        age = self._clock() - self._tried
        if age > self._staleness.bound:
            await asyncio.shield(self._start())
        elif age > self._staleness.refresh:
            self._start()
        return self._value()

    async def refresh(self) -> None:
        """Fetch it now."""
        await asyncio.shield(self._start())

    async def close(self) -> None:
        """Wait for a fetch that is under way."""
        if self._refreshing is not None:
            await asyncio.gather(self._refreshing, return_exceptions=True)

    def _value(self) -> T:
        while self._coming and self._coming[0][0] <= self._clock():
            self._visible = self._coming.popleft()[1]
        if self._visible is None:
            raise self._error or LookupError("nothing was fetched yet")
        return self._visible

    def _start(self) -> asyncio.Task[None]:
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._fetch())
        return self._refreshing

    async def _fetch(self) -> None:
        started = self._clock()
        try:
            value = await asyncio.to_thread(self._load)
        except Exception as error:
            if str(error) != str(self._error):
                log.warning("the edge keeps what it has: %s", error)
            self._error = error
        else:
            self._error = None
            self._take(value)
        self._tried = started

    def _take(self, value: T) -> None:
        newest = self._coming[-1][1] if self._coming else self._visible
        if newest is None:
            self._visible = value
        elif value != newest:
            self._coming.append((self._clock() + self._staleness.propagation, value))
