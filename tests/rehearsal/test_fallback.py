"""The branch with the app that has Clerk's own components."""

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


def test_the_reference_apps_overlay_fits(tmp_path: Path) -> None:
    make_repository(PROJECT / "web", tmp_path / "bare.git", message="The application")
    add_fallback(tmp_path / "bare.git", PROJECT / "web-fallback")
    files = listed(tmp_path / "bare.git", BRANCH)
    assert "app/sign-in/[[...sign-in]]/page.tsx" in files
    assert "app/api/health/route.ts" in files
    assert not [path for path in files if path.startswith("app/api/auth/signin")]
    assert "REMOVED" not in files
