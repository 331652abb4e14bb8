"""Makes the bare repository that stands for the one on GitHub, and adds commits to it."""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from clerk_deploy.errors import UnusableInputError
from rehearsal.github.git import git, git_says

SHA = re.compile(r"[0-9a-f]{40}")
FIRST_COMMIT_AT = 1_767_225_600
"""2026-01-01 00:00 UTC. Each further commit is a minute later: the same content has the same ids."""

SECONDS_BETWEEN_COMMITS = 60
NEVER_COMMITTED = ".git\nnode_modules/\n.next/\n.env\n.env.*\n!.env.example\n"
AUTHOR = {"NAME": "Rehearsal", "EMAIL": "rehearsal@yourapp.com"}


def make_repository(source: Path, target: Path, *, message: str, branch: str = "main") -> str:
    """Makes a bare repository with one commit: a folder's files, without what its .gitignore names.

    Args:
        source: The folder.
        target: The repository to make.
        message: The commit's message.
        branch: The branch, which becomes the default one.

    Returns:
        The commit's id. The same files give the same id.

    Raises:
        UnusableInputError: No such folder, or the target exists already.
    """
    if not source.is_dir():
        raise UnusableInputError(f"{source} is no folder.", next_step="name the application's folder")
    if target.exists():
        raise UnusableInputError(f"{target} exists already.", next_step="remove it or name another path")
    target.mkdir(parents=True)
    git("init", "--quiet", "--bare", f"--initial-branch={branch}", repository=target)
    (target / "info" / "exclude").write_text(NEVER_COMMITTED, encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git(f"--work-tree={source.resolve()}", "add", "--all", ":/", repository=target, extra=index)
        return _commit(target, index, branch=branch, parent=None, message=message)


def commit_change(
    repository: Path, *, files: Mapping[str, str | bytes | None], message: str, branch: str = "main"
) -> str:
    """Adds a commit on top of a branch.

    Args:
        repository: The bare repository.
        files: New content by path; None removes the file.
        message: The commit's message.
        branch: The branch.

    Returns:
        The commit's id.

    Raises:
        UnusableInputError: No such branch, or a file to remove is not there.
    """
    parent = head_of(repository, branch)
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git("read-tree", parent, repository=repository, extra=index)
        for path, content in files.items():
            _stage(repository, index, path, content)
        return _commit(repository, index, branch=branch, parent=parent, message=message)


def make_branch(repository: Path, *, branch: str, at: str) -> None:
    """Makes a branch that points where another one does.

    Args:
        repository: The bare repository.
        branch: The new branch.
        at: The other branch.

    Raises:
        UnusableInputError: There is no such other branch.
    """
    git("update-ref", f"refs/heads/{branch}", head_of(repository, at), repository=repository)


def head_of(repository: Path, branch: str) -> str:
    """The commit that a branch points at.

    Args:
        repository: The bare repository.
        branch: The branch.

    Raises:
        UnusableInputError: No such branch.
    """
    commit = git_says("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}", repository=repository)
    if commit is None or not SHA.fullmatch(commit):
        raise UnusableInputError(
            f"{repository} has no branch {branch}.", next_step="make_repository makes it"
        )
    return commit


def _stage(repository: Path, index: Mapping[str, str], path: str, content: str | bytes | None) -> None:
    """Puts one change into the index; a mode of 0 removes the file."""
    known = git("ls-files", "--stage", "--", path, repository=repository, extra=index).decode()
    if content is None and not known:
        raise UnusableInputError(f"{path} is not in the repository.", next_step="name a file that is")
    mode, blob = "0", "0" * 40
    if content is not None:
        data = content.encode() if isinstance(content, str) else content
        blob = git("hash-object", "-w", "--stdin", repository=repository, stdin=data).decode().strip()
        mode = known.split(" ", 1)[0] if known else "100644"
    line = f"{mode} {blob}\t{path}\0".encode()
    git("update-index", "-z", "--index-info", repository=repository, stdin=line, extra=index)


def _commit(
    repository: Path, index: Mapping[str, str], *, branch: str, parent: str | None, message: str
) -> str:
    tree = git("write-tree", repository=repository, extra=index).decode().strip()
    at = FIRST_COMMIT_AT
    if parent:
        parent_at = git("show", "--no-patch", "--format=%ct", parent, repository=repository)
        at = int(parent_at) + SECONDS_BETWEEN_COMMITS
    who = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in {**AUTHOR, "DATE": f"{at} +0000"}.items()
    }
    parents = ["-p", parent] if parent else []
    made = git("commit-tree", tree, *parents, repository=repository, stdin=message.encode(), extra=who)
    commit = made.decode().strip()
    git("update-ref", f"refs/heads/{branch}", commit, parent or "0" * 40, repository=repository)
    return commit
