"""A project of the real Pulumi on a real engine, for as long as a test wants it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rehearsal.containers.project import PulumiProject, missing_tools
from rehearsal.containers.scene import Scene


@contextmanager
def pulumi_project(folder: Path) -> Iterator[PulumiProject]:
    """A stack without resources; what a test makes of it is destroyed at the end.

    Args:
        folder: Where its files go.
    """
    if missing := missing_tools():
        pytest.skip(f"Pulumi end to end was not tried: {', '.join(missing)} not on the PATH")
    scene = Scene(folder=folder / "scene", application=f"pulumi-{secrets.token_hex(3)}")
    found = PulumiProject(scene=scene)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in found.variables.items():
            patch.setenv(name, value)
        found.start()
        try:
            yield found
        finally:
            found.pulumi("destroy", "--yes", "--skip-preview")
            for image in found.host().kept():
                found.host().docker.remove_image(image.image)
