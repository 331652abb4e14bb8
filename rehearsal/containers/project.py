"""A scene as a Pulumi project: state in a folder, the application in a git repository."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from clerk_deploy.containers.docker import Docker, run_command
from clerk_deploy.containers.host import ContainersHost
from clerk_deploy.containers.stack import open_stack
from rehearsal.commands import PROJECT, CommandFailedError
from rehearsal.containers.program import PROGRAM
from rehearsal.containers.scene import ENVIRONMENT, TOKEN_KEY, Scene

TOOLS = ("pulumi", "pulumi-language-python", "pulumi-resource-docker")
ENGINE = "unix:///var/run/docker.sock"


def missing_tools() -> list[str]:
    """Which of Pulumi's programs are not on the PATH."""
    return [name for name in TOOLS if shutil.which(name) is None]


@dataclass(frozen=True, kw_only=True)
class LoopbackHttp:
    """Reaches the site's name at the edge's port, on loopback as a rule.

    Args:
        port: The edge's HTTPS port.
        address: Where the edge listens.
    """

    port: int
    address: str = "127.0.0.1"

    def request(self, method: str, url: str, **options: Any) -> "LoopbackAnswer":
        """Send one request."""
        asked = httpx.URL(url)
        # The edge's certificate is its own authority's.
        with httpx.Client(verify=False, timeout=10.0, trust_env=False) as client:
            answer = client.request(
                method,
                f"https://{self.address}:{self.port}{asked.path}",
                headers={**options.get("headers", {}), "host": asked.host},
                extensions={"sni_hostname": asked.host},
            )
        return LoopbackAnswer(status=answer.status_code, data=answer.content)


@dataclass(kw_only=True)
class LoopbackAnswer:
    """An answer, read whole."""

    status: int
    data: bytes


@dataclass(kw_only=True)
class PulumiProject:
    """A project of the real Pulumi.

    Args:
        scene: Its files.
        engine: The engine, as a stack's file names it.
        address: Where the edge listens.
    """

    scene: Scene
    engine: str = ENGINE
    address: str = "127.0.0.1"

    def __post_init__(self) -> None:
        """Make the project, its state's folder and the application's repository."""
        self.folder.mkdir()
        self.state.mkdir()
        project = {
            "name": "clerk-deploy",
            "runtime": {
                "name": "python",
                "options": {"toolchain": "pip", "virtualenv": str(PROJECT / ".venv")},
            },
            "main": os.path.relpath(PROGRAM, self.folder),
        }
        (self.folder / "Pulumi.yaml").write_text(json.dumps(project), encoding="utf-8")
        self._git("init", "-q", "-b", "main")
        self.commit("The application")

    @property
    def folder(self) -> Path:
        """The project's folder."""
        return self.scene.folder / "project"

    @property
    def state(self) -> Path:
        """The state's folder."""
        return self.scene.folder / "state"

    @property
    def variables(self) -> dict[str, str]:
        """What Pulumi needs in its environment."""
        return {
            "PULUMI_BACKEND_URL": f"file://{self.state}",
            "PULUMI_CONFIG_PASSPHRASE": "rehearsal",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_HOME": str(self.scene.folder / "pulumi-home"),
            "PYTHONPATH": str(PROJECT),
        }

    def commit(self, message: str) -> str:
        """Commit the application as it is, and give the commit."""
        self._git("add", "-A")
        self._git("commit", "-q", "--allow-empty", "-m", message)
        return self._git("rev-parse", "HEAD")

    def start(self, **more: Mapping[str, Any]) -> None:
        """Make the stack and its configuration."""
        self.pulumi("stack", "init", ENVIRONMENT)
        for name, value in self.scene.config(release={}, **more).items():
            for path, item in _leaves(name, value):
                text = item if isinstance(item, str) else json.dumps(item)
                self.pulumi("config", "set", "--path", path, text)
        self.pulumi("config", "set", "--secret", "tokens", stdin=TOKEN_KEY)

    def host(self, *, who: str = "rehearsal") -> ContainersHost:
        """The host, as the command line makes it; this process must have the variables."""
        return ContainersHost(
            stack=open_stack(ENVIRONMENT, folder=self.folder),
            docker=Docker(host=self.engine, run=run_command),
            http=LoopbackHttp(port=self.scene.https_port, address=self.address),
            who=who,
            folder=PROGRAM,
        )

    def pulumi(self, *words: str, stdin: str = "") -> str:
        """Run the CLI.

        Raises:
            CommandFailedError: It failed; its output is in the error.
        """
        done = subprocess.run(
            ["pulumi", *words, "--non-interactive"],
            cwd=self.folder,
            env={**os.environ, **self.variables},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=300,
        )
        if done.returncode != 0:
            raise CommandFailedError(f"`pulumi {' '.join(words[:2])}` failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def _git(self, *words: str) -> str:
        identity = ["-c", "user.name=Rehearsal", "-c", "user.email=rehearsal@example.com"]
        done = subprocess.run(
            ["git", *identity, *words], cwd=self.scene.app, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Each value with its path: the CLI takes neither objects nor lists."""
    if isinstance(value, Mapping):
        parts = {f"{path}.{key}": item for key, item in value.items()}
    elif isinstance(value, list):
        parts = {f"{path}[{index}]": item for index, item in enumerate(value)}
    else:
        yield path, value
        return
    for each, item in parts.items():
        yield from _leaves(each, item)
