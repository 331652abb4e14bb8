import json
import threading
import time
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import pytest

from clerk_deploy.errors import Exit, UnusableInputError
from clerk_deploy.secret_value import SecretValue
from clerk_deploy.verification.context import Context, PrerequisiteError
from clerk_deploy.verification.engine import run
from clerk_deploy.verification.findings import Finding, Status, failed, passed, skipped, unknown
from clerk_deploy.verification.http import Client, NoAnswerError
from clerk_deploy.verification.registry import Check, Function, Moment, Severity, all_checks, select
from clerk_deploy.verification.report import Waiver, as_json, as_junit
from clerk_deploy.verification.routes import Routes
from clerk_deploy.verification.target import SmokeUser, Target

TODAY = date(2026, 11, 24)
NOW = 1_795_521_600.0  # that day


def made(name: str, function: Function, *, deadline: float = 5.0) -> Check:
    return Check(
        id=name,
        title="A promise",
        guide="A line",
        severity=Severity.HIGH,
        needs=frozenset(),
        runs_in=frozenset(Moment),
        tags=frozenset({name.partition(".")[0]}),
        why="Because.",
        next_step="do something about it",
        deadline=deadline,
        function=function,
    )


def context(**changes: object) -> Context:
    target = Target(url="http://127.0.0.1:9", **changes)  # type: ignore[arg-type]
    return Context(target=target, client=Client(routes=Routes(environment={}), timeout=0.5), now=lambda: NOW)


def raising(error: BaseException) -> Function:
    def function(_: Context) -> Finding:
        raise error

    return function


def one(function: Function, **changes: object):
    return run([made("a.b", function)], context(**changes), moment=Moment.DOMAIN).results[0]


def test_crash_of_a_check_is_its_failure_and_hides_the_message():
    result = one(raising(ValueError("sk_live_" + "x" * 20)))
    assert result.status is Status.FAILED
    assert "ValueError at test_engine.py" in result.finding.evidence
    assert "sk_live" not in result.finding.evidence


@pytest.mark.parametrize(
    "error", [PrerequisiteError("sign-in is broken"), NoAnswerError("x", host="clerk.dev")]
)
def test_what_others_broke_is_unknown(error):
    assert one(raising(error)).status is Status.UNKNOWN


def test_what_is_verified_must_answer():
    backend = {"api_base_url": "https://api.yourapp.com"}
    assert one(raising(NoAnswerError("x", host="api.yourapp.com")), **backend).status is Status.FAILED


def test_hanging_check_is_given_up_and_the_others_end():
    stop = threading.Event()

    def hang(_: Context) -> Finding:
        stop.wait(20)
        return passed("late")

    checks = [made("a.hang", hang, deadline=0.1), *(made(f"b.{n}", lambda _: passed("ok")) for n in range(5))]
    report = run(checks, context(), moment=Moment.DOMAIN, workers=1)
    stop.set()
    assert [each.status for each in report.results] == [Status.FAILED] + [Status.PASSED] * 5
    assert "did not end" in report.results[0].finding.evidence


def test_results_keep_the_order_of_the_checks_whatever_ends_first():
    def after(seconds: float) -> Function:
        def function(_: Context) -> Finding:
            time.sleep(seconds)
            return passed("ok")

        return function

    checks = [made(f"a.{n}", after(0.05 * (3 - n))) for n in range(4)]
    report = run(checks, context(), moment=Moment.DOMAIN)
    assert [each.check.id for each in report.results] == ["a.0", "a.1", "a.2", "a.3"]


def test_shared_fetch_happens_once_and_its_error_is_everybodys():
    made_by: list[int] = []

    def fetch(_: Context) -> str:
        made_by.append(1)
        time.sleep(0.05)
        raise PrerequisiteError("broken")

    checks = [made(f"a.{n}", lambda c: passed(c.once("x", fetch))) for n in range(6)]
    report = run(checks, context(), moment=Moment.DOMAIN)
    assert len(made_by) == 1
    assert len(report.of(Status.UNKNOWN)) == 6


def test_dead_site_is_asked_once_and_reported_once():
    checks = [check for check in all_checks() if check.id.startswith(("transport.reach", "headers."))]
    report = run(checks, context(), moment=Moment.DOMAIN)
    by_name = {each.check.id: each for each in report.results}
    assert by_name["transport.reachable"].status is Status.FAILED
    assert "refused" in by_name["transport.reachable"].finding.evidence
    assert by_name["headers.nosniff"].status is Status.UNKNOWN
    assert "transport.reachable" in by_name["headers.nosniff"].finding.evidence


