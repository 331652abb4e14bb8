"""The commit that an image is built from: what is built must be what the commit says."""

import subprocess
from pathlib import Path

from clerk_deploy.errors import UnusableInputError

_NO_GIT = "build from a git checkout, or name the commit: pulumi config set --path release.commit COMMIT"


def commit_of(folder: Path) -> str:
    """The commit of a folder without changes of its own.

    Args:
        folder: The application's folder.

    Raises:
        UnusableInputError: It is in no git repository, or has changes that no commit holds.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    changed = _git(folder, "status", "--porcelain", "--", ".")
    if changed:
        count = len(changed.splitlines())
        raise UnusableInputError(
            f"{folder} has {count} change{'s' if count > 1 else ''} that no commit holds: "
            f"{changed.splitlines()[0].strip()}",
            next_step="commit them, or put them aside with git stash: a release is named by its commit",
        )
    return commit


def head_of(folder: Path) -> str | None:
    """The commit that is checked out; None where there is no git repository."""
    try:
        return _git(folder, "rev-parse", "HEAD")
    except UnusableInputError:
        return None


def full_commit(folder: Path, named: str) -> str:
    """The full id of a commit, branch or tag.

    Args:
        folder: The application's folder, in a git repository.
        named: What a person wrote.

    Raises:
        UnusableInputError: The repository has no such commit.
    """
    try:
        return _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{named}^{{commit}}")
    except UnusableInputError:
        raise UnusableInputError(
            f"The repository of {folder} has no commit {named}.",
            next_step="name one that `git log` shows, or fetch it first: git fetch",
        ) from None


def known_commit(folder: Path, named: str) -> str | None:
    """The full id of a commit, branch or tag; None where no repository knows it."""
    try:
        return full_commit(folder, named)
    except UnusableInputError:
        return None


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, check=True, timeout=30
        )
    except FileNotFoundError:
        raise UnusableInputError("There is no git.", next_step=f"install git, or {_NO_GIT}") from None
    except subprocess.CalledProcessError as error:
        reason = error.stderr.strip().splitlines()[-1] if error.stderr.strip() else "no reason given"
        raise UnusableInputError(
            f"git does not know the commit of {folder}: {reason}", next_step=_NO_GIT
        ) from None
    except subprocess.TimeoutExpired:
        raise UnusableInputError(f"git did not answer in {folder}.", next_step=_NO_GIT) from None
    return done.stdout.strip()
