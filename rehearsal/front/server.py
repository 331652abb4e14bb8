"""Serves an ASGI app inside the running event loop, with or without TLS."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

KEEP_ALIVE_SECONDS = 600
HEAD_BYTES = 128 * 1024
"""Longer than CloudFront's own limit on a request's head, so that the edge is what refuses."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Signals belong to the process that embeds this server.
        yield


@asynccontextmanager
async def serve(app: ASGIApp, *, port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve an app on 127.0.0.1 until the block ends.

    Args:
        app: The app.
        port: The port; 0 takes a free one.
        tls: The server's context for HTTPS.

    Yields:
        The port.

    Raises:
        OSError: The port is in use.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    server = _Server(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=HEAD_BYTES,
            ssl_context_factory=None if tls is None else lambda *_: tls,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        await task
