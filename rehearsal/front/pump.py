"""Carries bytes between two connections until both directions are over."""

import asyncio
import time
from dataclasses import dataclass, field

CHUNK = 64 * 1024
CLOSE_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Connection:
    """One TCP connection.

    Args:
        reader: What arrives.
        writer: What is sent.
    """

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def abort(self) -> None:
        """Drop the connection at once, with whatever was not sent."""
        transport = self.writer.transport
        transport.abort()

    async def close(self) -> None:
        """Send what is left and close; drop it when the other side does not take it."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                self.writer.close()
                await self.writer.wait_closed()
        except (OSError, TimeoutError):
            self.abort()


@dataclass(kw_only=True)
class _Activity:
    at: float = field(default_factory=time.monotonic)


async def join(left: Connection, right: Connection, *, idle_seconds: float) -> None:
    """Carry bytes both ways. An end of one direction is passed on; the other direction goes on.

    Args:
        left: One side.
        right: The other side.
        idle_seconds: Both sides are dropped when nothing was carried for so long.
    """
    activity = _Activity()
    directions = [
        asyncio.create_task(_carry(left, right, activity)),
        asyncio.create_task(_carry(right, left, activity)),
    ]
    try:
        pending = set(directions)
        while pending:
            remaining = activity.at + idle_seconds - time.monotonic()
            if remaining <= 0:
                return
            done, pending = await asyncio.wait(
                pending, timeout=remaining, return_when=asyncio.FIRST_COMPLETED
            )
            if any(task.exception() for task in done):
                return
    finally:
        clean = all(task.done() and not task.cancelled() and not task.exception() for task in directions)
        for task in directions:
            task.cancel()
        await asyncio.gather(*directions, return_exceptions=True)
        for side in (left, right):
            await side.close() if clean else side.abort()


async def _carry(source: Connection, target: Connection, activity: _Activity) -> None:
    while data := await source.reader.read(CHUNK):
        activity.at = time.monotonic()
        target.writer.write(data)
        await target.writer.drain()
    if target.writer.can_write_eof():
        target.writer.write_eof()
