"""What `release COMMIT` means where images are built from a checkout."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from clerk_deploy.containers.docker import KeptImage
from clerk_deploy.containers.plan import Plan, plan_release
from clerk_deploy.containers.release import Release
from clerk_deploy.errors import UnusableInputError

REVISION = "ab" * 32


@dataclass(frozen=True)
class Checkout:
    folder: Path

    def git(self, *words: str) -> str:
        identity = ("-c", "user.name=Ana", "-c", "user.email=ana@yourapp.com")
        command = ["git", *identity, *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, text: str) -> str:
        (self.folder / "page.tsx").write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", text)
        return self.git("rev-parse", "HEAD")

    def plan(self, commit: str = "", *images: KeptImage) -> Plan:
        return plan_release(commit, source=self.folder, declared=None, revision=REVISION, images=images)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    found = Checkout(folder=tmp_path / "app")
    found.folder.mkdir()
    found.git("init", "-q", "-b", "main")
    return found


def image(commit: str) -> KeptImage:
    release = Release(commit=commit, revision=REVISION)
    return KeptImage(
        image="sha256:1",
        release=release.name,
        commit=commit,
        revision=REVISION,
        publishable_key="",
        created="2026-11-24T00:00:00Z",
        reference="sha256:1",
    )


def test_what_is_checked_out_is_built(checkout: Checkout) -> None:
    head = checkout.commit("one")
    release = Release(commit=head, revision=REVISION)
    assert checkout.plan() == Plan(release=release)
    for name in (head, head[:10], "main", "HEAD"):
        assert checkout.plan(name) == Plan(release=release)


def test_another_commit_is_refused_with_the_checkout(checkout: Checkout) -> None:
    first = checkout.commit("one")
    second = checkout.commit("two")
    with pytest.raises(UnusableInputError, match=f"{second[:12]} checked out, not {first[:12]}") as caught:
        checkout.plan(first)
    assert caught.value.next_step == f"git -C {checkout.folder} checkout {first}, then release again"


def test_another_commit_whose_image_is_kept_needs_no_checkout(checkout: Checkout) -> None:
    first = checkout.commit("one")
    checkout.commit("two")
    (checkout.folder / "page.tsx").write_text("not committed")
    assert checkout.plan(first, image(first)).image == image(first)


def test_image_of_another_revision_is_not_the_release(checkout: Checkout) -> None:
    head = checkout.commit("one")
    other = KeptImage(**{**vars(image(head)), "release": f"{head[:12]}-00000000"})
    assert checkout.plan(head, other).image is None


def test_changes_that_no_commit_holds_are_refused(checkout: Checkout) -> None:
    head = checkout.commit("one")
    (checkout.folder / "page.tsx").write_text("changed")
    with pytest.raises(UnusableInputError, match="1 change that no commit holds"):
        checkout.plan()
    with pytest.raises(UnusableInputError, match="1 change that no commit holds"):
        checkout.plan("", image(head))


@pytest.mark.parametrize("name", ["nothing", "f" * 40, "--upload-pack=x", "main^^^^"])
def test_unknown_commit_is_refused_by_name(checkout: Checkout, name: str) -> None:
    checkout.commit("one")
    with pytest.raises(UnusableInputError, match="has no commit"):
        checkout.plan(name)


def test_folder_without_git_needs_the_whole_commit(tmp_path: Path) -> None:
    def plan(commit: str, declared: str | None = None) -> Plan:
        return plan_release(commit, source=tmp_path, declared=declared, revision=REVISION, images=())

    full = "a" * 40
    assert plan(full) == Plan(release=Release(commit=full, revision=REVISION), commit=full)
    assert plan("", full).commit == full
    for commit in ("", "main", full[:12]):
        with pytest.raises(UnusableInputError, match="in no git repository"):
            plan(commit)
