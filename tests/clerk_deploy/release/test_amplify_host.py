from typing import Any

import pytest

from clerk_deploy.errors import CheckFailedError, RefusedError, UnreachableError
from clerk_deploy.names import Names
from clerk_deploy.release.amplify_host import AmplifyHost, Tokens
from clerk_deploy.release.edge_state import EdgeState
from clerk_deploy.release.edge_store import EdgeStore
from clerk_deploy.release.github import Repository
from clerk_deploy.release.slots import Slots
from tests.clerk_deploy.release.fakes import (
    STORE,
    FakeAmplify,
    FakeAnswer,
    FakeClock,
    FakeHttp,
    FakeStore,
    health_answer,
)
from tests.clerk_deploy.release.test_github import COMMIT, Refs

NAMES = Names(application="yourapp", environment="production")
TOKENS = Tokens(origin=("o" * 32, "p" * 32), release=("r" * 32, "s" * 32))


def host(
    *,
    store: FakeStore | None = None,
    amplify: FakeAmplify | None = None,
    site: Any = None,
    clock: FakeClock | None = None,
) -> AmplifyHost:
    clock = clock or FakeClock()
    return AmplifyHost(
        slots=Slots(client=amplify or FakeAmplify(["SUCCEED"]), app_id="d1", names=NAMES),
        store=EdgeStore(client=store or FakeStore(), arn=STORE),
        repository=Repository(http=FakeHttp(Refs()), owner="your-org", name="yourapp", token="example"),
        http=FakeHttp(site or (lambda *_: health_answer(slot="slot-a", commit=COMMIT))),
        site="https://yourapp.com",
        tokens=TOKENS,
        clock=clock,
        sleep=clock.sleep,
    )


def stored(store: FakeStore) -> EdgeState:
    assert store.value is not None
    return EdgeState.from_json(store.value)


def test_preparing_brings_domains_and_tokens_and_moves_no_traffic():
    store = FakeStore()
    host(store=store).prepare()
    state = stored(store)
    assert state.live == ""
    assert state.slots["slot-c"] == "yourapp-production-slot-c.d1.amplifyapp.com"
    assert state.origin == "o" * 32
    assert state.release == TOKENS.release


def test_preparing_twice_writes_once():
    store = FakeStore()
    host(store=store).prepare()
    host(store=store).prepare()
    assert len(store.writes) == 1


def test_preparing_keeps_what_is_live():
    store = FakeStore()
    host(store=store).prepare()
    host(store=store).switch("slot-b")
    host(store=store).prepare()
    assert stored(store).live == "slot-b"


def test_the_live_slot_is_never_built_in():
    store, amplify = FakeStore(), FakeAmplify(["SUCCEED"])
    host(store=store).prepare()
    host(store=store).switch("slot-a")
    with pytest.raises(CheckFailedError, match="slot-a is live"):
        host(store=store, amplify=amplify).build("slot-a", COMMIT, deadline=60)
    assert amplify.started == []


def test_a_build_is_waited_for():
    amplify = FakeAmplify(["PENDING", "RUNNING", "SUCCEED"])
    build = host(amplify=amplify).build("slot-a", COMMIT, deadline=60)
    assert build.status == "SUCCEED"
    assert amplify.started == [
        {"appId": "d1", "branchName": "yourapp-production-slot-a", "jobType": "RELEASE"}
    ]


def test_a_failed_build_gives_its_reason_and_its_log():
    step = {"status": "FAILED", "statusReason": "Command failed", "logUrl": "https://log.example"}
    amplify = FakeAmplify(["FAILED"], steps=[step])
    with pytest.raises(CheckFailedError) as caught:
        host(amplify=amplify).build("slot-a", COMMIT, deadline=60)
    assert "Command failed" in caught.value.message
    assert "https://log.example" in caught.value.next_step


def test_a_hanging_build_ends_at_the_deadline_with_its_last_status():
    with pytest.raises(UnreachableError, match="still RUNNING"):
        host(amplify=FakeAmplify(["RUNNING"])).build("slot-a", COMMIT, deadline=30)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (health_answer(slot="slot-a", commit="b" * 40), "serves commit bbbb"),
        (health_answer(slot="slot-b", commit=COMMIT), "slot-b"),
        (health_answer(slot="slot-a", commit=COMMIT, job="0000000006"), "job 0000000006"),
        (
            health_answer(slot="slot-a", commit=COMMIT, status="fail", secret="secret-missing"),
            "secret-missing",
        ),
    ],
)
def test_another_build_or_a_sick_one_is_not_accepted(answer: FakeAnswer, expected: str):
    with pytest.raises(CheckFailedError, match=expected):
        host(site=lambda *_: answer).verify("slot-a", commit=COMMIT, job="7", deadline=5)


@pytest.mark.parametrize("data", [b"<html>", b"[]", b'{"status":"ok"}'])
def test_an_answer_that_is_no_health_answer_is_not_healthy(data: bytes):
    with pytest.raises(UnreachableError, match="no health answer"):
        host(site=lambda *_: FakeAnswer(200, data)).verify("slot-a", commit=COMMIT, job="7", deadline=5)


def test_a_slot_that_starts_cold_is_asked_again():
    answers = iter([FakeAnswer(503, b"no slot is live"), health_answer(slot="slot-a", commit=COMMIT)])
    host(site=lambda *_: next(answers)).verify("slot-a", commit=COMMIT, job="7", deadline=5)


def test_a_candidate_is_asked_for_with_the_release_token():
    seen: list[dict[str, str]] = []

    def site(_method: str, _url: str, options: dict[str, Any]) -> FakeAnswer:
        seen.append(options["headers"])
        return health_answer(slot="slot-a", commit=COMMIT)

    host(site=site).verify("slot-a", commit=COMMIT, job="7", deadline=5)
    assert seen == [{"x-release-slot": "slot-a", "x-release-token": "r" * 32}]


def test_a_switch_that_somebody_overtook_changes_nothing():
    store = FakeStore()
    host(store=store).prepare()

    def overtake(fake: FakeStore) -> None:
        fake.version += 1

    before = store.value
    store.before_write = overtake
    with pytest.raises(RefusedError):
        host(store=store).switch("slot-a")
    assert store.value == before


def test_a_switch_raises_the_fence():
    store = FakeStore()
    host(store=store).prepare()
    host(store=store).switch("slot-a")
    host(store=store).switch("slot-b")
    assert stored(store).fence == 2


def test_live_means_a_number_of_right_answers_in_a_row():
    slots = iter(["slot-b", "slot-a", "slot-b", "slot-a", "slot-a", "slot-a"])
    target = host(site=lambda *_: health_answer(slot=next(slots), commit=COMMIT))
    target.wait_until_live("slot-a", answers=3, deadline=60)
    assert next(slots, None) is None


def test_an_edge_that_keeps_answering_from_the_old_slot_is_told():
    target = host(site=lambda *_: health_answer(slot="slot-b", commit=COMMIT))
    with pytest.raises(CheckFailedError, match="still answers from slot-b"):
        target.wait_until_live("slot-a", answers=3, deadline=5)


def test_an_edge_that_knows_no_live_slot_yet_is_asked_again():
    answers = iter([FakeAnswer(503, b"nothing is live"), *[health_answer(slot="slot-a", commit=COMMIT)] * 2])
    host(site=lambda *_: next(answers)).wait_until_live("slot-a", answers=2, deadline=60)
