"""A release of the reference application by the real Pulumi, verified as a whole by the commands."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clerk_deploy.containers.stack import FOLDER
from clerk_deploy.errors import Exit
from rehearsal.commands import PROJECT
from rehearsal.containers.buildkit import base_with_authority
from rehearsal.containers.clients import client_environment
from rehearsal.containers.project import PulumiProject
from rehearsal.containers.scene import NODE_IMAGE, Scene
from rehearsal.example import OTHER_TENANT
from rehearsal.fallback import BRANCH, add_fallback
from rehearsal.github.repository import make_repository
from tests.containers.real import application, pulumi_project, require_pulumi
from tests.containers.reference import BACKEND, Typed, builder, command_line, reference_surroundings

pytestmark = [pytest.mark.engine, pytest.mark.realapp, pytest.mark.xdist_group("engine")]


@dataclass(kw_only=True)
class Released:
    """The first release is live; `typed` is a person's terminal."""

    project: PulumiProject
    typed: Typed
    first: str

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.project.scene.app, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def standing(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.typed("status", "--json").stdout)["environments"][0]
        return found

    def change(self, word: str) -> None:
        (self.project.scene.app / "public" / "change.txt").write_text(word)
        self.project.commit(word)


@pytest.fixture(scope="module")
def released(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Released]:
    require_pulumi()
    command = builder()
    folder = tmp_path_factory.mktemp("released")
    release = {"bakeMinutes": 1, "fallback": BRANCH}
    scene = Scene(
        folder=folder / "scene",
        application=application(),
        declared={"release": release, "verification": {"backend": BACKEND}},
    )
    checked_out(scene, folder / "web.git")
    with reference_surroundings(scene, folder / "world") as around:
        base = base_with_authority(command, folder / "base", base=NODE_IMAGE, authority=around.authority)
        settings = {
            "image": {"nodeImage": base},
            "app": {"environment": around.environment, "startSeconds": 60},
        }
        with pulumi_project(folder, scene=scene, settings=settings) as project:
            # Caddy makes its authority when it starts: nobody can trust it before.
            first = project.host().release().release
            edge = f"{scene.prefix}-edge"
            environment = {
                **client_environment(around, folder / "certificates", edge=edge),
                **project.variables,
                FOLDER: str(project.folder),
                "CLERK_DEPLOY_SMOKE_FILE": str(folder / "smoke.json"),
            }
            typed = command_line(environment, "-e", "production", "--settings", str(scene.settings))
            yield Released(project=project, typed=typed, first=first)


def checked_out(scene: Scene, repository: Path) -> None:
    """The reference application with the branch of its fallback, in the place of the tiny one."""
    make_repository(PROJECT / "web", repository, message="The application")
    add_fallback(repository, PROJECT / "web-fallback")
    shutil.rmtree(scene.app)
    subprocess.run(["git", "clone", "-q", str(repository), str(scene.app)], check=True)
    subprocess.run(
        ["git", "branch", "-q", BRANCH, f"origin/{BRANCH}"], cwd=scene.app, check=True, capture_output=True
    )


def test_release_is_verified_as_a_whole_and_rolled_back(released: Released) -> None:
    typed, scene = released.typed, released.project.scene
    smoke = str(scene.folder.parent / "smoke.json")
    made = typed(
        *("smoke", "create", "--other-tenant", OTHER_TENANT, "--file", smoke),
        *("--env-file", str(scene.variables)),
    )
    assert made.returncode == Exit.OK, made.stderr
    verified = typed("verify")
    assert verified.returncode == Exit.OK, verified.stdout
    released.change("The next")
    done = typed("release", "--reason", "the next page")
    assert done.returncode == Exit.OK, done.stdout + done.stderr
    assert "checks of yourapp.com in" in done.stderr
    assert "watches for 1 minutes" in done.stderr
    second = released.standing()["live"]
    assert second != released.first
    # Named: whether it was live for the minute that makes it good is this machine's to say.
    back = typed("rollback", "--yes", "--to", released.first)
    assert back.returncode == Exit.OK, back.stderr
    found = released.standing()
    assert (found["live"], found["condemned"], found["differences"]) == (released.first, [second], [])


def test_fallback_is_released_verified_and_left_again(released: Released) -> None:
    typed = released.typed
    refused = typed("release", "--fallback")
    assert refused.returncode == Exit.USAGE
    assert f"checkout {released.git('rev-parse', BRANCH)}" in refused.stderr
    released.git("checkout", "-q", BRANCH)
    try:
        mistaken = typed("release")
        assert mistaken.returncode == Exit.REFUSED, mistaken.stderr
        assert "clerk-deploy release --fallback" in mistaken.stderr
        done = typed("release", "--fallback", "--reason", "sign-in is broken")
        assert done.returncode == Exit.OK, done.stdout + done.stderr
        assert done.stdout.startswith("The fallback ")
        assert released.standing()["fallback"] is True
        results = json.loads(typed("verify", "--json").stdout)["results"]
        told = {each["id"]: each["status"] for each in results}
        assert told["client_side.components"] == "passed"
        assert told["authentication.signin"] == "skipped"
        assert [name for name, status in told.items() if status in ("failed", "unknown")] == []
    finally:
        released.git("checkout", "-q", "main")
    assert typed("rollback", "--yes", "--to", released.first).returncode == Exit.OK
    found = released.standing()
    assert (found["live"], found["fallback"]) == (released.first, False)
    kinds = [each["kind"] for each in json.loads(typed("history", "--json").stdout)["operations"][:2]]
    assert kinds == ["rollback", "fallback"]
