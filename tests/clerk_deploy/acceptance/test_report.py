import json
from pathlib import Path

import pytest

from clerk_deploy.acceptance.findings import Question, Verdict
from clerk_deploy.acceptance.load import Answer
from clerk_deploy.acceptance.picture import requests_by_second, switch_times
from clerk_deploy.acceptance.report import Report
from clerk_deploy.secret_value import SecretValue

QUESTION = Question(key="propagation", text="How <long>?", expected="seconds", how="by looking")


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return Report(folder=tmp_path / "run", about={"domain": "acceptance.yourapp.com"})


def test_every_finding_is_kept_at_once(report: Report):
    report.add(QUESTION.answer(Verdict.EXPECTED, "2 s", number=6, values={"seconds": [1.0, 2.0]}))
    document = json.loads((report.folder / "report.json").read_text())
    assert document["findings"][0] == {
        "key": "propagation",
        "question": "How <long>?",
        "expected": "seconds",
        "verdict": "as expected",
        "summary": "2 s",
        "n": 6,
        "values": {"seconds": [1.0, 2.0]},
        "how": "by looking",
    }
    assert "How &lt;long&gt;?" in report.page.read_text()


def test_the_page_needs_nothing_else(report: Report):
    values = {"seconds to the last wrong answer": [0.5, 2.25]}
    report.add(QUESTION.answer(Verdict.EXPECTED, "2 s", values=values))
    page = report.page.read_text()
    assert "<svg" in page
    assert "2.25 s" in page
    assert "http" not in page.replace("http-equiv", "")


def test_no_secret_that_was_met_is_in_the_report(report: Report):
    SecretValue("a-secret-of-the-run")
    report.add(QUESTION.unmeasured("it answered a-secret-of-the-run and sk_live_c0ffeec0ffee"))
    written = report.page.read_text() + (report.folder / "report.json").read_text()
    assert "a-secret-of-the-run" not in written
    assert "c0ffee" not in written


@pytest.mark.parametrize(
    ("verdicts", "worst"),
    [
        ((Verdict.EXPECTED,), Verdict.EXPECTED),
        ((Verdict.EXPECTED, Verdict.UNMEASURED), Verdict.UNMEASURED),
        ((Verdict.UNMEASURED, Verdict.DIFFERS, Verdict.EXPECTED), Verdict.DIFFERS),
    ],
)
def test_the_worst_verdict_decides(report: Report, verdicts: tuple[Verdict, ...], worst: Verdict):
    report.add(*(QUESTION.answer(verdict, "") for verdict in verdicts))
    assert report.worst() is worst


def test_failed_requests_are_drawn_apart():
    answers = [Answer(sent=10.0 + n, seconds=0.1, status=200, release="r1") for n in range(3)]
    drawn = requests_by_second([*answers, Answer(sent=11.0, seconds=0.1, status=502, release="r1")])
    assert drawn.count("#c0392b") == 2  # the bar and its legend
    assert "Requests a second, 3 s" in drawn


def test_nothing_is_drawn_of_nothing():
    assert requests_by_second([]) == ""
    assert switch_times({}) == ""
