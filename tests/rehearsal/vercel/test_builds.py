"""Deployments are really built from git, each served at its own name, the live one at the domain."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from rehearsal.commands import PROJECT
from rehearsal.github.repository import commit_change, make_repository
from rehearsal.processes import Children
from rehearsal.serving import serve
from rehearsal.vercel.builds import Builds
from rehearsal.vercel.sites import create_sites
from rehearsal.vercel.state import Made, Site, Variable, Vercel

BUILD = "RELEASE_JOB=$VERCEL_DEPLOYMENT_ID npm run build"
VARIABLES = {
    "RELEASE_REVISION": "ab" * 32,
    "RELEASE_SLOT": "vercel",
    "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY": "pk_live_x",
}


@dataclass
class Scene:
    vercel: Vercel
    site: Site
    builds: Builds
    bare: Path
    commit: str
    address: str

    def build(self, commit: str) -> Made:
        made = self.vercel.create(self.site, commit=commit, ref="main", meta={})
        deadline = time.monotonic() + 60
        while made.state in ("QUEUED", "BUILDING") and time.monotonic() < deadline:
            time.sleep(0.05)
        return made

    def get(self, host: str, path: str = "/api/health", **headers: str) -> httpx.Response:
        return httpx.get(f"{self.address}{path}", headers={"host": host, **headers}, timeout=10)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("vercel")
    bare = folder / "repository.git"
    commit = make_repository(PROJECT / "rehearsal" / "tiny", bare, message="First")
    children = Children()
    builds = Builds(children=children, repositories={"your-org/yourapp": bare}, folder=folder / "builds")
    vercel = builds.open(clock=time.time, move_seconds=0.0)
    site = vercel.add_site(
        Site(
            id="prj_1",
            name="yourapp",
            team="team_1",
            repository="your-org/yourapp",
            build_command=BUILD,
            domains={"yourapp.com": True},
        )
    )
    for name, value in VARIABLES.items():
        site.variables[name] = Variable(
            id=name, key=name, value=value, kind="encrypted", targets=("production",)
        )
    try:
        with serve(create_sites(vercel)) as address:
            yield Scene(vercel, site, builds, bare, commit, address)
    finally:
        children.end_all()


def test_build_serves_its_commit_at_its_own_name_and_live_at_the_domain(scene: Scene) -> None:
    made = scene.build(scene.commit)
    assert (made.state, made.substate) == ("READY", "STAGED"), scene.builds.log_of(made).read_text()
    told = scene.get(made.host).json()
    assert (told["commit"], told["job"], told["revision"]) == (scene.commit, made.id, "ab" * 32)
    assert scene.get("yourapp.com").status_code == 404
    scene.vercel.move(scene.site, made, kind="promote")
    assert scene.get("yourapp.com").json()["job"] == made.id


def test_protected_deployment_opens_to_its_secret_alone(scene: Scene) -> None:
    made = scene.build(scene.commit)
    scene.site.protected, scene.site.bypass = True, "secret"
    try:
        assert scene.get(made.host).status_code == 401
        assert scene.get(made.host, **{"x-vercel-protection-bypass": "other"}).status_code == 401
        assert scene.get(made.host, **{"x-vercel-protection-bypass": "secret"}).status_code == 200
    finally:
        scene.site.protected = False


def test_failed_build_tells_the_command(scene: Scene) -> None:
    commit = commit_change(scene.bare, files={"build.mjs": "process.exit(3);\n"}, message="Bad")
    made = scene.build(commit)
    assert made.state == "ERROR"
    assert made.problem == f'Command "{BUILD}" exited with 3'


def test_server_that_ends_at_once_is_no_deployment(scene: Scene) -> None:
    commit = commit_change(
        scene.bare,
        files={
            "build.mjs": (PROJECT / "rehearsal/tiny/build.mjs").read_text(),
            "server.mjs": "process.exit(1);\n",
        },
        message="Ends",
    )
    assert scene.build(commit).problem == "The server does not start"


def test_unknown_commit_is_not_known(scene: Scene) -> None:
    assert scene.vercel.knows_commit("your-org/yourapp", scene.commit)
    assert not scene.vercel.knows_commit("your-org/yourapp", "9" * 40)
    assert not scene.vercel.knows_commit("your-org/another", scene.commit)
