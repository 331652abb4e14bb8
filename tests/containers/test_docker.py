"""Docker's command line as it is used: what it is asked, and what its failures mean."""

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from clerk_deploy.containers.docker import Docker, run_command, stream_command
from clerk_deploy.containers.log_lines import log_lines
from clerk_deploy.errors import CheckFailedError, UnreachableError, UnusableInputError
from clerk_deploy.monitoring.log_reader import Wanted
from clerk_deploy.secret_value import SecretValue

Script = Callable[[str], None]


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    """A `docker` that does what a test says."""

    def write(body: str) -> None:
        file = tmp_path / "bin" / "docker"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)

    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("NOTES", str(tmp_path))
    return write


def engine() -> Docker:
    return Docker(host="unix:///var/run/docker.sock", run=run_command)


def test_missing_docker_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnusableInputError, match="no `docker` command"):
        engine().service("a")
    with pytest.raises(UnusableInputError, match="no `docker` command"):
        list(stream_command(["docker", "service", "logs", "a"]))


def test_service_whose_name_begins_alike_is_another(docker: Script) -> None:
    docker('echo "app-edge-config 1/1"')
    assert engine().service("app-edge") is None


def test_note_reaches_the_engine_as_a_file_and_no_word_of_the_command(docker: Script, tmp_path: Path) -> None:
    docker('case "$*" in *"config create"*) cp "$6" "$NOTES/note"; echo "$*" >"$NOTES/words";; esac')
    engine().write_note("app-freeze", {"reason": "an audit"})
    assert (tmp_path / "note").read_text() == '{"reason": "an audit"}'
    assert "audit" not in (tmp_path / "words").read_text()


def test_registry_login_reaches_docker_as_a_file_and_no_word_of_the_command(
    docker: Script, tmp_path: Path
) -> None:
    docker('echo "$*" >"$NOTES/words"; cp "$4/config.json" "$NOTES/login"; ls -ld "$4" >"$NOTES/folder"')
    engine().pull("ghcr.io/your-org/app:1", username="deployer", password=SecretValue("hunter2"))
    words = (tmp_path / "words").read_text()
    assert words.split()[-3:] == ["pull", "--quiet", "ghcr.io/your-org/app:1"]
    login = base64.b64encode(b"deployer:hunter2").decode()
    assert json.loads((tmp_path / "login").read_text()) == {"auths": {"ghcr.io": {"auth": login}}}
    assert (tmp_path / "folder").read_text().startswith("drwx------")
    assert "hunter2" not in words
    assert login not in words
    assert not Path(words.split()[3]).exists()


def test_stream_that_fails_tells_why(docker: Script) -> None:
    docker('echo "one"; echo "Cannot connect to the Docker daemon" >&2; exit 1')
    seen = []
    with pytest.raises(UnreachableError):
        for line in stream_command(["docker", "service", "logs", "a"]):
            seen.append(line)
    assert seen == ["one", "Cannot connect to the Docker daemon"]


def test_stream_that_nobody_reads_any_more_is_ended(docker: Script, tmp_path: Path) -> None:
    docker('trap "touch $NOTES/ended; exit 0" TERM; echo one; while :; do sleep 0.05; done')
    stream = stream_command(["docker", "service", "logs", "-f", "a"])
    assert next(stream) == "one"
    stream.close()  # type: ignore[attr-defined]
    assert (tmp_path / "ended").exists()


def test_unknown_failure_is_quoted(docker: Script) -> None:
    docker('echo "error: the moon is full" >&2; exit 1')
    with pytest.raises(CheckFailedError, match="the moon is full"):
        engine().service("a")


LINES = (
    '2026-11-24T00:00:03Z {"event":"auth.signin","status":401,"reason":"incorrect-password",'
    '"slot":"containers"}',
    '2026-11-24T00:00:01Z {"event":"auth.me","status":200,"reason":"ok","slot":"containers",'
    '"synthetic":true}',
    "2026-11-24T00:00:02Z Listening on 3000",
    '2026-11-24T00:00:04Z {"event":"health","status":null,"reason":"ok","synthetic":false}',
    "2026-11-24T00:00:05Z [1]",
)


@pytest.mark.parametrize(
    ("wanted", "order"),
    [
        (Wanted(), [1, 2, 0, 3, 4]),
        (Wanted(event="auth.me"), [1]),
        (Wanted(reason="incorrect-password"), [0]),
        (Wanted(slot="containers"), [1, 0]),
        (Wanted(failures=True), [0]),
        (Wanted(failures=True, event="auth.me"), []),
        (Wanted(users=True), [3]),
        (Wanted(text="3000"), [2]),
    ],
)
def test_lines_are_chosen_and_put_in_order(wanted: Wanted, order: list[int]) -> None:
    texts = [line.partition(" ")[2] for line in LINES]
    assert list(log_lines(LINES, wanted, follow=False)) == [texts[number] for number in order]


def test_followed_lines_are_shown_as_they_come() -> None:
    assert list(log_lines(LINES[:2], Wanted(), follow=True)) == [line.partition(" ")[2] for line in LINES[:2]]
