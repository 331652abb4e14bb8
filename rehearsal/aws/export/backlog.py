"""What waits for delivery in one stream: a buffer, and one batch on its way."""

import base64
from collections.abc import Callable, Mapping
from typing import Any, Final

from rehearsal.aws.export.http_endpoint import Batch

MEBIBYTE: Final = 1024 * 1024


class Backlog:
    """Buffers records until they are old or many enough, and remembers when to try again."""

    def __init__(self) -> None:
        self._buffer: list[tuple[float, bytes]] = []
        self._batch: Batch | None = None
        self._attempts = 0
        self._next = 0.0
        self._full = False

    def take(self, records: list[dict[str, Any]], *, now: float, hints: Mapping[str, Any]) -> None:
        """Take over what the delivery stream was given.

        Args:
            records: As ministack keeps them; emptied.
            now: AWS's time.
            hints: The stream's BufferingHints.
        """
        while records:
            self._buffer.append((now, base64.b64decode(records.pop(0)["data"])))
        oldest = self._buffer[0][0] if self._buffer else now
        size = sum(len(data) for _, data in self._buffer)
        self._full = bool(self._buffer) and (
            now - oldest >= hints["IntervalInSeconds"] or size >= hints["SizeInMBs"] * MEBIBYTE
        )

    def due(self, now: float) -> bool:
        """Whether there is something to try."""
        return now >= self._next if self._batch else self._full

    def current(self, now: float, *, new_id: Callable[[], str]) -> Batch:
        """The batch to try: the one that failed, or all that is buffered."""
        if self._batch is None:
            self._batch = Batch(
                id=new_id(),
                records=tuple(data for _, data in self._buffer),
                arrived=self._buffer[0][0],
                started=now,
            )
            self._buffer, self._full, self._attempts = [], False, 0
        return self._batch

    def tried(self, now: float) -> int:
        """Count an attempt.

        Returns:
            How many there were.
        """
        self._attempts += 1
        self._next = now
        return self._attempts

    def wait(self, *, until: float) -> None:
        """Leave the batch alone for a while."""
        self._next = until

    def done(self) -> None:
        """The batch was delivered or given up."""
        self._batch = None
