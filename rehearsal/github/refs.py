"""Reads and moves references of a bare repository, and says no in GitHub's words."""

import re
from pathlib import Path

from rehearsal.github.answers import GitHubError
from rehearsal.github.git import GitError, git, git_says
from rehearsal.github.repository import SHA

SHORT_SHA = re.compile(r"[0-9a-f]{4,40}")
UPDATE_PAGE = "git/refs#update-a-reference"
CREATE_PAGE = "git/refs#create-a-reference"
DETAILS = {
    "sha": "%H",
    "tree": "%T",
    "parents": "%P",
    "name": "%an",
    "email": "%ae",
    "date": "%ad",
    "message": "%B",
}


def commit_at(repository: Path, ref: str) -> str | None:
    """The commit that a full reference, such as refs/heads/main, points at."""
    if not ref.startswith("refs/") or not valid_name(repository, ref):
        return None
    return git_says("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", repository=repository)


def valid_name(repository: Path, ref: str) -> bool:
    """Whether git allows the name. It also keeps options and revision syntax away from git."""
    return git_says("check-ref-format", ref, repository=repository) is not None


def has_commit(repository: Path, sha: str) -> bool:
    """Whether a commit with that full id exists."""
    return git_says("cat-file", "-t", sha, repository=repository) == "commit"


def resolve(repository: Path, name: str) -> str | None:
    """The commit that a branch, a tag, or a full or shortened commit id names."""
    for ref in (f"refs/heads/{name}", f"refs/tags/{name}", f"refs/{name}", name):
        found = commit_at(repository, ref)
        if found:
            return found
    if not SHORT_SHA.fullmatch(name):
        return None
    return git_says("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", repository=repository)


def details(repository: Path, sha: str) -> dict[str, str]:
    """A commit's facts, by the names of DETAILS."""
    shown = git(
        "show",
        "--no-patch",
        "--date=format-local:%Y-%m-%dT%H:%M:%SZ",
        f"--format={'%x00'.join(DETAILS.values())}",
        sha,
        repository=repository,
        extra={"TZ": "UTC"},
    ).decode("utf-8", "replace")
    return {name: value.strip() for name, value in zip(DETAILS, shown.split("\0"), strict=True)}


def matching(repository: Path, prefix: str) -> list[tuple[str, str]]:
    """References whose name begins with a prefix, with their commits."""
    shown = git("for-each-ref", "--format=%(refname) %(objectname)", repository=repository).decode()
    rows = [tuple(line.split(" ")) for line in shown.splitlines()]
    return [(name, sha) for name, sha in rows if name.startswith(prefix)]


def create(repository: Path, *, ref: object, sha: object) -> str:
    """Makes a reference.

    Args:
        repository: The bare repository.
        ref: Its full name.
        sha: The commit.

    Raises:
        GitHubError: Not a name, no such commit, or the reference exists.
    """
    name = _text(ref, "ref")
    commit = _text(sha, "sha")
    if not name.startswith("refs/") or name.count("/") < 2 or not valid_name(repository, name):
        raise GitHubError(422, f"Reference name invalid: {name}", page=CREATE_PAGE)
    if not SHA.fullmatch(commit) or not has_commit(repository, commit):
        raise GitHubError(422, "Object does not exist", page=CREATE_PAGE)
    if commit_at(repository, name):
        raise GitHubError(422, "Reference already exists", page=CREATE_PAGE)
    return _update(repository, name, commit, "0" * 40)


def move(repository: Path, *, ref: str, sha: object, force: bool, pretend: bool) -> str:
    """Moves a reference.

    Args:
        repository: The bare repository.
        ref: Its full name.
        sha: The commit.
        force: Move it even if commits are lost.
        pretend: Check everything, then leave it where it is.

    Raises:
        GitHubError: No such reference or commit, or not a fast forward.
    """
    commit = _text(sha, "sha")
    old = commit_at(repository, ref)
    if old is None:
        raise GitHubError(422, "Reference does not exist", page=UPDATE_PAGE)
    if not SHA.fullmatch(commit) or not has_commit(repository, commit):
        raise GitHubError(422, "Object does not exist", page=UPDATE_PAGE)
    forward = git_says("merge-base", "--is-ancestor", old, commit, repository=repository) is not None
    if not forward and not force:
        raise GitHubError(422, "Update is not a fast forward", page=UPDATE_PAGE)
    return commit if pretend else _update(repository, ref, commit, old)


def delete(repository: Path, *, ref: str) -> None:
    """Removes a reference.

    Raises:
        GitHubError: There is none.
    """
    old = commit_at(repository, ref)
    if old is None:
        raise GitHubError(422, "Reference does not exist", page="git/refs#delete-a-reference")
    git("update-ref", "-d", ref, old, repository=repository)


def _update(repository: Path, ref: str, commit: str, old: str) -> str:
    try:
        git("update-ref", ref, commit, old, repository=repository)
    except GitError:
        # Somebody moved it meanwhile, or it would be a folder and a file at once.
        raise GitHubError(422, "Reference update failed", page=UPDATE_PAGE) from None
    return commit


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise GitHubError(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.', page=UPDATE_PAGE)
    return value
