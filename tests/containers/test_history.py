"""What the stack's history tells of releases."""

from datetime import UTC, datetime, timedelta

import pytest

from clerk_deploy.containers.docker import KeptImage
from clerk_deploy.containers.history import Entry, condemned, entries, good, message
from clerk_deploy.containers.stack import Update

A, B, C = (f"{letter * 12}-11111111" for letter in "abc")
START = datetime(2026, 11, 24, tzinfo=UTC)


def update(text: str, *, at: float, result: str = "succeeded", **more: object) -> Update:
    when = START + timedelta(minutes=at)
    given = {"version": int(at), "kind": "update", "message": text, "started": when, "ended": when, **more}
    return Update(**{"result": result, **given})  # type: ignore[arg-type]


def history(*updates: Update, images: tuple[KeptImage, ...] = ()) -> tuple[Entry, ...]:
    return entries(reversed(updates), images)


@pytest.mark.parametrize(
    ("who", "reason"),
    [("ana", ""), ("ana@yourapp.com", "too slow: see log"), ("dependabot[bot]", "a\nline break")],
)
def test_message_is_read_back(who: str, reason: str) -> None:
    (entry,) = history(update(message("rollback", A, who, left=B, reason=reason), at=1))
    assert (entry.purpose, entry.release, entry.left, entry.who) == ("rollback", A, B, who)
    assert entry.reason == " ".join(reason.split())


def test_update_by_hand_is_told_by_its_pin_or_its_commit() -> None:
    commit = "a" * 40
    image = KeptImage(
        image="sha256:1",
        release=A,
        commit=commit,
        revision="1",
        publishable_key="",
        created="",
        reference="sha256:1",
    )
    by_pin = update("", at=1, config={"clerk-deploy:release": f'{{"name": "{B}"}}'})
    by_commit = update("", at=2, git_commit=commit, who="ben")
    found = history(by_pin, by_commit, images=(image,))
    assert [(entry.purpose, entry.release, entry.who) for entry in found] == [
        ("update", A, "ben"),
        ("update", B, ""),
    ]


def test_previews_and_refreshes_are_no_operations() -> None:
    assert history(update("", at=1, kind="refresh"), update("", at=2, kind="preview")) == ()


def test_release_that_a_rollback_left_is_condemned_until_it_is_live_again() -> None:
    updates = [
        update(message("release", A, "ana"), at=0),
        update(message("release", B, "ana"), at=100),
        update(message("rollback", A, "ana", left=B, reason="slow"), at=101),
    ]
    found = history(*updates)
    assert [entry.outcome for entry in found] == ["promoted", "rolled back", "promoted"]
    assert {name: entry.reason for name, entry in condemned(found).items()} == {B: "slow"}
    pardoned = history(*updates, update(message("release", B, "ana"), at=200))
    assert condemned(pardoned) == {}
    assert pardoned[2].outcome == "rolled back"


def test_rollback_condemns_what_it_leaves_whatever_becomes_of_it() -> None:
    found = history(
        update(message("release", B, "ana"), at=0),
        update(message("rollback", A, "ana", left=B), at=1, result="failed"),
    )
    assert list(condemned(found)) == [B]
    assert found[1].outcome == "promoted"


def test_good_is_what_was_live_for_long_enough() -> None:
    found = history(
        update(message("release", A, "ana"), at=0),
        update(message("release", B, "ana"), at=100),
        update(message("release", C, "ana"), at=105),
        update(message("rollback", A, "ana", left=C), at=300),
    )
    assert good(found, seconds=600) == (A,)
    assert good(found, seconds=0) == (A, B)


def test_update_that_brought_no_other_release_ends_nothing() -> None:
    found = history(
        update(message("release", A, "ana"), at=0),
        update("", at=8, config={"clerk-deploy:release": f'{{"name": "{A}"}}'}),
        update(message("release", B, "ana"), at=11),
    )
    assert good(found, seconds=600) == (B, A)


def test_update_that_failed_ends_no_release() -> None:
    found = history(
        update(message("release", A, "ana"), at=0),
        update(message("release", B, "ana"), at=5, result="failed"),
        update(message("release", C, "ana"), at=20),
    )
    assert good(found, seconds=600) == (C, A)
