"""The DEPLOY and VERIFY steps: a Next.js standalone server for each branch, with the compute role."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from rehearsal.aws.amplify.buildspec import BuildSpec
from rehearsal.aws.amplify.logs import LogShipper
from rehearsal.aws.amplify.state import Branch, Job
from rehearsal.ports import free_port
from rehearsal.processes import Children

START_SECONDS = 30.0
DRAIN_SECONDS = 2.0


class DeployFailedError(Exception):
    """The output cannot be served; the message is the job's reason."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """A running server of one deployment.

    Args:
        port: On loopback.
        job: The job that built it.
        process: The server.
    """

    port: int
    job: Job
    process: "subprocess.Popen[bytes]"


@dataclass(kw_only=True)
class Compute:
    """Starts and replaces the servers of branches.

    Args:
        children: Starts the servers.
        environment: Variables that lead a server to the rehearsal's world.
        endpoint: The embedded AWS; servers fetch their role's credentials there.
        folder: Where deployments go.
        shipper: Takes the servers' output to CloudWatch Logs.
    """

    children: Children
    environment: Mapping[str, str]
    endpoint: str
    folder: Path
    shipper: LogShipper
    sites: dict[str, Site] = field(default_factory=dict)
    tokens: dict[str, Branch] = field(default_factory=dict)

    def deploy(self, job: Job, root: Path, spec: BuildSpec) -> None:
        """Unpack the output, start its server, then move the branch's domain to it.

        Raises:
            DeployFailedError: There is no standalone server in the output, or it does not listen in time.
        """
        server = self._unpack(job, root, spec)
        site = self._start(job, server)
        previous = self.sites.get(job.branch.domain)
        self.sites[job.branch.domain] = site
        if previous:
            threading.Thread(target=self._drain, args=(previous,), daemon=True).start()

    def _unpack(self, job: Job, root: Path, spec: BuildSpec) -> Path:
        output = root / spec.output
        standalone = output / "standalone"
        found = sorted(standalone.glob("server.js")) or sorted(standalone.glob("*/server.js"))
        if not found:
            raise DeployFailedError(
                "CustomerError: no server.js in the standalone output: next.config needs output: 'standalone'"
            )
        target = self.folder / job.name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(standalone, target, symlinks=True)
        app = target / found[0].parent.relative_to(standalone)
        if (output / "static").is_dir():
            shutil.copytree(output / "static", app / spec.output / "static", dirs_exist_ok=True)
        if (root / "public").is_dir():
            shutil.copytree(root / "public", app / "public", dirs_exist_ok=True)
        return app / "server.js"

    def _start(self, job: Job, server: Path) -> Site:
        token = secrets.token_urlsafe(16)
        self.tokens[token] = job.branch
        port = free_port()
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "NODE_ENV": "production",
            "PORT": str(port),
            # Next calls each loopback address `localhost` before a proxy.ts, and takes a rewrite to another
            # name than its own for another site's.
            "HOSTNAME": "localhost",
            "NODE_OPTIONS": "--dns-result-order=ipv4first",
            "AWS_REGION": job.branch.app.region,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{self.endpoint}/_rehearsal/amplify/credentials/{token}",
            **self.environment,
        }
        process = self.children.start(
            ["node", str(server)], environment=environment, folder=server.parent, output=subprocess.PIPE
        )
        output: IO[Any] | None = process.stdout
        assert output is not None
        threading.Thread(
            target=self.shipper.ship, args=(output, job, self.folder / f"{job.name}.log"), daemon=True
        ).start()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                self.children.forget(process)
                raise DeployFailedError(
                    f"CustomerError: the server ended with exit code {process.returncode}"
                )
            if _listens(port):
                return Site(port=port, job=job, process=process)
            time.sleep(0.05)
        self.children.forget(process)
        raise DeployFailedError(f"CustomerError: the server did not listen within {START_SECONDS:.0f} s")

    def _drain(self, site: Site) -> None:
        time.sleep(DRAIN_SECONDS)
        self.children.forget(site.process)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
