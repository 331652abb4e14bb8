"""Waiting for what others do in their own time."""

import time
from collections.abc import Callable
from typing import Any

PAUSE_SECONDS = 0.2


def until(
    condition: Callable[[], Any], meanwhile: Callable[[], object] = lambda: None, *, seconds: float = 60.0
) -> Any:
    """What a condition gives once it is true.

    Args:
        condition: Asked again and again.
        meanwhile: Done before each time it is asked again.
        seconds: How long to wait.

    Raises:
        AssertionError: It did not become true in time.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        meanwhile()
        time.sleep(PAUSE_SECONDS)
    raise AssertionError(f"it did not happen within {seconds:.0f} s")
