"""The branch with the app that has Clerk's own components."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from clerk_deploy.errors import UnusableInputError
from rehearsal.commands import PROJECT
from rehearsal.fallback import BRANCH, add_fallback
from rehearsal.github.git import git
from rehearsal.github.repository import head_of, make_repository


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    source = tmp_path / "app"
    for path in ("page.ts", "api/auth/signin/route.ts", "api/auth/me/route.ts"):
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(path)
    make_repository(source, tmp_path / "bare.git", message="The application")
    return tmp_path / "bare.git"


def overlay(folder: Path, *, removed: str) -> Path:
    made = folder / "overlay"
    (made / "node_modules" / "x").mkdir(parents=True)
    (made / "node_modules" / "x" / "index.js").write_text("not ours")
    (made / "page.ts").write_text("other")
    (made / "new [id].ts").write_text("new")
    (made / "REMOVED").write_text(removed)
    return made


def listed(repository: Path, branch: str) -> list[str]:
    return git("ls-tree", "-r", "-z", "--name-only", branch, repository=repository).decode().split("\0")[:-1]


def test_the_branch_has_the_overlays_files_and_not_what_it_removes(repository: Path, tmp_path: Path) -> None:
    commit = add_fallback(repository, overlay(tmp_path, removed="api/auth/signin\n"))
    assert commit == head_of(repository, BRANCH)
    assert listed(repository, BRANCH) == ["api/auth/me/route.ts", "new [id].ts", "page.ts"]
    assert git("show", f"{BRANCH}:page.ts", repository=repository) == b"other"
    assert git("show", "main:page.ts", repository=repository) == b"page.ts"


def test_an_overlay_that_no_longer_fits_is_refused(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match="names api/gone, which is not in main"):
        add_fallback(repository, overlay(tmp_path, removed="api/gone\n"))


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    bare = tmp_path_factory.mktemp("reference") / "bare.git"
    make_repository(PROJECT / "web", bare, message="The application")
    add_fallback(bare, PROJECT / "web-fallback")
    return bare


def test_the_reference_apps_overlay_fits(reference: Path) -> None:
    files = listed(reference, BRANCH)
    assert "app/sign-in/[[...sign-in]]/page.tsx" in files
    assert "app/api/health/route.ts" in files
    assert not [path for path in files if path.startswith("app/api/auth/signin")]
    assert "REMOVED" not in files


def test_its_own_tests_pass(reference: Path, tmp_path: Path) -> None:
    archive = git("archive", BRANCH, repository=reference)
    subprocess.run(["tar", "x"], cwd=tmp_path, input=archive, check=True)
    node = Path(sys.executable).parent / "node"
    words = [str(node), "--test", "tests/*.test.ts"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    assert "pass 4" in done.stdout


def test_it_needs_what_the_other_app_needs_in_the_same_versions_and_clerks_sdk() -> None:
    own = json.loads((PROJECT / "web-fallback" / "package.json").read_text())
    other = json.loads((PROJECT / "web" / "package.json").read_text())
    added = own["dependencies"].pop("@clerk/nextjs")
    assert own == other
    locked = json.loads((PROJECT / "web-fallback" / "package-lock.json").read_text())["packages"]
    assert locked["node_modules/@clerk/nextjs"]["version"] == added
    versions = json.loads((PROJECT / "web" / "package-lock.json").read_text())["packages"]
    same = set(versions) & set(locked) - {""}
    assert {name for name in same if versions[name]["version"] != locked[name]["version"]} == set()
