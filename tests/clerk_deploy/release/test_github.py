import json
from typing import Any

import pytest

from clerk_deploy.errors import UnreachableError, UnusableInputError
from clerk_deploy.release.github import Repository
from tests.clerk_deploy.release.fakes import FakeAnswer, FakeHttp

COMMIT = "a" * 40
TOKEN = "github_pat_example"


class Refs:
    """GitHub's refs API for one repository that has one commit."""

    def __init__(self, branches: dict[str, str] | None = None, *, stuck: bool = False) -> None:
        self.branches = branches or {}
        self.stuck = stuck

    def __call__(self, method: str, url: str, options: dict[str, Any]) -> FakeAnswer:
        path = url.removeprefix("https://api.github.com/repos/your-org/yourapp/")
        body = json.loads(options.get("body", b"{}"))
        if method != "GET" and body["sha"] != COMMIT:
            return FakeAnswer(422, b'{"message":"Object does not exist"}')
        name = (body.get("ref") or path).rsplit("heads/", 1)[-1]
        if method == "PATCH" and name not in self.branches:
            return FakeAnswer(422, b'{"message":"Reference does not exist"}')
        if method == "GET" and name not in self.branches:
            return FakeAnswer(404)
        if method != "GET" and not self.stuck:
            self.branches[name] = body["sha"]
        return FakeAnswer(200, json.dumps({"object": {"sha": self.branches.get(name, "")}}).encode())


def repository(answer: Any) -> tuple[Repository, FakeHttp]:
    http = FakeHttp(answer)
    return Repository(http=http, owner="your-org", name="yourapp", token=TOKEN), http


@pytest.mark.parametrize("branches", [{}, {"slot-a": "b" * 40}])
def test_a_branch_is_created_or_moved_and_read_back(branches: dict[str, str]):
    refs = Refs(dict(branches))
    github, http = repository(refs)
    github.point_branch("slot-a", COMMIT)
    assert refs.branches == {"slot-a": COMMIT}
    assert http.asked[-1][0] == "GET"


def test_a_commit_that_the_repository_lacks_is_named():
    github, _ = repository(Refs({"slot-a": COMMIT}))
    with pytest.raises(UnusableInputError, match="has no commit bbbb"):
        github.point_branch("slot-a", "b" * 40)


def test_a_short_commit_is_refused_without_asking():
    github, http = repository(Refs())
    with pytest.raises(UnusableInputError, match="full commit id"):
        github.point_branch("slot-a", "abc1234")
    assert http.asked == []


def test_a_branch_that_somebody_else_moves_is_noticed():
    github, _ = repository(Refs({"slot-a": "b" * 40}, stuck=True))
    with pytest.raises(UnreachableError, match="points at bbbb"):
        github.point_branch("slot-a", COMMIT)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_says_how_to_store_another(status: int):
    github, _ = repository(lambda *_: FakeAnswer(status))
    with pytest.raises(UnusableInputError) as caught:
        github.point_branch("slot-a", COMMIT)
    assert "repository connect" in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_a_silent_github_says_that_a_rollback_needs_none():
    def fail(*_: Any) -> FakeAnswer:
        raise OSError(f"Authorization: Bearer {TOKEN}")

    github, _ = repository(fail)
    with pytest.raises(UnreachableError) as caught:
        github.point_branch("slot-a", COMMIT)
    assert "rollback" in caught.value.next_step
    assert TOKEN not in str(caught.value)
    assert TOKEN not in repr(github)


def test_server_errors_are_not_taken_for_success():
    github, _ = repository(lambda *_: FakeAnswer(502))
    with pytest.raises(UnreachableError, match="502"):
        github.point_branch("slot-a", COMMIT)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"GitHub-Authentication-Token-Expiration": "2027-01-31 00:00:00 UTC"}, "2027-01-31 00:00:00 UTC"),
        ({}, ""),
    ],
)
def test_a_tokens_last_day_is_read_from_the_header_that_github_sends(headers: dict[str, str], expected: str):
    answer = FakeAnswer(200, b"[]")
    answer.headers = headers  # type: ignore[attr-defined]
    github, _ = repository(lambda *_: answer)
    assert github.token_expires() == expected


@pytest.mark.parametrize("answer", [FakeAnswer(204, b""), FakeAnswer(422, b"Reference does not exist")])
def test_a_deleted_branch_is_gone_whether_or_not_it_was_there(answer: FakeAnswer):
    github, http = repository(lambda *_: answer)
    github.delete_branch("slot-a")
    assert http.asked[0][:2] == (
        "DELETE",
        "https://api.github.com/repos/your-org/yourapp/git/refs/heads/slot-a",
    )


def test_a_branch_that_may_not_be_deleted_is_told():
    github, _ = repository(lambda *_: FakeAnswer(403))
    with pytest.raises(UnusableInputError, match="refuses the token"):
        github.delete_branch("slot-a")
