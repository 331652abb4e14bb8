from pathlib import Path
from typing import Any

import pytest

from clerk_deploy.acceptance.findings import Verdict
from clerk_deploy.acceptance.remains import Left
from clerk_deploy.acceptance.report import Report
from clerk_deploy.acceptance.run import QUESTIONS, carry_out
from clerk_deploy.errors import CheckFailedError


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return Report(folder=tmp_path, about={})


def raising(error: BaseException) -> Any:
    def run() -> Any:
        raise error

    return run


@pytest.mark.parametrize(
    "failure",
    [None, CheckFailedError("no zone", next_step="make one"), KeyboardInterrupt(), ValueError("a bug")],
    ids=["none", "an error", "Ctrl-C", "a bug"],
)
def test_it_is_torn_down_whatever_happens(report: Report, failure: BaseException | None):
    torn: list[bool] = []

    def tear_down() -> tuple[Left, ...]:
        torn.append(True)
        return ()

    measure = raising(failure) if failure else lambda: None
    ended = carry_out(measure, tear_down, report=report, keep=False)
    assert torn == [True]
    assert ended.failure is failure
    assert "nothing is left" in report.notes[-1]


def test_an_interrupted_run_keeps_what_it_has_and_says_what_it_has_not(report: Report):
    def measure() -> None:
        report.add(QUESTIONS[0].answer(Verdict.EXPECTED, "built"))
        raise KeyboardInterrupt

    carry_out(measure, lambda: (), report=report, keep=False)
    verdicts = {finding.key: finding.verdict for finding in report.findings}
    assert verdicts.pop("build") is Verdict.EXPECTED
    assert set(verdicts.values()) == {Verdict.UNMEASURED}
    assert len(verdicts) == len(QUESTIONS) - 1
    assert "interrupted" in report.page.read_text()


def test_a_second_interruption_ends_the_teardown_too(report: Report):
    with pytest.raises(KeyboardInterrupt):
        carry_out(raising(KeyboardInterrupt()), raising(KeyboardInterrupt()), report=report, keep=False)
    assert (report.folder / "report.json").is_file()


def test_what_was_asked_to_be_kept_is_kept(report: Report):
    ended = carry_out(lambda: None, raising(AssertionError("torn down")), report=report, keep=True)
    assert ended.kept


def test_what_is_left_is_in_the_report(report: Report):
    left = (Left(kind="stack", name="yourapp-acceptance-Edge", note="DELETE_FAILED"),)
    ended = carry_out(lambda: None, lambda: left, report=report, keep=False)
    assert ended.left == left
    assert "stack yourapp-acceptance-Edge (DELETE_FAILED)" in report.page.read_text()
