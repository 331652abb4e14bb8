from pathlib import Path
from typing import Any

import httpx
import pytest

from rehearsal.github import Token, commit_change, head_of

pytestmark = pytest.mark.anyio
UNKNOWN = "0123456789" * 4


def refused(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert set(body) == {"message", "documentation_url", "status"}
    assert body["status"] == str(answer.status_code)
    return answer.status_code, body["message"]


async def test_repository_tells_default_branch_and_permission(call: Any) -> None:
    body = (await call("GET")).json()

    assert (body["full_name"], body["default_branch"], body["private"]) == ("your-org/yourapp", "main", True)
    assert body["permissions"]["push"] is True
    assert body["clone_url"] == "https://github.com/your-org/yourapp.git"


async def test_every_authenticated_answer_carries_expiration_limits_and_id(call: Any, clock: Any) -> None:
    for path in ("", "/git/ref/heads/none"):
        headers = (await call("GET", path)).headers

        assert headers["github-authentication-token-expiration"] == "2027-01-16 08:00:00 UTC"
        assert headers["x-ratelimit-limit"] == "5000"
        assert headers["x-ratelimit-resource"] == "core"
        assert headers["x-ratelimit-reset"] == str(int(clock()) + 3600)
        assert headers["x-github-request-id"]


@pytest.mark.parametrize("scheme", ["Bearer", "token", "bearer"])
async def test_both_schemes_are_accepted(call: Any, github: Any, scheme: str) -> None:
    assert (await call("GET", token=f"{scheme} {github.tokens[0].value}")).status_code == 200


@pytest.mark.parametrize("header", ["Bearer other", "Bearer", "Basic eDp5", "token "])
async def test_bad_credentials_are_refused(call: Any, header: str) -> None:
    answer = await call("GET", token=header)

    assert refused(answer) == (401, "Bad credentials")
    assert "github-authentication-token-expiration" not in answer.headers


async def test_expired_token_is_a_bad_one(call: Any, clock: Any) -> None:
    clock.now += 86400

    assert refused(await call("GET")) == (401, "Bad credentials")


async def test_strangers_and_other_tokens_see_no_repository(call: Any, github: Any) -> None:
    github.tokens.append(Token(value="elsewhere", repositories=frozenset({"your-org/other"})))

    assert refused(await call("GET", token=None)) == (404, "Not Found")
    assert refused(await call("GET", token="Bearer elsewhere")) == (404, "Not Found")
    assert refused(await call("GET", repository="your-org/other")) == (404, "Not Found")
    assert (await call("GET", repository="Your-Org/YourApp")).status_code == 200


async def test_reading_token_cannot_write(call: Any, github: Any, commits: list[str]) -> None:
    github.tokens.append(Token(value="reader", repositories=frozenset({"your-org/yourapp"}), write=False))
    body = {"ref": "refs/heads/slot-a", "sha": commits[0]}
    answer = await call("POST", "/git/refs", token="Bearer reader", json=body)

    assert refused(answer) == (403, "Resource not accessible by personal access token")
    assert answer.headers["x-accepted-github-permissions"] == "contents=write"
    assert (await call("GET", token="Bearer reader")).json()["permissions"]["push"] is False


async def test_requests_without_user_agent_are_refused(call: Any) -> None:
    answer = await call("GET", headers={"user-agent": ""})

    assert answer.status_code == 403


async def test_reference_is_created_read_and_listed(call: Any, commits: list[str]) -> None:
    made = await call("POST", "/git/refs", json={"ref": "refs/heads/slot-a", "sha": commits[1]})
    read = await call("GET", "/git/ref/heads/slot-a")
    listed = await call("GET", "/git/matching-refs/heads/slot")

    assert made.status_code == 201
    assert read.json() == made.json()
    assert read.json()["ref"] == "refs/heads/slot-a"
    assert read.json()["object"]["sha"] == commits[1]
    assert read.json()["object"]["type"] == "commit"
    assert [one["ref"] for one in listed.json()] == ["refs/heads/slot-a"]
    everything = (await call("GET", "/git/matching-refs/heads/")).json()
    assert [one["ref"] for one in everything] == ["refs/heads/main", "refs/heads/slot-a"]
    assert (await call("GET", "/git/matching-refs/heads/nothing")).json() == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"ref": "refs/heads/main"}, 'Invalid request.\n\n"sha" wasn\'t supplied.'),
        ({"sha": "COMMIT"}, 'Invalid request.\n\n"ref" wasn\'t supplied.'),
        ({"ref": "refs/heads/main", "sha": "COMMIT"}, "Reference already exists"),
        ({"ref": "refs/heads/x", "sha": UNKNOWN}, "Object does not exist"),
        ({"ref": "refs/heads/x", "sha": "main"}, "Object does not exist"),
        ({"ref": "refs/heads/x", "sha": "--help"}, "Object does not exist"),
        ({"ref": "heads/x", "sha": "COMMIT"}, "Reference name invalid: heads/x"),
        ({"ref": "refs/x", "sha": "COMMIT"}, "Reference name invalid: refs/x"),
        ({"ref": "refs/heads/a..b", "sha": "COMMIT"}, "Reference name invalid: refs/heads/a..b"),
        ({"ref": "refs/heads/main/x", "sha": "COMMIT"}, "Reference update failed"),
    ],
)
async def test_unusable_references_are_refused(
    call: Any, commits: list[str], body: dict[str, str], message: str
) -> None:
    sent = {name: commits[0] if value == "COMMIT" else value for name, value in body.items()}

    assert refused(await call("POST", "/git/refs", json=sent)) == (422, message)


