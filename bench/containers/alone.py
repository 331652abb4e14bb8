"""The app in one container without an edge, as on a machine with plain Docker."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from bench.containers.changes import running_image, running_name
from rehearsal.containers.program import secret_text
from rehearsal.containers.site import Site
from rehearsal.ports import free_port

NAME: Final = "bench-alone"
READY_SECONDS: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class Alone:
    """One container.

    Args:
        port: Its port on 127.0.0.1.
        command: What ran it.
    """

    port: int
    command: tuple[str, ...]


@contextmanager
def alone(site: Site) -> Iterator[Alone]:
    """Run what the site runs in one container, until the block ends."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        secret = Path(folder) / "clerk"
        secret.write_text(secrets_document(site))
        secret.chmod(0o444)
        Path(folder).chmod(0o755)
        command = ["docker", "run", "--detach", "--init", "--name", NAME, "-p", f"127.0.0.1:{port}:3000"]
        command += ["-v", f"{secret}:/run/secrets/clerk:ro"]
        command += ["-e", "CLERK_DEPLOY_SECRETS_FILE=/run/secrets/clerk", running_image(site)]
        subprocess.run(["docker", "rm", "-f", NAME], capture_output=True)
        subprocess.run(command, check=True, capture_output=True)
        try:
            _wait(port)
            yield Alone(port=port, command=tuple(command))
        finally:
            subprocess.run(["docker", "rm", "-f", NAME], check=True, capture_output=True)


def secrets_document(site: Site) -> str:
    """The document that the app reads its secrets from."""
    resources = site.resources(release={"image": running_image(site), "name": running_name(site)})
    return secret_text(next(item for item in resources if item.name.endswith("-secrets")))


def _wait(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}/api/health").raise_for_status()
            return
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
