"""The real command line against the stand-in: production names, a proxy, certificates of the run."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.commands import PROJECT
from rehearsal.github.repository import commit_change
from rehearsal.vercel.scene import Scene, open_scene


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("vercel") / "scene"
    with open_scene(app=PROJECT / "rehearsal" / "tiny", folder=folder) as opened:
        yield opened


def run(scene: Scene, *words: str, **changed: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CLERK_", "VERCEL_"))}
    return subprocess.run(
        [
            str(Path(sys.executable).parent / "clerk-deploy"),
            *words,
            "--settings",
            str(scene.folder / "cdk.json"),
        ],
        env={**kept, **scene.variables, **changed},
        capture_output=True,
        text=True,
        timeout=120,
    )


def status(scene: Scene) -> Any:
    return json.loads(run(scene, "status", "--json").stdout)["environments"][0]


def test_release_release_and_rollback_by_the_command_line(scene: Scene) -> None:
    second = commit_change(scene.repository, files={"README.md": "Second.\n"}, message="Second")
    for commit in (scene.first, second):
        done = run(scene, "release", commit, "--skip-bake")
        assert done.returncode == 0, done.stderr
        assert status(scene)["live"]["commit"] == commit
    done = run(scene, "rollback", "--yes")
    assert done.returncode == 0, done.stderr
    told = status(scene)
    assert (told["live"]["commit"], told["healthy"], told["differences"]) == (scene.first, True, [])
    assert scene.example.secret_key not in done.stdout + done.stderr


def test_wrong_token_ends_with_2_and_its_next_step(scene: Scene) -> None:
    done = run(scene, "release", scene.first, "--skip-bake", VERCEL_API_TOKEN="another")
    assert done.returncode == 2
    assert "the token's scope" in done.stderr
