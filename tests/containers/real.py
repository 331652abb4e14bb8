"""A project of the real Pulumi on a real engine, for as long as a test wants it."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rehearsal.containers.project import ENGINE, PulumiProject, missing_tools
from rehearsal.containers.scene import Scene


def require_pulumi() -> None:
    """Skip where the real Pulumi is missing."""
    if missing := missing_tools():
        pytest.skip(f"Pulumi end to end was not tried: {', '.join(missing)} not on the PATH")


def application() -> str:
    """A name that nothing else on the engine begins with."""
    return f"pulumi-{secrets.token_hex(3)}"


@contextmanager
def pulumi_project(
    folder: Path,
    *,
    scene: Scene | None = None,
    engine: str = ENGINE,
    address: str = "127.0.0.1",
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> Iterator[PulumiProject]:
    """A stack without resources; what a test makes of it is destroyed at the end.

    Args:
        folder: Where its files go.
        scene: The environment; the tiny application's when None.
        engine: The engine, as a stack's file names it.
        address: Where the edge listens.
        settings: Settings of the stack's file over the usual ones, by name.
    """
    require_pulumi()
    found = PulumiProject(
        scene=scene or Scene(folder=folder / "scene", application=application()),
        engine=engine,
        address=address,
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in found.variables.items():
            patch.setenv(name, value)
        found.start(**{"engine": {"host": engine}, **(settings or {})})
        try:
            yield found
        finally:
            found.pulumi("destroy", "--yes", "--skip-preview")
            for image in found.host().kept():
                found.host().docker.remove_image(image.image)