@pytest.mark.parametrize("content", [b"{", b"[1]"])
async def test_bodies_that_are_no_object_are_refused(call: Any, content: bytes) -> None:
    assert (await call("POST", "/git/refs", content=content)).status_code == 400


async def test_reference_moves_forward_but_back_only_by_force(
    call: Any, repository: Path, commits: list[str]
) -> None:
    await call("POST", "/git/refs", json={"ref": "refs/heads/slot-a", "sha": commits[1]})
    path = "/git/refs/heads/slot-a"

    forward = await call("PATCH", path, json={"sha": commits[2]})
    assert (forward.status_code, forward.json()["object"]["sha"]) == (200, commits[2])
    back = {"sha": commits[0]}
    assert refused(await call("PATCH", path, json=back)) == (422, "Update is not a fast forward")
    assert head_of(repository, "slot-a") == commits[2]
    forced = await call("PATCH", path, json={**back, "force": True})
    assert (forced.status_code, head_of(repository, "slot-a")) == (200, commits[0])


async def test_moves_to_nowhere_and_of_nothing_are_refused(call: Any, commits: list[str]) -> None:
    async def move(branch: str, sha: Any) -> tuple[int, str]:
        body = {"sha": sha, "force": True}
        return refused(await call("PATCH", f"/git/refs/heads/{branch}", json=body))

    assert await move("none", commits[0]) == (422, "Reference does not exist")
    assert await move("main", UNKNOWN) == (422, "Object does not exist")
    assert await move("main", "HEAD~1") == (422, "Object does not exist")
    assert await move("main", None) == (422, 'Invalid request.\n\n"sha" wasn\'t supplied.')


async def test_trees_are_no_commits(call: Any, repository: Path, commits: list[str]) -> None:
    tree = (await call("GET", f"/commits/{commits[0]}")).json()["commit"]["tree"]["sha"]

    answer = await call("POST", "/git/refs", json={"ref": "refs/heads/x", "sha": tree})

    assert refused(answer) == (422, "Object does not exist")


