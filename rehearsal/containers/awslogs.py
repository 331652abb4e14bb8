"""Docker's awslogs driver and the embedded AWS: the engine asks for credentials where it does on ECS."""

import http.server
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rehearsal.aws.config import Config

ADDRESS = "169.254.170.2"
"""The driver puts it before what `awslogs-credentials-endpoint` says."""

PATH = "/credentials"


def log_settings(aws: Config, *, group: str) -> dict[str, object]:
    """The setting `log` of the stack.

    Args:
        aws: The embedded AWS.
        group: The log group.
    """
    options = {
        "awslogs-group": group,
        "awslogs-region": aws.region,
        "awslogs-endpoint": f"http://127.0.0.1:{aws.port}",
        "awslogs-credentials-endpoint": PATH,
    }
    return {"driver": "awslogs", "options": options}


@contextmanager
def credentials(aws: Config) -> Iterator[None]:
    """The engine of this machine finds the embedded AWS's credentials, until the block ends.

    Args:
        aws: The embedded AWS.

    Raises:
        OSError: The address or its port 80 is taken.
    """
    given = {"AccessKeyId": aws.account, "SecretAccessKey": "rehearsal", "Token": ""}
    answer = json.dumps(given).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == PATH else 404)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(answer if self.path == PATH else b"{}")

        def log_message(self, *_: object) -> None:
            pass

    _loopback("add")
    try:
        with http.server.ThreadingHTTPServer((ADDRESS, 80), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield
            server.shutdown()
    finally:
        _loopback("del")


def _loopback(what: str) -> None:
    done = subprocess.run(
        ["ip", "address", what, f"{ADDRESS}/32", "dev", "lo"], capture_output=True, text=True
    )
    if done.returncode != 0:
        raise OSError(f"`ip address {what} {ADDRESS}` failed: {done.stderr.strip()}")
