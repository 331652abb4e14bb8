"""What the repeats of one benchmark found, as a row of the table."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH = 10


@dataclass(kw_only=True)
class Figures:
    """One entry for each repeat.

    Args:
        on_target: Seconds until the last answer that was none of the wanted release.
        over: Seconds until the engine said that it was over.
        slowest: Seconds that the slowest answer took.
        failed: Failed requests.
        requests: All requests of all repeats.
    """

    on_target: list[float] = field(default_factory=list)
    over: list[float] = field(default_factory=list)
    slowest: list[float] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    requests: int = 0

    def row(self, name: str) -> str:
        """One row of the table; medians, the lowest and the highest in brackets."""
        return (
            f"{name:{WIDTH}} on target {spread(self.on_target)}  over {spread(self.over)}  "
            f"slowest answer {spread(self.slowest)}  "
            f"failed {statistics.median(self.failed):.0f} ({min(self.failed)}-{max(self.failed)}), "
            f"{sum(self.failed)} of {self.requests} in {len(self.failed)} repeats"
        )


def spread(seconds: Sequence[float]) -> str:
    """Median, lowest and highest of some seconds."""
    return f"{statistics.median(seconds):5.2f} s ({min(seconds):.2f}-{max(seconds):.2f})"
