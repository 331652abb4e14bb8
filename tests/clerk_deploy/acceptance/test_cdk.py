import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from clerk_deploy.acceptance.cdk import Cdk
from clerk_deploy.errors import CheckFailedError, UnusableInputError


def cdk(folder: Path, script: str, *, profile: str | None = None) -> Cdk:
    program = folder / "cdk"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return Cdk(program=program, folder=folder, profile=profile, environ=dict(os.environ))


def test_the_templates_that_were_shown_are_the_ones_that_are_deployed(tmp_path: Path):
    tool = cdk(tmp_path, 'echo "got $*"', profile="sandbox")
    tool.deploy("acceptance/*")
    assert "got deploy acceptance/* --app cdk.out" in tool.log.read_text()
    assert "--profile sandbox" in tool.log.read_text()


def test_a_failed_deployment_tells_the_end_of_its_output_without_secrets(tmp_path: Path):
    tool = cdk(tmp_path, "echo token sk_live_c0ffeec0ffeec0ffee; echo no such zone; exit 3")
    with pytest.raises(CheckFailedError, match="no such zone") as failed:
        tool.deploy("acceptance/*")
    assert "c0ffee" not in str(failed.value)
    assert str(tool.log) in failed.value.next_step


def test_an_interruption_ends_the_cdk_and_what_it_started(tmp_path: Path):
    tool = cdk(tmp_path, "sleep 60 & echo $! > child; wait")

    def interrupt() -> None:
        while not (tmp_path / "child").is_file() or not (tmp_path / "child").read_text().strip():
            time.sleep(0.01)
        time.sleep(0.2)  # Popen itself must have returned
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        tool.deploy("acceptance/*")
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 5
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(child)


def alive(process: int) -> bool:
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True)
    return shown.stdout.strip() not in ("", "Z")


def test_a_missing_cdk_is_named_with_what_brings_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from clerk_deploy.acceptance import cdk as module

    monkeypatch.setattr(module, "PROJECT", tmp_path)
    monkeypatch.setenv("PATH", "")
    (tmp_path / "app.py").touch()
    with pytest.raises(UnusableInputError, match="CDK command line"):
        module.prepare_cdk(
            tmp_path / "run",
            settings_path=tmp_path / "cdk.json",
            context={},
            profile=None,
            region="us-east-1",
        )
