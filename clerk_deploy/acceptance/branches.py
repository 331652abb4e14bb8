"""The slots' branches in the repository: what they pointed at before a run, so that they do afterwards.

All environments of a repository use the same branches: a release points one at its commit and has it built,
and nothing reads it after that.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clerk_deploy.names import SLOTS
from clerk_deploy.release.github import Repository


@dataclass(frozen=True, kw_only=True)
class Branches:
    """What is remembered of them, in a file, for a teardown that comes later.

    Args:
        file: The file.
    """

    file: Path

    def remember(self, repository: Repository, *, released: str) -> None:
        """Write down where they point; what an earlier run left to restore is kept.

        Args:
            repository: The application's repository.
            released: The commit that the run releases.

        Raises:
            DeployError: GitHub did not tell.
        """
        before, commits = self._read()
        if not commits:
            before = {slot: repository.branch_commit(slot) for slot in SLOTS}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"before": before, "released": sorted({*commits, released})}, indent=2)
        self.file.write_text(f"{text}\n", encoding="utf-8")

    def restore(self, repository: Repository) -> tuple[str, ...]:
        """Put back what runs moved; what somebody else moved meanwhile stays.

        Args:
            repository: The application's repository.

        Returns:
            What was done, for people.

        Raises:
            DeployError: GitHub did not do it.
        """
        before, commits = self._read()
        done = []
        for slot, commit in before.items():
            now = repository.branch_commit(slot)
            if now == commit or now not in commits:
                continue
            if commit is None:
                repository.delete_branch(slot)
                done.append(f"{slot} deleted")
            else:
                repository.point_branch(slot, commit)
                done.append(f"{slot} back at {commit[:12]}")
        self.file.unlink(missing_ok=True)
        return tuple(done)

    @property
    def pending(self) -> bool:
        """Whether a run's branches are still to be restored."""
        return self.file.is_file()

    def _read(self) -> tuple[Mapping[str, str | None], tuple[str, ...]]:
        if not self.file.is_file():
            return {}, ()
        document = json.loads(self.file.read_text(encoding="utf-8"))
        return document["before"], tuple(document["released"])
