"""Each measurement by what it concludes from what it sees."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clerk_deploy.acceptance.findings import Verdict, spread
from clerk_deploy.acceptance.load import Answer, Load, failed, usual_status
from clerk_deploy.acceptance.measures import build, image, log_lines, rollback, startup, switches
from clerk_deploy.acceptance.site import Site
from clerk_deploy.errors import CheckFailedError
from clerk_deploy.names import Names
from clerk_deploy.release.edge_state import EdgeState
from clerk_deploy.release.edge_store import EdgeStore
from clerk_deploy.release.ledger.records import Operation, Placement, Step
from tests.clerk_deploy.acceptance.conftest import Aws, Clock
from tests.clerk_deploy.release.fakes import STORE, FakeStore

STATE = EdgeState(live="slot-b", slots={"slot-a": "a.example.com", "slot-b": "b.example.com"}, fence=7)


@dataclass
class Page:
    status: int = 200
    data: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Web:
    """Answers by address."""

    answer: Callable[[str], Page]
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def request(self, method: str, url: str, **options: Any) -> Page:
        self.asked.append((url, options))
        return self.answer(url)


def site(*, aws: Aws, web: Web, clock: Clock, store: FakeStore | None = None) -> Site:
    return Site(
        names=Names(application="yourapp", environment="acceptance"),
        domains=("acceptance.yourapp.com", "www.acceptance.yourapp.com"),
        client=aws.client,
        http=web,
        app_id="d123",
        log_group="/aws/amplify/d123",
        store=EdgeStore(client=store or FakeStore(value=STATE.to_json()), arn=STORE),
        operator=None,  # type: ignore[arg-type]
        now=clock,
        sleep=clock.sleep,
    )


def health(slot: str) -> Page:
    document = {"status": "ok", "commit": "c", "job": "1", "slot": slot, "revision": "r", "checks": {}}
    return Page(data=json.dumps(document).encode())


# -- switches


@dataclass
class SlowEdge:
    """An edge that answers from the old slot until some seconds after a write, each name its own."""

    store: FakeStore
    clock: Clock
    delays: dict[str, float]
    seen: str = STATE.live
    changed_at: float = 0.0
    old: str = STATE.live

    def __call__(self, url: str) -> Page:
        self.clock.sleep(0.1)
        live = EdgeState.from_json(self.store.value or "").live
        if live != self.seen:
            self.old, self.seen, self.changed_at = self.seen, live, self.clock()
        host = url.split("/")[2]
        return health(live if self.clock() - self.changed_at >= self.delays.get(host, 0.0) else self.old)


def test_a_switch_lasts_until_the_last_wrong_answer_of_the_slowest_name(aws: Aws):
    clock, store = Clock(), FakeStore(value=STATE.to_json())
    edge = SlowEdge(store=store, clock=clock, delays={"www.acceptance.yourapp.com": 3.0})
    done = switches.switch(site(aws=aws, web=Web(edge), clock=clock, store=store), "slot-a")
    assert 2.5 < done.last_wrong <= 3.0
    assert 2.5 < done.settled < 3.6
    assert EdgeState.from_json(store.value or "").live == "slot-a"


def test_a_switch_does_not_count_as_an_operation(aws: Aws):
    clock, store = Clock(), FakeStore(value=STATE.to_json())
    edge = SlowEdge(store=store, clock=clock, delays={})
    switches.switch(site(aws=aws, web=Web(edge), clock=clock, store=store), "slot-a")
    assert EdgeState.from_json(store.value or "").fence == 7


def test_each_look_has_a_connection_of_its_own(aws: Aws):
    clock, store = Clock(), FakeStore(value=STATE.to_json())
    web = Web(SlowEdge(store=store, clock=clock, delays={}))
    switches.switch(site(aws=aws, web=web, clock=clock, store=store), "slot-a")
    assert {options["headers"]["connection"] for _, options in web.asked} == {"close"}


def test_a_switch_that_never_arrives_is_told_after_minutes(aws: Aws):
    clock = Clock()
    with pytest.raises(CheckFailedError, match="did not answer from slot-a alone"):
        switches.switch(site(aws=aws, web=Web(lambda _: health("slot-b")), clock=clock), "slot-a")
    assert clock() > 1_300


@pytest.mark.parametrize(
    ("delay", "verdict"), [(2.0, Verdict.EXPECTED), (90.0, Verdict.DIFFERS)], ids=["seconds", "minutes"]
)
def test_switches_end_where_they_began_and_are_judged_by_the_slowest(
    aws: Aws, delay: float, verdict: Verdict
):
    clock, store = Clock(), FakeStore(value=STATE.to_json())
    edge = SlowEdge(store=store, clock=clock, delays={"acceptance.yourapp.com": delay})
    place = site(aws=aws, web=Web(edge), clock=clock, store=store)
    found = switches.switches(place, between=("slot-b", "slot-a"), number=5, tell=lambda _: None)
    assert found.number == 6
    assert found.verdict is verdict
    assert found.values["spread of these"]["most"] == pytest.approx(delay, abs=0.3)
    assert EdgeState.from_json(store.value or "").live == "slot-b"


def answers(*statuses: int) -> list[Answer]:
    return [
        Answer(sent=float(n), seconds=0.1, status=status, release="r") for n, status in enumerate(statuses)
    ]


def test_a_page_that_redirects_as_usual_has_not_failed():
    assert usual_status(answers(307, 307, 502)) == 307
    assert [each.status for each in failed(answers(307, 307, 502, 0, 200), usual=307)] == [502, 0, 200]


@pytest.mark.parametrize(
    ("statuses", "verdict"), [((200, 200), Verdict.EXPECTED), ((200, 0), Verdict.DIFFERS)]
)
def test_one_failed_request_is_a_difference(statuses: tuple[int, ...], verdict: Verdict):
    assert switches.failed_requests(answers(*statuses)).verdict is verdict


def test_without_requests_nothing_is_claimed():
    assert switches.failed_requests([]).verdict is Verdict.UNMEASURED


def test_the_client_counts_what_got_no_answer():
    def refused(_: str) -> Page:
        raise ConnectionRefusedError

    with Load(http=Web(refused), url="https://acceptance.yourapp.com/", rate=500.0) as load:
        while len(load.answers) < 3:
            pass
    assert {(each.status, each.error) for each in load.answers} == {(0, "ConnectionRefusedError")}


# -- lines and datapoints


def line(**changed: Any) -> str:
    return json.dumps(
        {
            "time": "2026-11-24T00:00:00Z",
            "event": "api.unknown",
            "route": "/api/[...path]",
            "method": "GET",
            "status": 404,
            "duration_ms": 1,
            "validation_ms": None,
            "reason": "route-unknown",
            "tenant": None,
            "slot": "slot-b",
            "commit": "c",
            "revision": "r",
            "synthetic": False,
            **changed,
        }
    )


def event(message: str, *, late: int = 500) -> dict[str, Any]:
    return {"message": message, "timestamp": 1_000_000, "ingestionTime": 1_000_000 + late}


def test_whole_lines_are_told_from_torn_and_prefixed_ones_and_from_the_hosts_own():
    found = log_lines.sort_events(
        [
            event(line() + "\n", late=1500),
            event("2026-11-24T00:00:00Z abc INFO " + line()),
            event(line() + line()),
            event(line()[:90]),
            event("REPORT RequestId: 1 Duration: 2 ms"),
            event(line(synthetic=True)),
        ]
    )
    assert found.whole == (1.5,)
    assert found.torn == 4
    assert found.others == 1


@pytest.mark.parametrize(
    ("arrived", "total", "verdicts"),
    [
        (50, 50.0, (Verdict.EXPECTED, Verdict.EXPECTED)),
        (49, 50.0, (Verdict.DIFFERS, Verdict.EXPECTED)),
        (50, 0.0, (Verdict.EXPECTED, Verdict.DIFFERS)),
        (50, 51.0, (Verdict.EXPECTED, Verdict.DIFFERS)),
    ],
)
def test_every_line_and_every_datapoint_must_arrive(
    aws: Aws, arrived: int, total: float, verdicts: tuple[Verdict, Verdict]
):
    aws.answers["logs.filter_log_events"] = lambda **_: {"events": [event(line())] * arrived}
    aws.answers["cloudwatch.get_metric_statistics"] = lambda **_: {
        "Datapoints": [{"Sum": total}] if total else []
    }
    found = log_lines.log_lines(site(aws=aws, web=Web(lambda _: Page(status=404)), clock=Clock()))
    assert tuple(each.verdict for each in found) == verdicts
    assert aws.named("cloudwatch.get_metric_statistics")[0]["Dimensions"][0]["Value"] == "slot-b"


def test_a_site_that_answers_nothing_leaves_both_unmeasured(aws: Aws):
    found = log_lines.log_lines(site(aws=aws, web=Web(lambda _: Page(status=503)), clock=Clock()))
    assert {each.verdict for each in found} == {Verdict.UNMEASURED}


# -- start-up


@pytest.mark.parametrize(
    ("reasons", "verdict"),
    [
        (("ok", "ok"), Verdict.EXPECTED),
        (("ok", "secret-unreadable"), Verdict.DIFFERS),
        ((), Verdict.UNMEASURED),
    ],
)
def test_every_start_must_have_its_credentials(aws: Aws, reasons: tuple[str, ...], verdict: Verdict):
    started = [
        line(event="startup.secret", reason=reason, duration_ms=2_000, error="CredentialsProviderError")
        if reason != "ok"
        else line(event="startup.secret", reason="ok", duration_ms=300)
        for reason in reasons
    ]

    def events(**arguments: Any) -> dict[str, Any]:
        cold = ["REPORT RequestId: 1 Init Duration: 812.50 ms"]
        wanted = cold if "Init" in arguments["filterPattern"] else started
        return {"events": [{"message": each} for each in wanted]}

    aws.answers["logs.filter_log_events"] = events
    found = startup.startup(site(aws=aws, web=Web(lambda _: health("slot-b")), clock=Clock()), since=0.0)
    assert found.verdict is verdict
    assert found.number == len(reasons)
    assert found.values["Lambda's cold starts, seconds"]["most"] == 0.812
    if "secret-unreadable" in reasons:
        assert found.values["errors"] == {"CredentialsProviderError": 1}


# -- image


@pytest.mark.parametrize(
    ("status", "kind", "verdict"),
    [
        (200, "image/webp", Verdict.EXPECTED),
        (200, "text/html", Verdict.DIFFERS),
        (403, "", Verdict.DIFFERS),
        (500, "text/html", Verdict.DIFFERS),
        (404, "text/html", Verdict.UNMEASURED),
        (400, "text/plain", Verdict.UNMEASURED),
    ],
)
def test_an_image_is_judged_by_status_and_kind(aws: Aws, status: int, kind: str, verdict: Verdict):
    page = Page(status=status, headers={"Content-Type": kind})
    found = image.image(site(aws=aws, web=Web(lambda _: page), clock=Clock()), path="/logo.png")
    assert found.verdict is verdict
    assert found.values["address"] == "/_next/image?url=%2Flogo.png&w=64&q=75"


@pytest.mark.parametrize(
    ("page", "address"),
    [
        (
            '<img src="/_slots/slot-b/_next/image?url=%2Fa.png&amp;w=64&amp;q=75">',
            "/_slots/slot-b/_next/image?url=%2Fa.png&w=64&q=75",
        ),
        ('<img alt="" src="/b.png">', "/_next/image?url=%2Fb.png&w=64&q=75"),
        ("<p>no image</p>", "/_next/image?url=%2Ffavicon.ico&w=64&q=75"),
    ],
)
def test_the_image_that_the_front_page_shows_is_asked_for(aws: Aws, page: str, address: str):
    web = Web(lambda url: Page(data=page.encode()))
    found = image.image(site(aws=aws, web=web, clock=Clock()))
    assert found.values["address"] == address


# -- build and rollback


def operation(**changed: Any) -> Operation:
    held = Placement(release="r2", slot="slot-b", job="4")
    return replace(Operation(number=2, target=held, outcome="promoted"), **changed)


def job(**_: Any) -> dict[str, Any]:
    begin = datetime(2026, 11, 24, tzinfo=UTC)
    steps = [
        {
            "stepName": name,
            "startTime": begin,
            "endTime": begin + timedelta(seconds=seconds),
            "logUrl": f"https://logs.example.com/{name}",
        }
        for name, seconds in (("BUILD", 200), ("DEPLOY", 20))
    ]
    return {"job": {"steps": steps}}


def test_a_built_release_tells_its_next_js_and_its_times(aws: Aws):
    aws.answers["amplify.get_job"] = job
    web = Web(lambda url: Page(data="  ▲ Next.js 16.4.5 (Turbopack)".encode() if "BUILD" in url else b""))
    found = build.build(site(aws=aws, web=web, clock=Clock()), (operation(),))
    assert found.verdict is Verdict.EXPECTED
    assert found.summary == "Next.js 16.4.5: built in 220 s, live"


def test_a_release_that_failed_is_a_difference_with_its_reason(aws: Aws):
    aws.answers["amplify.get_job"] = job
    bad = operation(outcome="aborted", reason="The build ended FAILED")
    found = build.build(site(aws=aws, web=Web(lambda _: Page()), clock=Clock()), (bad,))
    assert found.verdict is Verdict.DIFFERS
    assert "The build ended FAILED" in found.summary


@dataclass
class Ran:
    """A site whose operations end as told."""

    ended: Operation
    clock: Clock

    def now(self) -> float:
        return self.clock()

    def run(self, request: Any, *, tell: Any) -> Operation:
        assert request.kind == "rollback"
        self.clock.sleep(30.0)
        return self.ended


@pytest.mark.parametrize(
    ("changed", "plan", "verdict"),
    [
        ({}, "held", Verdict.EXPECTED),
        ({}, "build", Verdict.DIFFERS),
        ({"outcome": "aborted", "reason": "why"}, "held", Verdict.DIFFERS),
    ],
)
def test_a_rollback_is_timed_to_the_last_old_answer(changed: dict[str, Any], plan: str, verdict: Verdict):
    clock = Clock()
    left = Placement(release="r1", slot="slot-a")
    ended = operation(source=left, steps=(Step(name="Switch", started=1.0, seconds=0.2),), **changed)
    seen = [Answer(sent=1_000.0 + n, seconds=0.1, status=200, release="r1") for n in range(-5, 4)]
    seen += [Answer(sent=1_004.0, seconds=0.1, status=200, release="r2")]
    found = rollback.rollback(
        Ran(ended.remember(plan=plan), clock),  # type: ignore[arg-type]
        answers=seen,
        who="me",
        tell=lambda _: None,
    )
    assert found.verdict is verdict
    assert found.values["seconds to the last answer of the release that is left"] == 3.0
    assert found.values["seconds until the command ended"] == 30.0
    assert found.values["steps"] == {"Switch": 0.2}


@pytest.mark.parametrize("release", ["", "r1"], ids=["unnamed", "before it alone"])
def test_a_rollback_during_which_no_old_answer_was_seen_is_unmeasured(release: str):
    ended = operation(source=Placement(release="r1"))
    found = rollback.rollback(
        Ran(ended, Clock()),  # type: ignore[arg-type]
        answers=[replace(each, release=release) for each in answers(200, 200)],
        who="me",
        tell=lambda _: None,
    )
    assert found.verdict is Verdict.UNMEASURED


def test_a_spread_is_least_median_and_most():
    assert spread([3.0, 1.0, 2.0]) == {"least": 1.0, "median": 2.0, "most": 3.0}
    assert spread([]) == {}
