"""What `release COMMIT` means where images are built from a checkout: that commit, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clerk_deploy.containers.docker import KeptImage
from clerk_deploy.containers.release import Release
from clerk_deploy.containers.source import commit_of, full_commit, head_of
from clerk_deploy.errors import UnusableInputError
from clerk_deploy.release.github import COMMIT


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a release comes about.

    Args:
        release: The release.
        image: The image that holds it already; None builds one.
        commit: What the settings must say for the build; empty where git tells the commit.
    """

    release: Release
    image: KeptImage | None = None
    commit: str = ""


def plan_release(
    commit: str, *, source: Path, declared: str | None, revision: str, images: Sequence[KeptImage]
) -> Plan:
    """Find out what a person wants to be released.

    Args:
        commit: Commit, branch or tag; empty: what is checked out.
        source: The application's folder.
        declared: The setting release.commit, for a folder in no git repository.
        revision: Revision of today's variables.
        images: What the engine keeps.

    Raises:
        UnusableInputError: There is no such commit, another one is checked out, or the folder has changes
            that no commit holds.
    """
    head = head_of(source)
    full = _full(commit, source=source, head=head, declared=declared)
    if head and not commit:
        commit_of(source)
    release = Release(commit=full, revision=revision)
    image = next((each for each in images if (each.release, each.commit) == (release.name, full)), None)
    if image:
        return Plan(release=release, image=image)
    if head is None:
        return Plan(release=release, commit=full)
    if full != head:
        raise UnusableInputError(
            f"{source} has {head[:12]} checked out, not {full[:12]}: an image is built from what is there.",
            next_step=f"git -C {source} checkout {full}, then release again",
        )
    commit_of(source)
    return Plan(release=release)


def _full(commit: str, *, source: Path, head: str | None, declared: str | None) -> str:
    if head is not None:
        return full_commit(source, commit) if commit else head
    full = commit or declared or ""
    if not COMMIT.match(full):
        raise UnusableInputError(
            f"{source} is in no git repository, so nothing tells its commit.",
            next_step="name it in full: clerk-deploy release COMMIT (40 characters of `git rev-parse HEAD`)",
        )
    return full
