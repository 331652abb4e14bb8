"""The scene of a rehearsal on Vercel: stand-in, repository, the project that pulumi declares, the way in."""

import asyncio
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3

from clerk_deploy.http import Http
from clerk_deploy.names import Names
from clerk_deploy.release.ledger.records import Step
from clerk_deploy.settings import EnvironmentSettings, load_settings
from clerk_deploy.vercel.operations import VercelOperations, vercel_operations
from rehearsal.example import Example
from rehearsal.front.certificates import Authority, system_roots
from rehearsal.front.clients import environment as front_variables
from rehearsal.front.front import Front, serve_front
from rehearsal.front.hosts import HostTable
from rehearsal.front.outer import OuterProxy
from rehearsal.github.repository import make_repository
from rehearsal.processes import Children
from rehearsal.vercel.api import create_app
from rehearsal.vercel.builds import Builds
from rehearsal.vercel.program import resources, site_of
from rehearsal.vercel.sites import create_sites
from rehearsal.vercel.state import Site, Vercel

API_HOST = "api.vercel.com"
TEAM = "team_rehearsal0001"
ENVIRONMENT = "production"
SETTINGS: dict[str, Any] = {
    "host": "vercel",
    "domain": "yourapp.com",
    "repository": "https://github.com/your-org/yourapp",
    "vercel": {"team": TEAM},
    "release": {"bakeMinutes": 2},
}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Everything that the story acts on.

    Args:
        folder: Where everything is written.
        settings: The environment's settings.
        example: The values that it is deployed with.
        repository: The bare repository that stands for GitHub's.
        first: Its first commit.
        vercel: The stand-in.
        site: The project.
        builds: Builds and serves deployments.
        https_port: Where all production names are served on loopback.
        proxy_port: The forward proxy that knows them.
        http: Reaches them by their names.
        time_scale: How many seconds of waiting pass in one second here.
    """

    folder: Path
    settings: EnvironmentSettings
    example: Example
    repository: Path
    first: str
    vercel: Vercel
    site: Site
    builds: Builds
    https_port: int
    proxy_port: int
    http: Http
    time_scale: float
    token: str = field(repr=False)

    @property
    def variables(self) -> dict[str, str]:
        """What a tool needs in its environment to see this world as production."""
        return {
            **front_variables(proxy_port=self.proxy_port, certificates=self.folder / "certificates"),
            "VERCEL_API_TOKEN": self.token,
            "VERCEL_AUTOMATION_BYPASS_SECRET": self.site.bypass,
        }

    def operations(self, *, tell: Callable[[Step], None]) -> VercelOperations:
        """The operations of the environment, as the command line would make them.

        Args:
            tell: Is told of each step when it ends.
        """
        return vercel_operations(
            names=Names(application="yourapp", environment=ENVIRONMENT),
            settings=self.settings,
            environ=self.variables,
            http=self.http,
            clock=lambda: time.monotonic() * self.time_scale,
            sleep=lambda seconds: time.sleep(seconds / self.time_scale),
            tell=tell,
        )

    def changes(self) -> int:
        """Calls so far that change something."""
        return sum(call in ("create", "promote", "rollback") for call in self.vercel.calls)


@contextmanager
def open_scene(
    *, app: Path, folder: Path, move_seconds: float = 0.5, time_scale: float = 20.0
) -> Iterator[Scene]:
    """A scene in which nothing is live yet; everything ends with the block.

    Args:
        app: Source of the application.
        folder: Where everything is written; it must be empty.
        move_seconds: How long the stand-in takes to move the domains.
        time_scale: How many seconds of waiting pass in one second here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    repository = folder / "repository.git"
    first = make_repository(app, repository, message="The application")
    settings = _write_settings(folder)
    example = Example.make(settings)
    children = Children()
    builds = Builds(
        children=children, repositories={"your-org/yourapp": repository}, folder=folder / "builds"
    )
    vercel = builds.open(clock=time.time, move_seconds=move_seconds)
    token = secrets.token_urlsafe(24)
    vercel.tokens[token] = frozenset({TEAM})
    site = vercel.add_site(site_of(_declared(folder, example), team=TEAM))
    authority = Authority(folder=folder / "certificates", roots=system_roots(os.environ))
    try:
        with _front(vercel, authority, domains=settings.domains) as front:
            yield Scene(
                folder=folder,
                settings=settings,
                example=example,
                repository=repository,
                first=first,
                vercel=vercel,
                site=site,
                builds=builds,
                https_port=front.https_port,
                proxy_port=front.proxy_port,
                http=urllib3.ProxyManager(
                    f"http://127.0.0.1:{front.proxy_port}",
                    ca_certs=str(authority.bundle_file),
                    timeout=urllib3.Timeout(connect=5, read=30),
                    retries=False,
                ),
                time_scale=time_scale,
                token=token,
            )
    finally:
        children.end_all()


def _write_settings(folder: Path) -> EnvironmentSettings:
    file = folder / "cdk.json"
    context = {"application": "yourapp", "environments": {ENVIRONMENT: SETTINGS}}
    file.write_text(json.dumps({"context": context}), encoding="utf-8")
    return load_settings(file).environments[ENVIRONMENT]


def _declared(folder: Path, example: Example) -> Any:
    variables = folder / ".env.production"
    variables.touch(mode=0o600)
    variables.write_text(example.environment_file(), encoding="utf-8")
    config = {"settings": str(folder / "cdk.json"), "variables": {"file": str(variables)}}
    return resources(config, stack=ENVIRONMENT, secrets={"bypass": secrets.token_hex(16)})


@contextmanager
def _front(vercel: Vercel, authority: Authority, *, domains: tuple[str, ...]) -> Iterator[Front]:
    """The production names on loopback, served by a thread of this process."""
    hosts = HostTable()
    hosts.set(API_HOST, create_app(vercel))
    sites = create_sites(vercel)
    for name in ("*.vercel.app", *domains):
        hosts.set(name, sites)
    opened: list[Front] = []
    started, stop = threading.Event(), threading.Event()

    async def run() -> None:
        async with serve_front(
            hosts=hosts,
            authority=authority,
            default_host=domains[0],
            outer=OuterProxy.from_environment(os.environ),
        ) as front:
            opened.append(front)
            started.set()
            await asyncio.to_thread(stop.wait)

    def serve() -> None:
        try:
            asyncio.run(run())
        finally:
            started.set()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    started.wait(timeout=30)
    try:
        if not opened:
            raise RuntimeError("the front of the rehearsal did not start")
        yield opened[0]
    finally:
        stop.set()
        thread.join(timeout=10)
