"""The alarm by which a release is judged: it fires on what a release can break, and only for its slot."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from rehearsal.aws.cloudwatch.board import MINUTE, Board
from rehearsal.aws.cloudwatch.points import Point, key_of
from tests.stacks.monitoring.drives import REFRESH, SIGN_IN, failing
from tests.stacks.monitoring.timeline import START, board, line

SLOTS = ("slot-a", "slot-b", "slot-c")
Requests = Callable[[int], list[Mapping[str, Any]]]
"""Lines of a minute."""


def live(
    template: Any,
    requests: Requests,
    *,
    minutes: int = 20,
    failures: Callable[[int], int | None] = lambda _: None,
) -> list[str]:
    """Which alarms fired while slot-a lived so. `failures` is what verification finds in a minute."""
    to = board(template)
    fired: list[str] = []
    for minute in range(minutes):
        at = START + minute * MINUTE
        for index, fields in enumerate(requests(minute)):
            to.log(line(**fields), at=at + index % 60)
        verified(to, at, failures(minute))
        fired += [change.name for change in to.tick(at + MINUTE) if change.state == "ALARM"]
    return fired


def verified(to: Board, at: float, failures: int | None, slot: str = "slot-a") -> None:
    if failures is not None:
        key = key_of("yourapp/production", "VerificationFailures", [{"Name": "slot", "Value": slot}])
        to.store.put(key, Point(at=at, value=failures, arrived=at))


def mixed(bad: Mapping[str, Any], *, of: int = 20, share: float = 0.8) -> Requests:
    return lambda _minute: [bad] * round(of * share) + [SIGN_IN] * round(of * (1 - share))


def release_alarms(fired: list[str]) -> set[str]:
    return {name for name in fired if name in {f"release-{slot}" for slot in SLOTS}}


@pytest.mark.parametrize(
    "bad",
    [
        failing(503, "unexpected-error"),
        {"event": "server.error", "route": "/sign-in", **failing(500, "unexpected-error")},
        failing(503, "secret-missing"),
        {**SIGN_IN, **failing(503, "instance-mismatch")},
        {**SIGN_IN, **failing(401, "incorrect-password")},
        {**SIGN_IN, **failing(403, "tenant-mismatch")},
        {**SIGN_IN, **failing(400, "body-fields")},
        {**REFRESH, **failing(401, "refresh-token-malformed")},
        {"duration_ms": 4_000},
    ],
    ids=lambda bad: f"{bad.get('event', 'auth.me')} {bad.get('reason', 'slow')}",
)
def test_it_fires_on_what_a_release_can_break(template: Any, bad: Mapping[str, Any]) -> None:
    assert release_alarms(live(template, mixed(bad))) == {"release-slot-a"}


@pytest.mark.parametrize(
    "bad",
    [
        failing(503, "clerk-unreachable"),
        {**SIGN_IN, **failing(503, "clerk-timeout", duration_ms=5_000)},
        {**SIGN_IN, **failing(429, "clerk-rate-limited")},
        {**SIGN_IN, **failing(401, "user-unknown")},
        {**SIGN_IN, **failing(401, "user-locked")},
        {**SIGN_IN, **failing(429, "too-many-attempts")},
        {**REFRESH, **failing(401, "token-missing")},
        failing(401, "token-expired"),
        failing(401, "token-invalid"),
        failing(403, "origin-token"),
        {"event": "api.unknown", **failing(404, "route-unknown")},
        {"event": "health", **failing(503, "instance-mismatch")},
        {"event": "something.new", **failing(500, "unexpected-error")},
        failing(503, "unexpected-error", synthetic=True),
        {"event": "auth.signin", "method": "GET", **failing(405, "method-not-allowed")},
    ],
    ids=lambda bad: f"{bad.get('event', 'auth.me')} {bad['status']} {bad['reason']}",
)
def test_it_is_quiet_about_what_no_release_breaks(template: Any, bad: Mapping[str, Any]) -> None:
    assert release_alarms(live(template, mixed(bad))) == set()


@pytest.mark.parametrize("slot", SLOTS)
def test_another_slots_errors_are_another_alarm(template: Any, slot: str) -> None:
    """A candidate that fails its verification does not raise the alarm of the live slot."""
    both = [failing(503, "unexpected-error", slot=slot)] * 15 + [
        {"slot": other} for other in SLOTS if other != slot for _ in range(15)
    ]
    assert release_alarms(live(template, lambda _minute: both)) == {f"release-{slot}"}


def test_clerks_outage_excuses_the_verification_and_slow_answers(template: Any) -> None:
    down = {**SIGN_IN, **failing(503, "clerk-unreachable")}
    slow = {"duration_ms": 5_000}
    fired = live(template, mixed(down), failures=lambda minute: 4 if minute % 5 == 4 else None)
    assert {"clerk-failures", "release-slot-a-verification"} <= set(fired)
    assert release_alarms(fired) == set()
    assert (
        release_alarms(live(template, lambda minute: [down] * 10 + ([slow] * 10 if minute > 5 else [])))
        == set()
    )


def test_without_clerks_outage_two_failed_verifications_are_enough_and_one_is_not(template: Any) -> None:
    def nobody(_minute: int) -> list[Mapping[str, Any]]:
        return []

    def runs(*results: int) -> Callable[[int], int | None]:
        return lambda minute: results[minute // 5] if minute % 5 == 0 and minute // 5 < len(results) else None

    assert release_alarms(live(template, nobody, failures=runs(0, 0, 2, 2, 2))) == {"release-slot-a"}
    assert release_alarms(live(template, nobody, failures=runs(0, 0, 2, 0, 0, 2, 0))) == set()


def test_an_idle_slot_is_never_breaching(template: Any) -> None:
    to = board(template)
    to.run(START, START + 60 * MINUTE)
    assert {to.state(f"release-{slot}") for slot in SLOTS} == {"OK"}


@pytest.mark.parametrize(
    "text", ["START RequestId: 1", "", "{", "null", "[]", '{"event":"auth.signin"}', '{"status":500}']
)
def test_lines_that_are_none_hurt_nothing(template: Any, text: str) -> None:
    to = board(template)
    for minute in range(20):
        for _ in range(30):
            to.log(text, at=START + minute * MINUTE)
        to.tick(START + (minute + 1) * MINUTE)
    assert [name for name, state in to.states.items() if state == "ALARM"] == ["verification"]


def test_evidence_of_a_slot_is_seen_while_only_verification_asks_it(template: Any) -> None:
    to = board(template)
    filters = {each["FilterName"]: each for each in _filters(template)}
    to.filters = [filters["Evidence"]]
    to.log(line(synthetic=True, slot="slot-b"), at=START)
    to.log(line(synthetic=False, slot="slot-b"), at=START)
    of_slot_b = key_of("yourapp/production", "Evidence", [{"Name": "slot", "Value": "slot-b"}])
    assert len(to.store.between(of_slot_b, START, START + 1, known=START + 1)) == 1


def _filters(template: Any) -> list[Mapping[str, Any]]:
    return [
        found["Properties"]
        for found in template["Resources"].values()
        if found["Type"] == "AWS::Logs::MetricFilter"
    ]
