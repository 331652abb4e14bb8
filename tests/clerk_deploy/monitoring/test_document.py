from pathlib import Path

from clerk_deploy.monitoring.document import document

PROJECT = Path(__file__).parents[3]


def test_the_page_is_the_one_that_the_alarms_make() -> None:
    page = (PROJECT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    assert page == document(), "python -m clerk_deploy.monitoring.document > docs/monitoring.md"


def test_a_test_that_the_page_names_is_there() -> None:
    tested = PROJECT / "tests" / "stacks" / "monitoring" / "test_alarms_in_time.py"
    assert tested.name in document()
    assert tested.is_file()
