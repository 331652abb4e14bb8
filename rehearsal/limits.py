"""A rate limit with an injected clock, shared by the stand-ins."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

Clock = Callable[[], float]
"""Seconds since the epoch; `time.time` in a rehearsal, a fixed or shifted clock in tests."""


@dataclass(kw_only=True)
class WindowLimit:
    """Counts requests per key in windows that start with a key's first request.

    Args:
        limit: Requests allowed in a window.
        seconds: Length of a window in seconds.
        clock: The time in seconds.
    """

    limit: int
    seconds: float
    clock: Clock
    _windows: dict[str, tuple[float, int]] = field(default_factory=dict, repr=False)

    def retry_after(self, key: str) -> int | None:
        """Counts one request.

        Args:
            key: Whom the limit counts, such as an address.

        Returns:
            None when the request is allowed, else whole seconds until the window ends.
        """
        now = self.clock()
        if len(self._windows) > 10_000:
            self._windows = {k: w for k, w in self._windows.items() if now - w[0] < self.seconds}
        start, count = self._windows.get(key, (now, 0))
        if now - start >= self.seconds:
            start, count = now, 0
        if count >= self.limit:
            return max(1, math.ceil(start + self.seconds - now))
        self._windows[key] = (start, count + 1)
        return None

    def remaining(self, key: str) -> int:
        """Requests that the key has left in its window."""
        start, count = self._windows.get(key, (0.0, 0))
        return self.limit if self.clock() - start >= self.seconds else max(0, self.limit - count)

    def resets_at(self, key: str) -> float:
        """When the key's window ends, in seconds since the epoch."""
        start, _ = self._windows.get(key, (self.clock(), 0))
        return start + self.seconds
