"""The viewer's side of a request: its body, and whether the viewer is still there."""

import asyncio
from collections.abc import AsyncIterator

from starlette.types import Receive


class ViewerLeftError(Exception):
    """The viewer went away."""


class Incoming:
    """Reads what the viewer sends. Body and departure come from one source, which has one reader at a time.

    Args:
        receive: The server's.
        has_body: Whether the request's head announced a body.
    """

    def __init__(self, receive: Receive, *, has_body: bool) -> None:
        self._receive = receive
        self._read = asyncio.Event()
        self.has_body = has_body
        if not has_body:
            self._read.set()

    async def body(self) -> AsyncIterator[bytes]:
        """The body in pieces.

        Raises:
            ViewerLeftError: Before its end.
        """
        try:
            more = True
            while more:
                message = await self._receive()
                if message["type"] == "http.disconnect":
                    raise ViewerLeftError
                more = message.get("more_body", False)
                if message.get("body"):
                    yield message["body"]
        finally:
            self._read.set()

    async def departure(self) -> None:
        """Returns when the viewer is gone."""
        await self._read.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
