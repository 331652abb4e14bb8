import pytest

from clerk_deploy.errors import RefusedError, UnusableInputError
from clerk_deploy.release.edge_state import LIMIT_BYTES, EdgeState
from clerk_deploy.release.edge_store import EdgeStore
from tests.clerk_deploy.release.fakes import STORE, FakeStore, client_error

SLOTS = {slot: f"{slot}.d0123456789abcdef.amplifyapp.com" for slot in ("slot-a", "slot-b", "slot-c")}
STATE = EdgeState(live="slot-a", slots=SLOTS, origin="0" * 32, release=("1" * 32, "2" * 32), fence=4)


def test_a_state_survives_the_store():
    client = FakeStore()
    store = EdgeStore(client=client, arn=STORE)
    assert store.read().state is None
    store.write(STATE, etag=store.read().etag)
    assert store.read().state == STATE


def test_a_full_state_fits_cloudfronts_limit():
    full = EdgeState(
        live="slot-a",
        candidate="slot-b",
        percentage=100,
        slots=SLOTS,
        origin="0" * 32,
        release=("1" * 32, "2" * 32),
        fence=999_999_999,
    )
    assert len(full.to_json()) < LIMIT_BYTES


def test_a_state_over_the_limit_is_refused_before_it_is_written():
    with pytest.raises(ValueError, match="1024"):
        EdgeState(slots={"slot-a": "x" * 1024}).to_json()


def test_a_second_writer_is_refused_and_changes_nothing():
    client = FakeStore(value=STATE.to_json())
    store = EdgeStore(client=client, arn=STORE)
    first, second = store.read(), store.read()
    store.write(STATE.with_live("slot-b", fence=5), etag=first.etag)
    with pytest.raises(RefusedError, match="somebody else"):
        store.write(STATE.with_live("slot-c", fence=5), etag=second.etag)
    found = store.read().state
    assert found is not None
    assert found.live == "slot-b"


def test_a_write_between_the_two_calls_of_a_read_makes_the_next_write_fail():
    class Racing(FakeStore):
        def get_key(self, *, KvsARN: str, Key: str) -> dict[str, str]:  # noqa: N803
            answer = super().get_key(KvsARN=KvsARN, Key=Key)
            self.version += 1
            return answer

    store = EdgeStore(client=Racing(value=STATE.to_json()), arn=STORE)
    stored = store.read()
    with pytest.raises(RefusedError):
        store.write(STATE.with_live("slot-b", fence=5), etag=stored.etag)


def test_other_errors_of_the_store_are_not_taken_for_a_conflict():
    def throttle(store: FakeStore) -> None:
        raise client_error("ThrottlingException")

    store = EdgeStore(client=FakeStore(before_write=throttle), arn=STORE)
    with pytest.raises(Exception, match="Throttling"):
        store.write(STATE, etag="V1")


@pytest.mark.parametrize("value", ["", "{}", "[]", "null", '{"live":"slot-a"}', "not json"])
def test_a_foreign_value_is_named_not_guessed(value: str):
    with pytest.raises(UnusableInputError, match="no state of clerk-deploy"):
        EdgeState.from_json(value)


def test_traffic_is_never_sent_to_a_slot_without_a_domain():
    with pytest.raises(ValueError, match="slot-b has no domain"):
        EdgeState(slots={"slot-a": "a.example.com"}, live="slot-b")


def test_a_switch_ends_a_canary():
    canary = EdgeState(live="slot-a", candidate="slot-b", percentage=10, slots=SLOTS, fence=1)
    assert canary.with_live("slot-b", fence=2) == EdgeState(live="slot-b", slots=SLOTS, fence=2)


def test_tokens_are_not_in_the_representation():
    assert "1" * 32 not in repr(STATE)
    assert "0" * 32 not in repr(STATE)
