import subprocess
from pathlib import Path

import pytest

from clerk_deploy.errors import UnusableInputError
from rehearsal.github import commit_change, head_of, make_repository
from rehearsal.github.git import git


def files(repository: Path, commit: str) -> dict[str, str]:
    shown = git("ls-tree", "-r", commit, repository=repository).decode()
    return {line.split("\t")[1]: line.split(" ")[0] for line in shown.splitlines()}


def test_repository_holds_the_folder_without_what_is_ignored(repository: Path) -> None:
    assert files(repository, "main") == {
        ".env.example": "100644",
        ".gitignore": "100644",
        "app/page.tsx": "100644",
        "package.json": "100644",
        "run.sh": "100755",
    }


def test_same_files_give_the_same_commit_whoever_makes_it(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_repository(source, tmp_path / "a.git", message="The application", branch="main")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".gitconfig").write_text("[user]\nname = Somebody Else\n[core]\nautocrlf = true\n")
    second = make_repository(source, tmp_path / "b.git", message="The application", branch="main")

    assert first == second
    shown = git("show", "-s", "--format=%an <%ae> %cn %ct", first, repository=tmp_path / "a.git").decode()
    assert shown == "Rehearsal <rehearsal@yourapp.com> Rehearsal 1767225600\n"


def test_making_it_leaves_the_source_and_an_enclosing_repository_alone(tmp_path: Path, source: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    before = sorted(path for path in source.rglob("*"))

    make_repository(source, tmp_path / "c.git", message="m", branch="release")

    assert sorted(path for path in source.rglob("*")) == before
    status = subprocess.run(
        ["git", "-C", tmp_path, "diff", "--cached", "--name-only"],
        capture_output=True,
        check=True,
    )
    assert status.stdout == b""
    assert git("symbolic-ref", "HEAD", repository=tmp_path / "c.git") == b"refs/heads/release\n"


def test_changes_add_replace_and_remove_files(repository: Path) -> None:
    first = head_of(repository, "main")
    second = commit_change(
        repository,
        files={"app/page.tsx": "export default 2\n", "new/file.bin": b"\x00\xff", "package.json": None},
        message="Change",
    )

    assert set(files(repository, second)) == {
        ".env.example",
        ".gitignore",
        "app/page.tsx",
        "new/file.bin",
        "run.sh",
    }
    assert git("show", f"{second}:new/file.bin", repository=repository) == b"\x00\xff"
    assert git("rev-parse", f"{second}^", repository=repository).decode().strip() == first
    assert head_of(repository, "main") == second


def test_changed_script_stays_executable(repository: Path) -> None:
    commit = commit_change(repository, files={"run.sh": "#!/bin/sh\nexit 1\n"}, message="Break it")

    assert files(repository, commit)["run.sh"] == "100755"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda source, repo: make_repository(source / "none", repo, message="m"), "is no folder"),
        (lambda source, repo: make_repository(source, repo, message="m"), "exists already"),
        (lambda _, repo: commit_change(repo, files={"none": None}, message="m"), "is not in the repository"),
        (lambda _, repo: commit_change(repo, files={}, message="m", branch="none"), "has no branch none"),
        (lambda source, _: commit_change(source, files={}, message="m"), "has no branch main"),
    ],
)
def test_mistakes_are_named_with_the_next_step(
    source: Path, repository: Path, call: object, words: str
) -> None:
    assert callable(call)
    with pytest.raises(UnusableInputError, match=words) as caught:
        call(source, repository)
    assert caught.value.next_step


def test_missing_git_is_named(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(UnusableInputError, match="not installed"):
        make_repository(source, tmp_path / "x.git", message="m")
