import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clerk_deploy.application.adopt import Fate, adopt, package_changes
from clerk_deploy.application.repository import open_repository
from clerk_deploy.application.rule import all_rules, judge
from clerk_deploy.cli.root import app
from clerk_deploy.errors import UnusableInputError
from tests.clerk_deploy.application.guide import FILES, write


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def test_missing_files_are_copied_and_nothing_is_overwritten(tmp_path):
    write(tmp_path)
    before = snapshot(tmp_path)
    adopted = {each.name: each.fate for each in adopt(open_repository(tmp_path))}
    after = snapshot(tmp_path)
    assert {name: after[name] for name in before} == before
    assert adopted["app/api/health/route.ts"] is Fate.COPIED
    assert adopted["Dockerfile"] is Fate.DIFFERS
    assert adopted["next.config.mjs"] is Fate.DIFFERS
    assert "next.config.ts" not in after
    assert not any(name.startswith(("node_modules", ".next", "tests/")) for name in after)


def test_second_run_changes_nothing(tmp_path):
    write(tmp_path)
    adopt(open_repository(tmp_path))
    before = snapshot(tmp_path)
    fates = {each.fate for each in adopt(open_repository(tmp_path))}
    assert snapshot(tmp_path) == before
    assert Fate.COPIED not in fates


def test_dry_run_writes_nothing(tmp_path):
    write(tmp_path)
    before = snapshot(tmp_path)
    result = CliRunner().invoke(app, ["app", "adopt", str(tmp_path), "--dry-run", "--json"])
    assert result.exit_code == 0, result.output
    fates = [each["fate"] for each in json.loads(result.stdout)["files"]]
    assert "copied" in fates
    assert snapshot(tmp_path) == before


def test_application_under_src_gets_its_files_there(tmp_path):
    moved = {name: text for name, text in FILES.items() if name.startswith("app/")}
    write(tmp_path, **dict.fromkeys(moved), **{f"src/{name}": text for name, text in moved.items()})
    names = {each.name for each in adopt(open_repository(tmp_path))}
    assert "src/app/api/health/route.ts" in names
    assert "src/instrumentation.ts" in names
    assert (tmp_path / "src/lib/log.ts").is_file()
    assert not (tmp_path / "app").exists()


def test_what_package_json_lacks_is_told(tmp_path):
    write(tmp_path)
    changes = package_changes(open_repository(tmp_path))
    assert "@aws-sdk/client-secrets-manager" in changes["dependencies"]
    assert "#lib/*" in changes["imports"]
    assert "next" not in changes["dependencies"]
    assert changes["scripts"] == {"build": "node scripts/build.mjs"}


def test_folder_that_leads_out_of_the_repository_is_refused(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "repository").mkdir()
    folder = write(tmp_path / "repository")
    (folder / "lib").symlink_to(outside)
    with pytest.raises(UnusableInputError):
        adopt(open_repository(folder))
    assert list(outside.iterdir()) == []


def test_dangling_link_is_not_written_through(tmp_path):
    write(tmp_path, **{".env.example": None})
    (tmp_path / ".env.example").symlink_to(tmp_path / "elsewhere")
    adopted = {each.name: each.fate for each in adopt(open_repository(tmp_path))}
    assert adopted[".env.example"] is Fate.DIFFERS
    assert not (tmp_path / "elsewhere").exists()


def test_project_without_its_reference_application_says_so(tmp_path):
    write(tmp_path)
    with pytest.raises(UnusableInputError, match="reference application"):
        adopt(open_repository(tmp_path), web=tmp_path / "nowhere")


def test_adopted_files_mend_what_was_missing(tmp_path):
    write(tmp_path)
    adopt(open_repository(tmp_path))
    mistakes = {each.rule.id for each in judge(open_repository(tmp_path), all_rules()) if each.mistakes}
    mended = {"runtime.health_route", "runtime.secret_reader", "runtime.log_lines", "ignores.docker",
              "next.security_headers"}  # fmt: skip
    assert not mended & mistakes
