"""Runs git: the one place that does."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from clerk_deploy.errors import UnusableInputError

# Nothing else is handed on, HOME least of all: configuration of the person or of the machine must not
# change what a rehearsal does.
PLAIN = {"GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}


class GitError(UnusableInputError):
    """git refused or is not there."""


def git(
    *arguments: str, repository: Path, stdin: bytes = b"", extra: Mapping[str, str] | None = None
) -> bytes:
    """Runs git on a bare repository.

    Args:
        arguments: Command and its arguments.
        repository: The bare repository.
        stdin: What git reads.
        extra: Further environment variables.

    Returns:
        What git wrote.

    Raises:
        GitError: git failed or is not installed.
    """
    environment = {"PATH": os.environ.get("PATH", os.defpath), **PLAIN, **(extra or {})}
    try:
        done = subprocess.run(
            ["git", f"--git-dir={repository}", *arguments],
            input=stdin,
            capture_output=True,
            env=environment,
            check=False,
        )
    except FileNotFoundError:
        raise GitError("git is not installed.", next_step="install it: apt install git") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise GitError(
            f"git {arguments[0]} failed in {repository}: {said}", next_step="look at that repository with git"
        )
    return done.stdout


def git_says(*arguments: str, repository: Path) -> str | None:
    """One line of git's answer, or None when git says no.

    Args:
        arguments: Command and its arguments.
        repository: The bare repository.
    """
    try:
        return git(*arguments, repository=repository).decode().strip()
    except GitError:
        return None
