"""Builds commits of the bare repository that stands for GitHub's, and starts what came out."""

import contextlib
import os
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from rehearsal.ports import free_port
from rehearsal.processes import Children
from rehearsal.vercel.state import Made, Site, Vercel

INSTALL = "npm ci --no-audit --no-fund"
START_SECONDS = 30.0


class BuildFailedError(Exception):
    """The build failed; the message is what Vercel would tell."""


@dataclass(kw_only=True)
class Builds:
    """Builds deployments, each in a thread of its own, and keeps their servers running.

    Args:
        children: Starts the processes.
        repositories: Bare repositories by OWNER/NAME.
        folder: Where clones, logs and deployments go.
        environment: Variables that lead builds and servers to the rehearsal's world.
    """

    children: Children
    repositories: Mapping[str, Path]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    vercel: Vercel | None = None

    def open(self, *, clock: Callable[[], float], move_seconds: float = 0.3) -> Vercel:
        """A stand-in whose deployments are built here."""
        self.vercel = Vercel(
            clock=clock, build=self._start, knows_commit=self._knows, move_seconds=move_seconds
        )
        return self.vercel

    def log_of(self, made: Made) -> Path:
        """The log of a deployment: its build, then its server."""
        return self.folder / f"{made.id}.log"

    def _knows(self, repository: str, commit: str) -> bool:
        bare = self.repositories.get(repository)
        if bare is None:
            return False
        command = ["git", "-C", str(bare), "cat-file", "-e", f"{commit}^{{commit}}"]
        return subprocess.run(command, capture_output=True).returncode == 0

    def _start(self, made: Made) -> None:
        threading.Thread(target=self._build, args=(made,), daemon=True).start()

    def _build(self, made: Made) -> None:
        vercel = self.vercel
        assert vercel is not None
        site = vercel.site(made.project)
        assert site is not None
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log_of(made).open("ab") as log:
            try:
                made.state = "BUILDING"
                root = self._make(site, made, log)
                port = self._serve(site, made, root, log)
            except BuildFailedError as error:
                vercel.fail(made, problem=str(error))
            else:
                vercel.ready(made, port=port)

    def _make(self, site: Site, made: Made, log: IO[bytes]) -> Path:
        source = self.folder / made.id / "source"
        source.parent.mkdir(parents=True)
        bare = self.repositories[site.repository]
        self._run(["git", "clone", "--quiet", "--no-checkout", str(bare), str(source)], {}, self.folder, log)
        self._run(["git", "checkout", "--quiet", made.commit], {}, source, log)
        root = source / site.root
        variables = {**_variables(site, made), "CI": "1"}
        for command in (INSTALL, site.build_command or "npm run build"):
            log.write(f'Running "{command}"\n'.encode())
            log.flush()
            self._run(["bash", "-c", command], variables, root, log)
        return root

    def _run(self, command: list[str], variables: Mapping[str, str], folder: Path, log: IO[bytes]) -> None:
        child = self.children.start(
            command, environment=self._base(variables), folder=folder, output=log.fileno()
        )
        code = child.wait()
        self.children.forget(child)
        if code != 0:
            words = command[-1] if command[0] == "bash" else shlex.join(command[:2])
            raise BuildFailedError(f'Command "{words}" exited with {code}')

    def _serve(self, site: Site, made: Made, root: Path, log: IO[bytes]) -> int:
        standalone = root / ".next" / "standalone"
        found = sorted(standalone.glob("server.js")) or sorted(standalone.glob("*/server.js"))
        if not found:
            raise BuildFailedError("The build has no standalone server, which this stand-in runs")
        app = found[0].parent
        for name, kept in ((".next/static", root / ".next/static"), ("public", root / "public")):
            if kept.is_dir():
                shutil.copytree(kept, app / name, dirs_exist_ok=True)
        port = free_port()
        variables = {**_variables(site, made), "PORT": str(port), "HOSTNAME": "127.0.0.1"}
        child = self.children.start(
            ["node", str(found[0])],
            environment={**self._base(variables), "NODE_ENV": "production"},
            folder=app,
            output=log.fileno(),
        )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and child.poll() is None:
            if _listens(port):
                return port
            time.sleep(0.05)
        self.children.forget(child)
        raise BuildFailedError("The server does not start")

    def _base(self, variables: Mapping[str, str]) -> dict[str, str]:
        tools = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        home = self.folder / "home"
        home.mkdir(parents=True, exist_ok=True)
        return {"PATH": tools, "HOME": str(home), "LANG": "C.UTF-8", **self.environment, **variables}


def _variables(site: Site, made: Made) -> dict[str, str]:
    """What Vercel gives to a build and to the server alike: the project's variables and its own."""
    own = {each.key: each.value for each in site.variables.values() if "production" in each.targets}
    return {
        **own,
        "VERCEL": "1",
        "VERCEL_ENV": "production",
        "VERCEL_URL": made.host,
        "VERCEL_DEPLOYMENT_ID": made.id,
        "VERCEL_GIT_COMMIT_SHA": made.commit,
        "VERCEL_GIT_COMMIT_REF": made.ref,
    }


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
