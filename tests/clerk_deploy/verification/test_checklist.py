import json
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clerk_deploy.cli.root import app
from clerk_deploy.verification.checklist import LINES, mark
from clerk_deploy.verification.engine import run
from clerk_deploy.verification.findings import Status
from clerk_deploy.verification.registry import Moment, all_checks, select

ROOT = Path(__file__).parents[3]
GUIDE = Path(__file__).with_name("guide_checklists.md")


def guide_lines() -> list[str]:
    return [line[6:] for line in GUIDE.read_text().splitlines() if line.startswith("- [ ] ")]


def test_every_line_of_the_guide_appears_exactly_once_and_nothing_else():
    assert len(guide_lines()) == 35
    assert Counter(line.text for line in LINES) == Counter(guide_lines())


def test_lines_stand_in_the_guides_order():
    assert [line.text for line in LINES] == guide_lines()


def test_every_line_is_checked_built_in_or_for_a_person():
    assert [line.text for line in LINES if not (line.checks or line.built or line.person)] == []


@pytest.mark.parametrize("file", sorted({each.file for line in LINES for each in line.built}))
def test_named_file_exists(file: str):
    assert (ROOT / file).is_file()


def test_named_checks_exist():
    known = {check.id for check in all_checks()}
    assert {name for line in LINES for name in line.checks} - known == set()


def test_failure_of_a_check_marks_its_line(served):
    served.world.faults.add("refresh-fails")
    checks = select(all_checks(), moment=Moment.DOMAIN, only=["authentication"])
    marked = {each.line.text: each for each in mark(run(checks, served.context(), moment=Moment.DOMAIN))}
    assert marked["Token refresh works"].word == "failed"
    assert marked["Sign-in flow works"].word == "passed"
    assert marked["All tests pass"].word == "for a person"


def test_line_whose_checks_did_not_all_run_passes_in_part_only(served):
    checks = select(all_checks(), moment=Moment.DOMAIN, only=["authentication.signin"])
    marked = {each.line.text: each for each in mark(run(checks, served.context(), moment=Moment.DOMAIN))}
    assert marked["Sign-in flow works"].word == "in part"


def test_skipped_checks_do_not_make_a_line_pass(served):
    checks = select(all_checks(), moment=Moment.DOMAIN, only=["monitoring"])
    marked = {each.line.text: each for each in mark(run(checks, served.context(), moment=Moment.DOMAIN))}
    assert marked["Monitoring is active"].status is Status.SKIPPED
    assert marked["Monitoring is active"].word == "not checked"


def test_plan_needs_neither_settings_nor_network():
    result = CliRunner().invoke(app, ["checklist", "--plan", "--json"])
    assert result.exit_code == 0, result.output
    assert len(json.loads(result.stdout)["lines"]) == 35
