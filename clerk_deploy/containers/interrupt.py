"""Ctrl-C while Pulumi updates a stack."""

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self


class Interruption:
    """Holds Ctrl-C back until Pulumi has ended.

    In a terminal `pulumi` hears it too and ends its update in order. If nobody read what it prints any more,
    it would die in the middle: its lock would stay, and its state would not say what it has done.

    Args:
        tell: Hears that it was interrupted, and what that means.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._heard = False
        self._before: Any = None

    def __enter__(self) -> Self:
        """From now on; in another thread than the main one signals are not ours."""
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """The interruption comes now, in place of what Pulumi said about it."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        if self._heard:
            raise KeyboardInterrupt from None

    def _hear(self, _signal: int, _frame: FrameType | None) -> None:
        if self._heard:
            raise KeyboardInterrupt
        self._heard = True
        self._tell("interrupted: Pulumi ends its update in order first; Ctrl-C again leaves it and its lock")
