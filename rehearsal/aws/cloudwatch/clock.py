"""AWS's time, which a rehearsal lets run faster than ours."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Clock:
    """AWS's time from now on.

    Args:
        scale: How many seconds of AWS pass in one second here.
        real: Our time, in seconds since the epoch.
        started: When both were the same.
    """

    scale: float
    real: Callable[[], float] = time.time
    started: float = field(default_factory=time.time)

    def now(self) -> float:
        """AWS's time."""
        return self.at(self.real())

    def at(self, real: float) -> float:
        """AWS's time at one of ours.

        Args:
            real: Seconds since the epoch.
        """
        return self.started + (real - self.started) * self.scale
