"""Opening a stack where Pulumi, its project or its version is not what it should be."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clerk_deploy.cli.root import app
from clerk_deploy.containers.stack import FOLDER, open_stack
from clerk_deploy.errors import Exit, UnusableInputError
from rehearsal.containers.scene import Scene


def pulumi(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """A `pulumi` that does what a test says."""
    folder.mkdir()
    (folder / "pulumi").write_text(f"#!/bin/sh\n{body}\n")
    (folder / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")


@pytest.mark.parametrize("words", [("release", "--skip-bake"), ("rollback",), ("status",), ("freeze", "why")])
def test_missing_pulumi_is_named_with_the_next_step(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    scene = Scene(folder=tmp_path / "scene")
    answer = CliRunner().invoke(app, [*words, "--settings", str(scene.settings)])
    assert answer.exit_code == Exit.USAGE
    assert "There is no `pulumi` command" in answer.output
    assert "pulumi.com/docs/install" in answer.output


def test_logs_without_pulumi_name_dockers_own_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    scene = Scene(folder=tmp_path / "scene")
    answer = CliRunner().invoke(app, ["logs", "--settings", str(scene.settings)])
    assert answer.exit_code == Exit.USAGE
    assert f"docker service logs --follow {scene.prefix}-app" in answer.stderr


def test_folder_without_a_project_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(folder=tmp_path / "scene")
    monkeypatch.setenv(FOLDER, str(tmp_path / "nowhere"))
    answer = CliRunner().invoke(app, ["status", "--settings", str(scene.settings)])
    assert answer.exit_code == Exit.USAGE
    assert "There is no Pulumi project in" in answer.output


def test_pulumi_that_is_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi(tmp_path / "bin", monkeypatch, "echo v2.0.0")
    with pytest.raises(UnusableInputError, match="is of no use"):
        open_stack("production")


def test_missing_stack_is_named_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = """case "$*" in version) echo v3.200.0;; *) echo "error: no stack named 'production' found" >&2;"""
    pulumi(tmp_path / "bin", monkeypatch, body + " exit 255;; esac")
    with pytest.raises(UnusableInputError, match="no stack production") as caught:
        open_stack("production")
    assert caught.value.next_step == "in pulumi/: pulumi stack init production"


@pytest.mark.parametrize(
    ("said", "next_step"),
    [
        ("error: PULUMI_ACCESS_TOKEN must be set for login", "PULUMI_BACKEND_URL"),
        ("error: get stack secrets manager: incorrect passphrase", "PULUMI_CONFIG_PASSPHRASE"),
    ],
)
def test_state_that_cannot_be_read_is_explained(
    said: str, next_step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = f'case "$*" in version) echo v3.200.0;; *) echo "{said}" >&2; exit 255;; esac'
    pulumi(tmp_path / "bin", monkeypatch, body)
    with pytest.raises(UnusableInputError) as caught:
        open_stack("production")
    assert next_step in caught.value.next_step
