"""docs/guide.md: nothing that it names is missing."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from clerk_deploy.cli.root import COMMANDS
from clerk_deploy.verification.checklist import LINES
from clerk_deploy.verification.guide import SECTIONS
from clerk_deploy.verification.guide_document import document
from clerk_deploy.verification.registry import all_checks

ROOT = Path(__file__).parents[3]
IDS = {check.id for check in all_checks()}
QUOTED = [quoted for each in SECTIONS for quoted in re.findall(r"`([^`]+)`", each.now)]
ALL = QUOTED + [quoted for each in SECTIONS for quoted in re.findall(r"`([^`]+)`", each.otherwise)]


def test_the_page_is_as_the_code_says() -> None:
    page = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    assert page == document(), "python -m clerk_deploy.verification.guide_document > docs/guide.md"


@pytest.mark.parametrize("path", [each for each in ALL if re.fullmatch(r"[\w.-]+/[\w./-]*", each)])
def test_every_file_that_it_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("command", [each for each in ALL if each.startswith("clerk-deploy ")])
def test_every_command_that_it_names_is_there(command: str) -> None:
    assert command.split()[1] in COMMANDS


@pytest.mark.parametrize("pattern", [each for each in QUOTED if re.fullmatch(r"[a-z_]+\.[a-z_*]+", each)])
def test_every_check_that_it_names_is_there(pattern: str) -> None:
    assert pattern == "cdk.json" or any(fnmatch(name, pattern) for name in IDS)


@pytest.mark.parametrize("page", sorted(set(re.findall(r"\]\(([\w.-]+)\)", document()))))
def test_every_page_that_it_leads_to_is_there(page: str) -> None:
    assert (ROOT / "docs" / page).is_file()


def test_every_alarm_that_it_names_is_there() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    named = [
        words for section in SECTIONS for words in re.findall(r"alarms? ((?:`[\w-]+`(?:, )?)+)", section.now)
    ]
    found = {name for words in named for name in re.findall(r"[\w-]+", words)}
    assert found
    assert found <= set(re.findall(r"^### ([\w-]+)$", page, re.M))


def test_every_checklist_of_the_guide_has_a_table() -> None:
    assert {f"### {line.section}" for line in LINES} == set(re.findall(r"^### .+$", document(), re.M))
