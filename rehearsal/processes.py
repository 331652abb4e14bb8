"""Child processes that never outlive the rehearsal, however it ends.

Each child leads its own process group. A watchdog process holds one end of a pipe: when this process
is gone, Ctrl-C or kill -9 alike, the pipe closes and the watchdog ends every group that is left.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

GRACE_SECONDS = 5.0


def end_group(group: int, *, grace: float) -> None:
    """End a process group: SIGTERM, then SIGKILL after the grace.

    Args:
        group: Process group id.
        grace: Seconds between the two.
    """
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGTERM)
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.05)
        os.killpg(group, signal.SIGKILL)


class Children:
    """Starts children in groups of their own and makes sure that they end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        read_end, self._pipe = os.pipe()
        # A session of its own: Ctrl-C in the terminal must not reach the watchdog.
        self._watchdog = subprocess.Popen(
            [sys.executable, "-S", "-E", __file__, str(read_end)],
            pass_fds=[read_end],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(read_end)

    def start(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        output: IO[bytes] | int,
        stdin: int = subprocess.DEVNULL,
    ) -> subprocess.Popen[bytes]:
        """Start a command; standard error goes where standard output goes."""
        child = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=folder,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        with self._lock:
            self._running[child.pid] = child
            self._tell(f"+{child.pid}")
        return child

    def forget(self, child: subprocess.Popen[bytes]) -> None:
        """End what is left of a child's group, and stop watching it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        # Reaped first: a zombie counts as a member of its group, and the group would seem to live on.
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=GRACE_SECONDS)
        end_group(child.pid, grace=1.0)
        child.wait()
        with self._lock:
            self._running.pop(child.pid, None)
            self._tell(f"-{child.pid}")

    def end_all(self) -> None:
        """End every child, the youngest first, then the watchdog."""
        with self._lock:
            children = list(self._running.values())[::-1]
        for child in children:
            self.forget(child)
        with contextlib.suppress(OSError):
            os.close(self._pipe)
        self._watchdog.wait(timeout=GRACE_SECONDS)

    def _tell(self, line: str) -> None:
        with contextlib.suppress(OSError):
            os.write(self._pipe, f"{line}\n".encode())


def _watch(read_end: int) -> None:
    groups: set[int] = set()
    with os.fdopen(read_end) as lines:
        for line in lines:
            group = int(line[1:])
            groups.add(group) if line[0] == "+" else groups.discard(group)
    for group in groups:
        end_group(group, grace=2.0)


if __name__ == "__main__":
    _watch(int(sys.argv[1]))
