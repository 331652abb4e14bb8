"""The reference application on the engine, with Clerk and the backend around it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from rehearsal.commands import PROJECT
from rehearsal.containers.buildkit import (
    base_with_authority,
    build_image,
    buildkit_cli,
    reference_arguments,
)
from rehearsal.containers.scene import NODE_IMAGE, SECRET_KEY, Scene
from rehearsal.containers.site import Site
from rehearsal.containers.surroundings import Surroundings, surroundings
from rehearsal.containers.swarm import Swarm
from rehearsal.example import OTHER_TENANT, TENANT
from rehearsal.front.proxy import Ports

COMMITS = ("a" * 40, "b" * 40)
BACKEND = {
    "health": "/health",
    "list": "/documents",
    "read": "/documents/{id}",
    "tenantList": "/tenants/{tenant}/documents",
    "write": "/documents",
}


Typed = Callable[..., "subprocess.CompletedProcess[str]"]


def command_line(environment: Mapping[str, str], *shared: str) -> Typed:
    """Runs clerk-deploy in a process of its own."""

    def type_in(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(Path(sys.executable).with_name("clerk-deploy")), *words, *shared],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=900,
        )

    return type_in


@dataclass(kw_only=True)
class Running:
    site: Site
    around: Surroundings
    images: dict[str, tuple[str, str]]

    def go(self, commit: str) -> None:
        image, name = self.images[commit]
        outcomes = self.site.up(
            release={"image": image, "name": name},
            app={"environment": self.around.environment, "startSeconds": 60},
        )
        assert all(outcome.state in ("created", "completed") for outcome in outcomes.values())
        self._wait_until_the_old_ones_are_gone()

    def _wait_until_the_old_ones_are_gone(self) -> None:
        """A browser on the engine's own machine aborts requests when a container's interface goes."""
        listed = ["docker", "ps", "-q", "--filter", f"label=com.docker.swarm.service.name={self.site.app}"]
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            if len(subprocess.run(listed, capture_output=True, text=True).stdout.split()) == 2:
                break
            time.sleep(0.2)
        time.sleep(1)


def builder() -> str:
    """The `docker` command that builds the application."""
    command = buildkit_cli()
    if command is None:
        pytest.skip(
            "the reference app was not run in containers: no docker command here builds with BuildKit"
        )
    return command


def reference_surroundings(scene: Scene, folder: Path) -> AbstractContextManager[Surroundings]:
    """Clerk and the backend of two tenants; the proxy leads the site's names to its edge."""
    ports = Ports(https=scene.https_port, http=scene.http_port)
    return surroundings(
        folder=folder,
        domain=scene.domain,
        secret_key=SECRET_KEY,
        tenants=(TENANT, OTHER_TENANT),
        sites={scene.domain: ports, f"www.{scene.domain}": ports},
    )


@contextmanager
def running_site(folder: Path, *, application: str) -> Iterator[Running]:
    """Two releases are built, the first one is live.

    Args:
        folder: Where files go.
        application: Begins every name on the engine.
    """
    command = builder()
    scene = Scene(
        folder=folder / "scene", application=application, declared={"verification": {"backend": BACKEND}}
    )
    with reference_surroundings(scene, folder / "world") as around:
        base = base_with_authority(command, folder / "base", base=NODE_IMAGE, authority=around.authority)
        images = {commit: _image(command, scene, commit, base) for commit in COMMITS}
        swarm = Swarm(owner=scene.application)
        swarm.down()
        found = Running(site=Site(scene=scene, swarm=swarm), around=around, images=images)
        try:
            found.go(COMMITS[0])
            yield found
        finally:
            swarm.down()


def _image(command: str, scene: Scene, commit: str, base: str) -> tuple[str, str]:
    name, arguments = reference_arguments(scene, commit=commit, node_image=base)
    image = build_image(command, PROJECT / "web", name=name, arguments=arguments)
    return image, scene.release(commit).name
