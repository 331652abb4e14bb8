"""Building the reference application's image by the engine's BuildKit, through whichever CLI can."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from clerk_deploy.containers.inputs import read_inputs
from clerk_deploy.containers.release import Release, build_arguments
from rehearsal.containers.program import PROGRAM
from rehearsal.containers.scene import ENVIRONMENT, Scene


def buildkit_cli() -> str | None:
    """A `docker` command that builds with BuildKit: with the buildx plugin, or so old that it needs none."""
    found = [Path(folder) / "docker" for folder in os.environ.get("PATH", "").split(os.pathsep)]
    for command in dict.fromkeys(str(path) for path in found if shutil.which(str(path))):
        if _runs(command, "buildx", "version"):
            return command
        version = subprocess.run([command, "--version"], capture_output=True, text=True).stdout
        if version.startswith("Docker version ") and int(version.split()[2].split(".")[0]) < 23:
            return command
    return None


def reference_arguments(scene: Scene, *, commit: str, node_image: str) -> tuple[str, dict[str, str]]:
    """The image's name with its tag, and its build arguments, as the program makes them.

    Args:
        scene: The environment.
        commit: What is built.
        node_image: Base image.
    """
    config = {
        f"clerk-deploy:{name}": value if isinstance(value, str) else json.dumps(value)
        for name, value in scene.config(release={"commit": commit}).items()
    }
    inputs = read_inputs(config=config, stack=ENVIRONMENT, folder=PROGRAM)
    release = Release(commit=commit, revision=inputs.values.revision)
    arguments = build_arguments(
        release,
        names=inputs.names,
        visible=inputs.values.visible,
        extras=inputs.values.extras,
        node_image=node_image,
        source=inputs.environment.repository,
    )
    return f"{inputs.names.prefix}:{release.name}", arguments


def base_with_authority(command: str, folder: Path, *, base: str, authority: Path) -> str:
    """A base image that trusts a run's certificate authority; its name is the base's with another tag.

    Args:
        command: What buildkit_cli found.
        folder: The context; it is made here.
        base: The image that it is made from.
        authority: PEM file of the authority.
    """
    folder.mkdir()
    shutil.copy(authority, folder / "authority.pem")
    (folder / "Dockerfile").write_text(
        f"FROM {base}\nCOPY authority.pem /tmp/\n"
        "RUN cat /tmp/authority.pem >>/etc/ssl/certs/ca-certificates.crt\n",
        encoding="utf-8",
    )
    name = f"{base.partition(':')[0]}:rehearsal"
    build_image(command, folder, name=name, arguments={})
    return name


def build_image(command: str, folder: Path, *, name: str, arguments: Mapping[str, str]) -> str:
    """Build a folder's Dockerfile and give the image's id.

    Args:
        command: What buildkit_cli found.
        folder: The context.
        name: The image's name and tag.
        arguments: Build arguments; no secret is among them.

    Raises:
        RuntimeError: It failed; the message is the end of the build's output.
    """
    words = [command, "build", "--tag", name]
    for key, value in arguments.items():
        words += ["--build-arg", f"{key}={value}"]
    done = subprocess.run(
        [*words, str(folder)],
        env={**os.environ, "DOCKER_BUILDKIT": "1"},
        capture_output=True,
        text=True,
        timeout=900,
    )
    if done.returncode != 0:
        raise RuntimeError("\n".join((done.stdout + done.stderr).splitlines()[-30:]))
    inspected = [command, "image", "inspect", "--format", "{{.Id}}", name]
    return subprocess.run(inspected, capture_output=True, text=True, check=True).stdout.strip()


def _runs(*command: str) -> bool:
    return subprocess.run(command, capture_output=True).returncode == 0
