"""The BUILD step: a clone of the branch, and the build spec's commands in one shell."""

import base64
import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rehearsal.aws.amplify.buildspec import BuildSpec, BuildSpecError, read_build_spec
from rehearsal.aws.amplify.state import Job
from rehearsal.processes import Children

OUTPUT_LIMIT_BYTES = 220 * 1024 * 1024


class BuildFailedError(Exception):
    """The build failed; the message is the job's reason, the log has the rest."""


class BuildStoppedError(Exception):
    """The build was stopped by StopJob."""


@dataclass(frozen=True, kw_only=True)
class Builder:
    """Runs builds.

    Args:
        children: Starts the build's processes.
        environment: Variables that lead the build to the rehearsal's world.
        folder: Where clones go, a folder a job.
        cache: Where `cache.paths` are kept between builds.
    """

    children: Children
    environment: Mapping[str, str]
    folder: Path
    cache: Path

    def build(self, job: Job, log: IO[bytes]) -> tuple[Path, BuildSpec]:
        """Clone, restore the cache, run the commands, keep the cache.

        Returns:
            The app's folder after the build, and the spec that it was built by.

        Raises:
            BuildFailedError: Clone, spec, a command or the output's size.
            BuildStoppedError: StopJob was called.
        """
        source = self.folder / job.name
        shutil.rmtree(source, ignore_errors=True)
        source.parent.mkdir(parents=True, exist_ok=True)
        self._clone(job, source, log)
        try:
            spec = _spec_of(job, source)
        except BuildSpecError as error:
            _write(log, f"[ERROR]: !!! {error}")
            raise BuildFailedError(str(error)) from None
        root = source / spec.root
        kept = self.cache / job.branch.app.properties["Name"]
        _move_all(spec.cached, kept, root)
        try:
            self._run(job, "set -o pipefail\n" + _script(spec.commands), root, log)
        finally:
            _move_all(spec.cached, root, kept)
        _check_output(root / spec.output, log)
        return root, spec

    def _clone(self, job: Job, source: Path, log: IO[bytes]) -> None:
        repository = job.branch.app.properties["Repository"]
        token = job.branch.app.properties["AccessToken"]
        _write(log, f"# Cloning repository: {repository.removeprefix('https://')}")
        command = ["git", "clone", "--quiet", "--branch", job.branch.name, repository, str(source)]
        # Configuration by variables keeps the token out of argv.
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        variables = {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.https://github.com/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
            "GIT_TERMINAL_PROMPT": "0",
        }
        code = self._wait(job, command, source.parent, log, extra=variables)
        if code != 0:
            raise BuildFailedError(f"CustomerError: Unable to clone the branch {job.branch.name}")

    def _run(self, job: Job, script: str, root: Path, log: IO[bytes]) -> None:
        variables = {
            **job.branch.variables,
            "AWS_APP_ID": job.branch.app.id,
            "AWS_BRANCH": job.branch.name,
            "AWS_JOB_ID": job.id,
            "AWS_COMMIT_ID": job.commit_id,
            "AWS_CLONE_URL": job.branch.app.properties["Repository"],
            "CI": "true",
        }
        code = self._wait(job, ["bash", "-c", script], root, log, extra=variables)
        if code != 0:
            _write(
                log, f"[ERROR]: !!! Build failed\n[ERROR]: !!! Error: Command failed with exit code {code}"
            )
            raise BuildFailedError(f"CustomerError: Command failed with exit code {code}")

    def _wait(
        self, job: Job, command: list[str], folder: Path, log: IO[bytes], *, extra: Mapping[str, str]
    ) -> int:
        tools = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        home = self.folder / "home"
        home.mkdir(parents=True, exist_ok=True)
        environment = {"PATH": tools, "HOME": str(home), "LANG": "C.UTF-8", **self.environment, **extra}
        log.flush()
        child = self.children.start(command, environment=environment, folder=folder, output=log.fileno())
        watcher = threading.Thread(
            target=_end_when_stopped, args=(self.children, child, job.stop), daemon=True
        )
        watcher.start()
        code = child.wait()
        self.children.forget(child)
        if job.stop.is_set():
            raise BuildStoppedError
        return code


def _end_when_stopped(children: Children, child: "subprocess.Popen[bytes]", stop: threading.Event) -> None:
    while child.poll() is None:
        if stop.wait(timeout=0.2):
            children.forget(child)
            return


def _spec_of(job: Job, source: Path) -> BuildSpec:
    own = job.branch.properties.get("BuildSpec") or job.branch.app.properties.get("BuildSpec")
    if own is None:
        file = source / "amplify.yml"
        if not file.is_file():
            raise BuildSpecError("CustomerError: the repository has no amplify.yml and the app no build spec")
        own = file.read_text(encoding="utf-8")
    return read_build_spec(own, monorepo_root=job.branch.variables.get("AMPLIFY_MONOREPO_APP_ROOT"))


def _script(commands: tuple[str, ...]) -> str:
    # One shell for all commands: what one exports, the next sees.
    return "\n".join(
        f"echo {shlex.quote('# Executing command: ' + command)}\n{{ {command}\n}} || exit $?"
        for command in commands
    )


def _move_all(paths: tuple[Path, ...], source: Path, target: Path) -> None:
    for path in paths:
        here, there = source / path, target / path
        if here.exists() and not there.exists():
            there.parent.mkdir(parents=True, exist_ok=True)
            # Another rehearsal may take it at the same moment: then this build has no cache.
            with suppress(FileNotFoundError):
                shutil.move(here, there)


def _check_output(output: Path, log: IO[bytes]) -> None:
    if not output.is_dir():
        _write(log, f"[ERROR]: !!! CustomerError: Artifact directory doesn't exist: {output.name}")
        raise BuildFailedError(f"CustomerError: Artifact directory doesn't exist: {output.name}")
    size = sum(file.stat().st_size for file in output.rglob("*") if file.is_file() and not file.is_symlink())
    if size > OUTPUT_LIMIT_BYTES:
        reason = (
            f"CustomerError: The size of the build output ({size}) exceeds the max allowed size of "
            f"{OUTPUT_LIMIT_BYTES}"
        )
        _write(log, f"[ERROR]: !!! {reason}")
        raise BuildFailedError(reason)
    _write(log, f"# Completed phase: build ({size} bytes of output)")


def _write(log: IO[bytes], text: str) -> None:
    log.write(f"{text}\n".encode())
    log.flush()
