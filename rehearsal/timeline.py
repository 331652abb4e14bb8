"""A timed line for each step of a rehearsal."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console


@dataclass(kw_only=True)
class Timeline:
    """Prints steps as they end, and remembers them.

    Args:
        console: Where to print.
    """

    console: Console
    started: float = field(default_factory=time.monotonic)
    steps: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step; a step that raises is printed as failed."""
        begin = time.monotonic()
        try:
            # Rich draws the spinner on a terminal only; a log gets one line when the step ends.
            with self.console.status(f"{name} ..."):
                yield
        except BaseException:
            self.console.print(f"[red]✗[/] {time.monotonic() - begin:6.1f} s  {name}")
            raise
        seconds = time.monotonic() - begin
        self.steps.append((name, seconds))
        self.console.print(f"[green]✓[/] {seconds:6.1f} s  {name}")

    def note(self, text: str) -> None:
        """A line that belongs to the step before."""
        self.console.print(f"             {text}", style="dim", highlight=False)

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started
