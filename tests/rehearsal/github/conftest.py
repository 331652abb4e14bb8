from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from rehearsal.github import GitHub, Token, commit_change, create_app, make_repository

TOKEN = "github_pat_" + "x" * 20
NAME = "your-org/yourapp"


@dataclass
class FakeClock:
    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    (folder / "node_modules" / "next").mkdir(parents=True)
    (folder / "node_modules" / "next" / "index.js").write_text("built")
    (folder / ".next").mkdir()
    (folder / ".next" / "BUILD_ID").write_text("x")
    (folder / "app").mkdir()
    (folder / "app" / "page.tsx").write_text("export default 1\n")
    (folder / "package.json").write_text("{}\n")
    (folder / ".gitignore").write_text("*.log\n")
    (folder / "debug.log").write_text("noise")
    (folder / ".env.production").write_text("CLERK_SECRET_KEY=sk_live_x\n")
    (folder / ".env").write_text("CLERK_SECRET_KEY=sk_live_x\n")
    (folder / ".env.example").write_text("CLERK_SECRET_KEY=\n")
    script = folder / "run.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    return folder


@pytest.fixture
def repository(source: Path, tmp_path: Path) -> Path:
    target = tmp_path / "yourapp.git"
    make_repository(source, target, message="The application", branch="main")
    return target


@pytest.fixture
def commits(repository: Path) -> list[str]:
    """Three commits of main, oldest first."""
    return [commit_change(repository, files={"VERSION": f"{n}\n"}, message=f"Version {n}") for n in (1, 2, 3)]


@pytest.fixture
def github(repository: Path, clock: FakeClock) -> GitHub:
    token = Token(value=TOKEN, repositories=frozenset({NAME}), expires_at=clock.now + 86400)
    return GitHub(clock=clock, repositories={NAME: repository}, tokens=[token])


class Caller:
    def __init__(self, github: GitHub) -> None:
        self.app = create_app(github)

    async def __call__(
        self,
        method: str,
        path: str = "",
        *,
        token: str | None = f"Bearer {TOKEN}",
        repository: str = NAME,
        **kwargs: Any,
    ) -> httpx.Response:
        headers = {**({"authorization": token} if token else {}), **kwargs.pop("headers", {})}
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport) as http:
            url = f"https://api.github.com/repos/{repository}{path}"
            return await http.request(method, url, headers=headers, **kwargs)


@pytest.fixture
def call(github: GitHub) -> Caller:
    return Caller(github)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
