"""web/scripts/releases.mjs: the folder with the static files of the last releases."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rehearsal.commands import PROJECT

NODE = Path(sys.executable).parent / "node"
SCRIPT = PROJECT / "web" / "scripts" / "releases.mjs"
KEPT = 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "releases").mkdir()
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "chunk.js").write_text("1")
    return tmp_path / "releases"


def keep(folder: Path, release: str) -> None:
    given = {"folder": str(folder), "release": release, "files": str(folder.parent / "static")}
    program = (
        f"import {{ keepRelease }} from {json.dumps(SCRIPT.as_uri())}; keepRelease({json.dumps(given)});"
    )
    subprocess.run([NODE, "--input-type=module", "--eval", program], check=True)


def kept(folder: Path) -> set[str]:
    return {item.name for item in folder.iterdir()}


def ran(folder: Path, release: str, *, seconds_ago: float) -> None:
    when = time.time() - seconds_ago
    os.utime(folder / release / ".ran-at", (when, when))


def test_files_are_where_the_edge_looks_for_them(folder: Path) -> None:
    keep(folder, "aaaaaaaaaaaa-11111111")
    assert (folder / "aaaaaaaaaaaa-11111111" / "_next" / "static" / "chunk.js").read_text() == "1"


def test_a_second_task_of_the_release_changes_nothing(folder: Path) -> None:
    keep(folder, "aaaaaaaaaaaa-11111111")
    keep(folder, "aaaaaaaaaaaa-11111111")
    assert kept(folder) == {"aaaaaaaaaaaa-11111111"}


def test_only_the_last_releases_stay(folder: Path) -> None:
    for number in range(KEPT + 2):
        keep(folder, f"release-{number}")
        ran(folder, f"release-{number}", seconds_ago=1000 - number)
    assert kept(folder) == {f"release-{number}" for number in range(2, KEPT + 2)}


def test_broken_releases_do_not_push_out_the_one_that_runs(folder: Path) -> None:
    keep(folder, "live")
    for number in range(KEPT + 4):
        ran(folder, "live", seconds_ago=0)  # its health check touches it
        keep(folder, f"broken-{number}")
        ran(folder, f"broken-{number}", seconds_ago=500 - number)
    assert "live" in kept(folder)
    assert len(kept(folder)) == KEPT


def test_what_a_killed_task_left_goes_after_an_hour(folder: Path) -> None:
    (folder / ".draft-x").mkdir()
    hours_ago = time.time() - 7200
    os.utime(folder / ".draft-x", (hours_ago, hours_ago))
    (folder / ".draft-y").mkdir()
    keep(folder, "aaaaaaaaaaaa-11111111")
    assert kept(folder) == {"aaaaaaaaaaaa-11111111", ".draft-y"}
