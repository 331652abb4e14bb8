"""Serves an ASGI app on loopback inside this process, for tests and for work on one part alone."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp


@contextmanager
def serve(
    app: ASGIApp, *, port: int = 0, certificate: Path | None = None, key: Path | None = None
) -> Iterator[str]:
    """Serves an app on 127.0.0.1 until the block ends.

    Args:
        app: The app.
        port: The port; 0 takes a free one.
        certificate: PEM file with the server's certificate, for HTTPS.
        key: PEM file with the certificate's private key.

    Yields:
        The base URL, without a slash at its end.

    Raises:
        RuntimeError: The server did not start within ten seconds.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="off",
            ssl_certfile=certificate,
            ssl_keyfile=key,
            timeout_graceful_shutdown=1,
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError(f"the server on port {listener.getsockname()[1]} did not start within 10 s")
        time.sleep(0.01)
    try:
        scheme = "https" if certificate else "http"
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=5)
