import fcntl
import shutil
from pathlib import Path

import pytest

from clerk_deploy.errors import Exit
from rehearsal.__main__ import KNOWN, main


def test_a_second_rehearsal_in_the_same_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with (tmp_path / "lock").open("w") as lock:
        lock.write("4711")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        code = main(["--once", "--app", "tiny", "--folder", str(tmp_path)])
    assert code == Exit.REFUSED
    told = capsys.readouterr().out
    assert "4711" in told
    assert "--folder" in told


def test_an_unknown_environment_names_the_declared_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["--once", "-e", "qa", "--folder", str(tmp_path)]) == Exit.USAGE
    assert "production, staging" in capsys.readouterr().out


def test_a_folder_without_an_application_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["--once", "--app", str(tmp_path), "--folder", str(tmp_path)]) == Exit.USAGE
    assert "package.json" in capsys.readouterr().out


def test_a_missing_git_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["--once", "--folder", str(tmp_path)]) == Exit.USAGE
    assert "apt-get install git" in capsys.readouterr().out


@pytest.mark.endtoend
@pytest.mark.xdist_group("endtoend")
def test_a_build_that_fails_ends_the_rehearsal_with_its_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    app = tmp_path / "app"
    shutil.copytree(KNOWN["tiny"], app)
    (app / "build.mjs").write_text("throw new Error('this commit does not build');\n")
    code = main(["--once", "--app", str(app), "--folder", str(tmp_path / "rehearsal")])
    told = capsys.readouterr().out
    assert code == Exit.CHECKED_AND_BAD
    assert "FAILED" in told
    assert "this commit does not build" in told
    log = next((tmp_path / "rehearsal" / "run" / "aws" / "build-logs").rglob("BUILD.txt"))
    assert str(log) in told
