"""Starts and stops what an ASGI app owns, for apps that are mounted by host name."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp, Message

START_SECONDS = 30.0


@asynccontextmanager
async def lifespan(app: ASGIApp) -> AsyncIterator[None]:
    """Run the app's lifespan around the block, as a server would.

    Args:
        app: An app; its state of start-up and shut-down is its own.

    Raises:
        RuntimeError: The app said that it cannot start, or did not start within 30 seconds.
    """
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()
    scope: dict[str, object] = {
        "type": "lifespan",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "state": {},
    }
    task = asyncio.create_task(_run(app, scope, inbox, outbox))
    try:
        has_lifespan = await _ask(inbox, outbox, "startup")
        yield
        if has_lifespan:
            await _ask(inbox, outbox, "shutdown")
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _run(
    app: ASGIApp, scope: dict[str, object], inbox: asyncio.Queue[Message], outbox: asyncio.Queue[Message]
) -> None:
    # An app that knows no lifespan returns or raises at once; ASGI takes neither for a failure.
    with contextlib.suppress(Exception):
        await app(scope, inbox.get, outbox.put)
    await outbox.put({"type": "lifespan.ended"})


async def _ask(inbox: asyncio.Queue[Message], outbox: asyncio.Queue[Message], what: str) -> bool:
    await inbox.put({"type": f"lifespan.{what}"})
    async with asyncio.timeout(START_SECONDS):
        answer = await outbox.get()
    if answer["type"] == f"lifespan.{what}.failed":
        raise RuntimeError(f"{what} failed: {answer.get('message', '')}")
    return bool(answer["type"] == f"lifespan.{what}.complete")
