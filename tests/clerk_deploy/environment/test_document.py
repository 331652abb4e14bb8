from pathlib import Path

from clerk_deploy.environment.contract import GUIDE
from clerk_deploy.environment.document import document

PAGE = Path(__file__).parents[3] / "docs" / "variables.md"


def test_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == document(), (
        "run: python -m clerk_deploy.environment.document > docs/variables.md"
    )


def test_page_tells_of_every_variable() -> None:
    for variable in GUIDE:
        assert f"| `{variable.name}` |" in document()