def test_secrets_tokens_and_smoke_users_never_reach_a_report():
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
    password = SecretValue("Obviously-Fake-Password-1")
    user = SmokeUser(tenant="t", email="smoke@yourapp.com", password=password)
    text = f"{token} {password.reveal()} {user.email}"
    report = run([made("a.b", lambda _: failed(text, text))], context(users=(user,)), moment=Moment.DOMAIN)
    shown = json.dumps(as_json(report)) + as_junit(report) + repr(report)
    for secret in (token, "eyJ", password.reveal(), user.email):
        assert secret not in shown


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([passed("x")], Exit.OK),
        ([passed("x"), skipped("x")], Exit.OK),
        ([skipped("x")], Exit.COULD_NOT_FIND_OUT),
        ([], Exit.COULD_NOT_FIND_OUT),
        ([passed("x"), unknown("x")], Exit.COULD_NOT_FIND_OUT),
        ([passed("x"), unknown("x"), failed("x")], Exit.CHECKED_AND_BAD),
    ],
)
def test_exit_code_says_the_worst(findings, code):
    checks = [made(f"a.{n}", lambda _, f=f: f) for n, f in enumerate(findings)]
    assert run(checks, context(), moment=Moment.DOMAIN).exit_code is code


def waived(until: date, finding: Finding):
    waiver = Waiver(check="a.b", reason="the other team mends it", until=until)
    return run([made("a.b", lambda _: finding)], context(), moment=Moment.DOMAIN, waivers=[waiver])


def test_waiver_counts_until_its_last_day_and_is_told():
    report = waived(TODAY, failed("broken"))
    assert report.results[0].status is Status.WAIVED
    assert report.exit_code is Exit.OK
    assert "other team" in report.results[0].finding.details[-1]


def test_waiver_that_ended_counts_no_more_and_says_so():
    report = waived(date(2026, 11, 23), failed("broken"))
    assert report.exit_code is Exit.CHECKED_AND_BAD
    assert "ended on 2026-11-23" in report.results[0].finding.details[-1]


def test_waiver_does_not_hide_a_pass():
    assert waived(TODAY, passed("fine")).results[0].status is Status.PASSED


def test_junit_is_readable_whatever_an_answer_held():
    findings = [passed("x"), failed("bad \x00\x1b[31m ]]> & <"), skipped("x"), unknown("x")]
    checks = [made(f"a.{n}", lambda _, f=f: f) for n, f in enumerate(findings)]
    suite = ElementTree.fromstring(as_junit(run(checks, context(), moment=Moment.DOMAIN)).encode())[0]
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "4", "failures": "1", "errors": "1", "skipped": "1"}
    assert [case.get("name") for case in suite] == ["0", "1", "2", "3"]


def test_selection_by_id_tag_and_moment():
    checks = all_checks()
    names = {each.id for each in select(checks, moment=Moment.DOMAIN, only=["tokens", "transport.hsts"])}
    assert "transport.hsts" in names and "tokens.tampered" in names and "transport.dns" not in names
    everything = {each.id for each in select(checks, moment=Moment.DOMAIN, skip=["dns", "critical"])}
    assert not everything & {"transport.dns", "tokens.tampered"}
    assert "rate_limit.app" not in everything
    assert {each.id for each in select(checks, moment=Moment.DOMAIN, only=["rate_limit.app"])} == {
        "rate_limit.app"
    }
    emergency = select(checks, moment=Moment.EMERGENCY)
    assert 5 < len(emergency) < 25


@pytest.mark.parametrize(
    "words", [{"only": ["nonsense"]}, {"skip": ["nonsense"]}, {"only": ["dns"], "skip": ["dns"]}]
)
def test_selection_refuses_what_selects_nothing(words):
    with pytest.raises(UnusableInputError):
        select(all_checks(), moment=Moment.DOMAIN, **words)


def test_report_is_the_same_twice_but_for_time():
    checks = [made(f"a.{n}", lambda _: passed("ok")) for n in range(3)]
    first, second = (as_json(run(checks, context(), moment=Moment.DOMAIN)) for _ in range(2))
    for document in (first, second):
        document["seconds"] = 0
        for each in document["results"]:
            each["seconds"] = 0
    assert first == second


def test_checks_are_immutable():
    with pytest.raises(AttributeError):
        all_checks()[0].id = "x"  # type: ignore[misc]
    assert replace(all_checks()[0], deadline=1).deadline == 1
