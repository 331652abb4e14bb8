from pathlib import Path

from clerk_deploy.settings.document import document

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"


def test_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == document(), (
        "run: python -m clerk_deploy.settings.document > docs/settings.md"
    )


def test_page_has_a_section_for_each_model() -> None:
    for path in ("environments.NAME", "environments.NAME.clerk.cnames[]", "environments.NAME.variables[]"):
        assert f"## `{path}`" in document()