async def test_reference_can_be_deleted_once(call: Any, commits: list[str]) -> None:
    await call("POST", "/git/refs", json={"ref": "refs/heads/slot-a", "sha": commits[1]})

    assert (await call("DELETE", "/git/refs/heads/slot-a")).status_code == 204
    assert refused(await call("DELETE", "/git/refs/heads/slot-a")) == (422, "Reference does not exist")
    assert refused(await call("GET", "/git/ref/heads/slot-a")) == (404, "Not Found")


async def test_commit_is_found_by_branch_reference_and_id(call: Any, commits: list[str]) -> None:
    for name in ("main", "heads/main", "refs/heads/main", commits[2], commits[2][:7]):
        body = (await call("GET", f"/commits/{name}")).json()
        assert body["sha"] == commits[2], name

    assert body["commit"]["message"] == "Version 3"
    assert body["commit"]["author"]["date"] == "2026-01-01T00:03:00Z"
    assert [parent["sha"] for parent in body["parents"]] == [commits[1]]


@pytest.mark.parametrize("name", ["none", UNKNOWN, "main~1", "HEAD", "main..", "--all", "abc"])
async def test_unknown_commits_are_422(call: Any, commits: list[str], name: str) -> None:
    assert refused(await call("GET", f"/commits/{name}")) == (422, f"No commit found for SHA: {name}")


async def test_branch_tells_its_commit(call: Any, commits: list[str]) -> None:
    body = (await call("GET", "/branches/main")).json()

    assert (body["name"], body["commit"]["sha"], body["protected"]) == ("main", commits[2], False)
    assert refused(await call("GET", "/branches/none")) == (404, "Branch not found")


async def test_branches_with_slashes_are_names_too(call: Any, repository: Path, commits: list[str]) -> None:
    await call("POST", "/git/refs", json={"ref": "refs/heads/feature/a", "sha": commits[0]})

    assert (await call("GET", "/branches/feature/a")).json()["commit"]["sha"] == commits[0]
    assert (await call("GET", "/git/ref/heads/feature/a")).status_code == 200
    assert commit_change(repository, files={"x": "1"}, message="m", branch="feature/a")


async def test_hourly_limit_is_counted_per_token_and_ends(call: Any, github: Any, clock: Any) -> None:
    name = "your-org/yourapp"
    github.tokens.append(Token(value="other", repositories=frozenset({name})))
    github.counter.limit = github.limit = 3
    left = [(await call("GET")).headers["x-ratelimit-remaining"] for _ in range(3)]
    answer = await call("GET")

    assert left == ["2", "1", "0"]
    assert refused(answer) == (403, "API rate limit exceeded for user ID 1.")
    assert answer.headers["x-ratelimit-remaining"] == "0"
    assert (await call("GET", token="Bearer other")).status_code == 200
    clock.now += 3600
    assert (await call("GET")).status_code == 200


async def test_secondary_limit_refuses_writes_only(call: Any, github: Any, commits: list[str]) -> None:
    github.faults.secondary_limit_seconds = 60
    answer = await call("PATCH", "/git/refs/heads/main", json={"sha": commits[0], "force": True})

    assert answer.status_code == 403
    assert answer.headers["retry-after"] == "60"
    assert (await call("GET", "/branches/main")).json()["commit"]["sha"] == commits[2]


async def test_refused_moves_look_done_until_read_back(
    call: Any, github: Any, repository: Path, commits: list[str]
) -> None:
    github.faults.refuses_moves = True
    answer = await call("PATCH", "/git/refs/heads/main", json={"sha": commits[0], "force": True})

    assert (answer.status_code, answer.json()["object"]["sha"]) == (200, commits[0])
    assert (await call("GET", "/git/ref/heads/main")).json()["object"]["sha"] == commits[2]


async def test_down_answers_are_pages(call: Any, github: Any) -> None:
    github.faults.down = True
    answer = await call("GET")

    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("text/html")


async def test_unknown_paths_are_not_found(call: Any) -> None:
    assert refused(await call("GET", "/nothing")) == (404, "Not Found")


def test_tokens_are_in_no_representation(github: Any) -> None:
    assert github.tokens[0].value not in repr(github)
