"""The branch of the rehearsal's repository that holds the app with Clerk's own components."""

from pathlib import Path

from clerk_deploy.errors import UnusableInputError
from rehearsal.github.git import git
from rehearsal.github.repository import commit_change, make_branch

BRANCH = "client-side-clerk"
REMOVED = "REMOVED"
"""The overlay's list of what the other app has and this one has not, files and folders, a line each."""

NOT_SOURCE = ("node_modules", ".next")


def add_fallback(repository: Path, overlay: Path, *, base: str = "main") -> str:
    """Make the branch: the base's files, with the overlay's in their places.

    Args:
        repository: The bare repository.
        overlay: The folder with the files that differ.
        base: The branch with the app that signs users in by its own API.

    Returns:
        The commit's id.

    Raises:
        UnusableInputError: The overlay removes what the base does not have.
    """
    there = git("ls-tree", "-r", "-z", "--name-only", base, repository=repository).decode().split("\0")
    files: dict[str, str | bytes | None] = {}
    for gone in (overlay / REMOVED).read_text(encoding="utf-8").split("\n"):
        found = [path for path in there if gone and (path == gone or path.startswith(f"{gone}/"))]
        if gone and not found:
            raise UnusableInputError(
                f"{overlay / REMOVED} names {gone}, which is not in {base}.", next_step="correct the list"
            )
        files.update(dict.fromkeys(found))
    for file in sorted(overlay.rglob("*")):
        path = file.relative_to(overlay)
        if file.is_file() and path.name != REMOVED and not set(path.parts) & set(NOT_SOURCE):
            files[path.as_posix()] = file.read_bytes()
    make_branch(repository, branch=BRANCH, at=base)
    return commit_change(repository, files=files, message="Clerk's own components", branch=BRANCH)
