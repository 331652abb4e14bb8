"""The commands with the real Pulumi and the real docker provider, on a real engine."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from typer.testing import CliRunner, Result

from clerk_deploy.cli.root import app
from clerk_deploy.containers import operations
from clerk_deploy.containers.stack import FOLDER
from clerk_deploy.errors import Exit
from rehearsal.containers.project import LoopbackHttp, PulumiProject
from tests.containers.real import pulumi_project

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]

Typed = Callable[..., Result]

RUN = """
import sys
from clerk_deploy.cli.root import run
from clerk_deploy.containers import operations
from rehearsal.containers.project import LoopbackHttp

port = int(sys.argv.pop(1))
operations.open_pool = lambda environ: LoopbackHttp(port=port)
run()
"""


@pytest.fixture(scope="module")
def project(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PulumiProject]:
    with pulumi_project(tmp_path_factory.mktemp("pulumi")) as found:
        document = json.loads(found.scene.settings.read_text())
        release = {"bakeMinutes": 0, "candidateCheck": "health"}
        document["context"]["environments"]["production"]["release"] = release
        found.scene.settings.write_text(json.dumps(document))
        found.host().release()
        yield found


@pytest.fixture
def typed(project: PulumiProject, monkeypatch: pytest.MonkeyPatch) -> Typed:
    monkeypatch.setenv(FOLDER, str(project.folder))
    http = LoopbackHttp(port=project.scene.https_port)
    monkeypatch.setattr(operations, "open_pool", lambda environ: http)

    def type_in(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--settings", str(project.scene.settings)])

    return type_in


def standing(typed: Typed) -> dict[str, object]:
    found: dict[str, object] = json.loads(typed("status", "--json").stdout)["environments"][0]
    return found


def test_release_rollback_and_pardon(project: PulumiProject, typed: Typed) -> None:
    first = standing(typed)["live"]
    project.commit("The next")
    made = json.loads(typed("release", "--json").stdout)
    assert (made["before"], made["built"]) == (first, True)
    assert "nothing to do" in typed("release").stdout
    assert json.loads(typed("rollback", "--yes", "--json").stdout)["release"] == first
    refused = typed("release")
    assert refused.exit_code == Exit.REFUSED
    assert "was rolled back" in refused.stderr
    pardoned = json.loads(typed("release", "--pardon", "--json").stdout)
    assert (pardoned["release"], pardoned["built"]) == (made["release"], False)
    found = standing(typed)
    assert (found["live"], found["differences"]) == (made["release"], [])
    newest = json.loads(typed("history", "--json").stdout)["operations"][:3]
    assert [(each["kind"], each["outcome"]) for each in newest] == [
        ("release", "promoted"),
        ("rollback", "promoted"),
        ("release", "rolled back"),
    ]


def test_freeze_is_kept_by_the_engine(project: PulumiProject, typed: Typed) -> None:
    project.commit("Frozen out")
    assert typed("freeze", "an audit").exit_code == Exit.OK
    try:
        assert typed("release").exit_code == Exit.REFUSED
        assert "an audit" in typed("status").stdout
    finally:
        assert "an audit" in typed("unfreeze").stdout


@pytest.mark.parametrize("everybody", [True, False])
def test_interrupted_release_leaves_no_lock_and_is_taken_up_again(
    project: PulumiProject, typed: Typed, everybody: bool
) -> None:
    commit = project.commit(f"Interrupted {everybody}")
    command = [sys.executable, "-c", RUN, str(project.scene.https_port), "release"]
    process = subprocess.Popen(
        [*command, "--settings", str(project.scene.settings)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "-app updating" in line:
            break
    time.sleep(1)
    # a terminal's Ctrl-C reaches Pulumi too
    (os.killpg if everybody else os.kill)(process.pid, signal.SIGINT)
    said += process.communicate(timeout=120)[0]
    assert process.returncode == Exit.INTERRUPTED, said
    assert "Pulumi ends its update in order" in said
    assert "goes on without this terminal" in said
    again = typed("release")
    assert again.exit_code == Exit.OK, again.output
    found = standing(typed)
    assert str(found["live"]).startswith(commit[:12])
    assert found["differences"] == []
