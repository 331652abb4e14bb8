"""The stage of a rehearsal: folders, ports, the world and the embedded AWS, and what leads to them."""

import fcntl
import json
import os
import shutil
import ssl
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from clerk_deploy.errors import RefusedError, UnreachableError
from clerk_deploy.names import Names
from clerk_deploy.settings import EnvironmentSettings
from rehearsal.aws.config import Config
from rehearsal.aws.process import start_aws
from rehearsal.commands import PROJECT, Commands
from rehearsal.example import OTHER_TENANT, TENANT, Example
from rehearsal.front.clients import environment as front_variables
from rehearsal.ports import free_port
from rehearsal.processes import Children
from rehearsal.world.config import WorldConfig

READY_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Everything that the steps of a rehearsal act on.

    Args:
        environment: The environment's name.
        settings: Its settings.
        example: The values that it is deployed with.
        folder: All that the rehearsal writes, its cache apart.
        children: Starts child processes.
        project: The folder with the cdk.json that the tools read.
        world: The world's configuration.
        aws: The embedded AWS's configuration.
    """

    environment: str
    settings: EnvironmentSettings
    names: Names
    example: Example
    folder: Path
    children: Children
    project: Path
    world: WorldConfig
    aws: Config

    @property
    def site(self) -> str:
        """The site's address."""
        return f"https://{self.example.domain}"

    @property
    def proxy(self) -> str:
        """The address of the forward proxy that knows the production names."""
        return f"http://127.0.0.1:{self.world.proxy_port}"

    @property
    def bundle(self) -> Path:
        """The roots that a client of this world trusts."""
        return self.world.folder / "bundle.pem"

    @property
    def repository(self) -> Path:
        """The bare repository that stands for GitHub's."""
        return self.world.bare_repository

    @property
    def variables(self) -> dict[str, str]:
        """What a tool needs in its environment to see this world as production."""
        return {
            **front_variables(proxy_port=self.world.proxy_port, certificates=self.world.folder),
            "AWS_ENDPOINT_URL": self.aws.endpoint,
            "AWS_ACCESS_KEY_ID": self.aws.account,
            "AWS_SECRET_ACCESS_KEY": "rehearsal",
            "AWS_REGION": self.aws.region,
            "AWS_DEFAULT_REGION": self.aws.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    @property
    def commands(self) -> Commands:
        """Runs the CDK CLI and clerk-deploy in this world."""
        tools = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CLERK_"))}
        return Commands(
            environment={
                **kept,
                **self.variables,
                "PATH": tools,
                "CLERK_DEPLOY_ENVIRONMENT": self.environment,
            },
            output=self.folder / "commands.log",
            assembly=self.folder / "cdk.out",
            project=self.project,
        )

    def client(self) -> httpx.Client:
        """A user's HTTP client: by the proxy, trusting the run's certificates."""
        return httpx.Client(
            proxy=self.proxy,
            verify=ssl.create_default_context(cafile=self.bundle),
            timeout=30.0,
            trust_env=False,
        )


@contextmanager
def open_stage(
    *,
    environment: str,
    settings: EnvironmentSettings,
    names: Names,
    folder: Path,
    cache: Path | None = None,
    time_scale: float = 1.0,
    changes: Mapping[str, Any] | None = None,
) -> Iterator[Stage]:
    """A stage with its folders and ports, nothing running yet; everything ends with the block.

    Args:
        environment: The environment's name.
        settings: Its settings.
        names: Names of its resources.
        folder: Where the rehearsal writes; what an earlier one left is removed, its caches apart.
        cache: What makes a later rehearsal faster; below the folder unless given.
        time_scale: How many seconds of AWS pass in one second here.
        changes: What this rehearsal sets otherwise than cdk.json, by the environment's own keys.

    Raises:
        RefusedError: Another rehearsal uses the folder.
    """
    run = folder / "run"
    cache = cache or folder / "cache"
    with _only_one(folder):
        shutil.rmtree(run, ignore_errors=True)
        run.mkdir(parents=True)
        example = Example.make(settings)
        sites_port = free_port()
        zone = settings.hosted_zone
        aws = Config(
            account=str(settings.account),
            region=settings.region,
            port=free_port(),
            sites_port=sites_port,
            folder=run / "aws",
            cache=cache / "amplify",
            app_environment={},
            hosted_zone=(zone.id, zone.name) if zone else None,
            time_scale=time_scale,
        )
        world = WorldConfig(
            domains=example.domains,
            frontend_host=example.frontend_host,
            backend_host=example.backend_host,
            organizations=(TENANT, OTHER_TENANT),
            secret_key=example.secret_key,
            github_token=example.github_token,
            repository=settings.repository.removeprefix("https://github.com/"),
            bare_repository=run / "repository.git",
            aws_endpoint=aws.endpoint,
            account=aws.account,
            region=aws.region,
            sites_port=sites_port,
            proxy_port=free_port(),
            https_port=free_port(),
            folder=run / "world",
            time_scale=time_scale,
            packages=cache / "packages",
        )
        children = Children()
        stage = Stage(
            environment=environment,
            settings=settings,
            names=names,
            example=example,
            folder=run,
            children=children,
            project=write_settings(run / "project", environment=environment, changes=changes or {}),
            world=world,
            aws=aws,
        )
        try:
            yield stage
        finally:
            children.end_all()


def write_settings(folder: Path, *, environment: str, changes: Mapping[str, Any]) -> Path:
    """A copy of cdk.json with one environment's settings changed, for the tools to read.

    Args:
        folder: Where it goes; made when missing.
        environment: The environment's name.
        changes: New values by the environment's keys; objects are merged.
    """
    document = json.loads((PROJECT / "cdk.json").read_text(encoding="utf-8"))
    settings = document["context"]["environments"][environment]
    for key, value in changes.items():
        settings[key] = {**settings.get(key, {}), **value} if isinstance(value, dict) else value
    document["app"] = f"{sys.executable} {PROJECT / 'app.py'}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cdk.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def start(stage: Stage) -> None:
    """Start the world, then the embedded AWS, and wait until both answer.

    Raises:
        UnreachableError: One did not start; the message names its output.
    """
    _start_world(stage)
    # A build has a home of its own; where npm's packages come from is this machine's to say.
    npm = {name: value for name, value in os.environ.items() if name.lower().startswith("npm_config_")}
    app_environment = {
        "NPM_CONFIG_USERCONFIG": str(Path.home() / ".npmrc"),
        **npm,
        **front_variables(proxy_port=stage.world.proxy_port, certificates=stage.world.folder),
        "AWS_ENDPOINT_URL": stage.aws.endpoint,
    }
    start_aws(replace(stage.aws, app_environment=app_environment), children=stage.children)


def _start_world(stage: Stage) -> None:
    world = stage.world
    world.folder.mkdir(parents=True)
    output = world.folder / "world.log"
    with output.open("wb") as log:
        child = stage.children.start(
            [sys.executable, "-m", "rehearsal.world"],
            environment={**os.environ, **world.to_environment()},
            folder=PROJECT,
            output=log,
        )
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        if world.ready_file.is_file():
            return
        time.sleep(0.05)
    raise UnreachableError(
        "The stand-ins of Clerk, GitHub and the edge did not start.", next_step=f"their output is in {output}"
    )


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise RefusedError(
                f"Another rehearsal (process {lock.read().strip()}) runs in {folder}.",
                next_step="end it with Ctrl-C, or give this one a folder of its own: --folder PATH",
            ) from None
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield
