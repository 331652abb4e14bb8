"""Stands in front of an API: notes what was asked and answers as its fault demands."""

import asyncio
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rehearsal.clerk.state import Asked, Clerk
from rehearsal.clerk.switches import Fault

HANG_POLL_SECONDS = 0.05


class Guarded:
    """Notes each request, without anything secret, and answers as the fault demands.

    Args:
        app: The API.
        clerk: Where requests are noted.
        api: The API's name in those notes.
        fault: Finds the fault that a request meets, from its headers.
    """

    def __init__(
        self, app: ASGIApp, *, clerk: Clerk, api: str, fault: Callable[[Headers], Fault | None]
    ) -> None:
        self._app = app
        self._clerk = clerk
        self._api = api
        self._fault = fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        fault = self._fault(Headers(scope=scope)) or Fault()
        if fault.hang:
            resumed = await _wait_while_hanging(fault, receive)
            if resumed is None:
                return
            receive = resumed
        if fault.slow_seconds:
            await asyncio.sleep(fault.slow_seconds)

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._clerk.asked.append(
                    Asked(api=self._api, method=scope["method"], path=scope["path"], status=message["status"])
                )
            await send(message)

        app = PlainTextResponse("upstream connect error\n", 503) if fault.down else self._app
        await app(scope, receive, noting)


async def _wait_while_hanging(fault: Fault, receive: Receive) -> Receive | None:
    """Waits; gives back what to receive from afterwards, or None when the caller has gone."""
    kept: list[Message] = []
    pending = asyncio.ensure_future(receive())
    while fault.hang:
        done, _ = await asyncio.wait({pending}, timeout=HANG_POLL_SECONDS)
        if done:
            message = pending.result()
            if message["type"] == "http.disconnect":
                return None
            kept.append(message)
            pending = asyncio.ensure_future(receive())

    async def replay() -> Message:
        if kept:
            return kept.pop(0)
        nonlocal pending
        message, pending = await pending, asyncio.ensure_future(receive())
        return message

    return replay
