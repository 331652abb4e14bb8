from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clerk_deploy.acceptance.branches import Branches

OURS, THEIRS, BEFORE = "a" * 40, "b" * 40, "c" * 40


@dataclass
class Repository:
    branches: dict[str, str] = field(default_factory=dict)

    def branch_commit(self, branch: str) -> str | None:
        return self.branches.get(branch)

    def point_branch(self, branch: str, commit: str) -> None:
        self.branches[branch] = commit

    def delete_branch(self, branch: str) -> None:
        del self.branches[branch]


@pytest.fixture
def branches(tmp_path: Path) -> Branches:
    return Branches(file=tmp_path / "runs" / "acceptance.branches.json")


def test_what_a_run_moved_is_put_back_and_what_it_made_is_deleted(branches: Branches):
    repository = Repository({"slot-a": BEFORE})
    branches.remember(repository, released=OURS)  # type: ignore[arg-type]
    repository.branches = {"slot-a": OURS, "slot-b": OURS}
    assert len(branches.restore(repository)) == 2  # type: ignore[arg-type]
    assert repository.branches == {"slot-a": BEFORE}
    assert not branches.pending


def test_what_somebody_else_moved_meanwhile_stays(branches: Branches):
    repository = Repository({"slot-a": BEFORE})
    branches.remember(repository, released=OURS)  # type: ignore[arg-type]
    repository.branches = {"slot-a": THEIRS, "slot-c": THEIRS}
    assert branches.restore(repository) == ()  # type: ignore[arg-type]
    assert repository.branches == {"slot-a": THEIRS, "slot-c": THEIRS}


def test_a_second_run_does_not_take_the_firsts_for_what_was_before(branches: Branches):
    repository = Repository({"slot-a": BEFORE})
    branches.remember(repository, released=OURS)  # type: ignore[arg-type]
    repository.branches["slot-a"] = OURS
    branches.remember(repository, released=THEIRS)  # type: ignore[arg-type]
    branches.restore(repository)  # type: ignore[arg-type]
    assert repository.branches == {"slot-a": BEFORE}


def test_nothing_remembered_is_nothing_to_restore(branches: Branches):
    assert branches.restore(Repository({"slot-a": OURS})) == ()  # type: ignore[arg-type]
