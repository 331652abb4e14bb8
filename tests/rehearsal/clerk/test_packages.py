"""The scripts of Clerk's components, from npm."""

import base64
import hashlib
import io
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from clerk_deploy.errors import UnreachableError
from rehearsal.clerk import packages
from rehearsal.clerk.app import create_app
from rehearsal.clerk.packages import PACKAGES, Scripts

pytestmark = pytest.mark.anyio
FILES = {
    "package/dist/clerk.browser.js": b"script",
    "package/dist/clerk.browser.js.map": b"map",
    "package/package.json": b"{}",
}


@pytest.fixture
def archive() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as made:
        for name, content in FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def npm(archive: bytes, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    asked: list[list[str]] = []

    def run(words: list[str], **_: Any) -> None:
        asked.append(words)
        (Path(words[words.index("--pack-destination") + 1]) / "made.tgz").write_bytes(archive)

    monkeypatch.setattr(subprocess, "run", run)
    return asked


@pytest.fixture
def locked(archive: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
    one = replace(PACKAGES[0], integrity=integrity)
    monkeypatch.setattr(packages, "PACKAGES", (one,))


async def get(clerk: Any, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=create_app(clerk))) as client:
        return await client.get(f"https://clerk.yourapp.com/npm/@clerk/{path}")


@pytest.mark.usefixtures("locked", "instance")
async def test_a_script_is_served_to_any_page_and_fetched_once(
    clerk: Any, npm: list[list[str]], tmp_path: Path
) -> None:
    clerk.packages = tmp_path
    for version in ("6", PACKAGES[0].version):
        answer = await get(clerk, f"clerk-js@{version}/dist/clerk.browser.js")
        assert (answer.status_code, answer.text) == (200, "script")
        assert answer.headers["access-control-allow-origin"] == "*"
    assert len(npm) == 1
    assert npm[0][-1] == f"@clerk/clerk-js@{PACKAGES[0].version}"


@pytest.mark.usefixtures("locked", "instance", "npm")
@pytest.mark.parametrize(
    "path",
    [
        "clerk-js@5/dist/clerk.browser.js",
        "clerk-js@/dist/clerk.browser.js",
        "other@6/dist/clerk.browser.js",
        "clerk-js@6/dist/clerk.browser.js.map",
        "clerk-js@6/dist/%2e%2e/package.json",
    ],
)
async def test_nothing_else_is_served(clerk: Any, tmp_path: Path, path: str) -> None:
    clerk.packages = tmp_path
    assert (await get(clerk, path)).status_code == 404


@pytest.mark.usefixtures("instance")
async def test_without_a_folder_there_are_no_scripts(clerk: Any) -> None:
    assert (await get(clerk, "clerk-js@6/dist/clerk.browser.js")).status_code == 404


@pytest.mark.usefixtures("npm")
def test_an_archive_that_is_not_the_locked_one_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match="not what was locked"):
        Scripts(tmp_path / "kept").file(PACKAGES[0], "clerk.browser.js")
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.usefixtures("instance")
async def test_without_a_registry_the_answer_says_so(
    clerk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(words: list[str], **_: Any) -> None:
        raise subprocess.CalledProcessError(1, words)

    monkeypatch.setattr(subprocess, "run", fail)
    clerk.packages = tmp_path
    answer = await get(clerk, "clerk-js@6/dist/clerk.browser.js")
    assert answer.status_code == 503
    assert "npm did not give @clerk/clerk-js" in answer.text
