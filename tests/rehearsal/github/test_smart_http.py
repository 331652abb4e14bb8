import base64
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.github import GitHub, Token, create_git, head_of
from rehearsal.serving import serve


@pytest.fixture
def url(github: GitHub) -> Iterator[str]:
    with serve(create_git(github)) as base:
        yield base


def run(token: str | None, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs git as a build does: the token by configuration, never in argv."""
    given = {}
    if token is not None:
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        given = {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
        }
    environment = {
        **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_GLOBAL": os.devnull,
        **given,
    }
    return subprocess.run(
        ["git", *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("suffix", ["", ".git"])
@pytest.mark.parametrize("depth", [[], ["--depth", "1"]])
def test_git_clones_with_the_token(
    url: str, github: GitHub, commits: list[str], tmp_path: Path, suffix: str, depth: list[str]
) -> None:
    address = f"{url}/your-org/yourapp{suffix}"
    done = run(github.tokens[0].value, "clone", "-q", *depth, "--branch", "main", address, tmp_path / "c")

    assert done.returncode == 0, done.stderr
    assert run(None, "-C", tmp_path / "c", "rev-parse", "HEAD").stdout.strip() == commits[2]
    assert (tmp_path / "c" / "VERSION").read_text() == "3\n"
    assert (tmp_path / "c" / "run.sh").stat().st_mode & 0o100


@pytest.mark.parametrize("token", [None, "other"])
def test_clone_needs_a_good_token(url: str, tmp_path: Path, token: str | None) -> None:
    assert run(token, "clone", "-q", f"{url}/your-org/yourapp", tmp_path / "c").returncode != 0


def test_other_repositories_do_not_exist(url: str, github: GitHub, tmp_path: Path) -> None:
    done = run(github.tokens[0].value, "clone", "-q", f"{url}/your-org/other", tmp_path / "c")

    assert "not found" in done.stderr.lower()


def test_push_needs_a_token_that_may_write(
    url: str, github: GitHub, repository: Path, tmp_path: Path
) -> None:
    github.tokens.append(Token(value="reader", repositories=frozenset({"your-org/yourapp"}), write=False))
    clone = tmp_path / "c"
    writer = github.tokens[0].value
    assert run(writer, "clone", "-q", f"{url}/your-org/yourapp", clone).returncode == 0
    (clone / "new.txt").write_text("x" * 2_000_000)
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@yourapp.com"]
    run(None, "-C", clone, "add", "new.txt")
    run(None, "-C", clone, *who, "commit", "-q", "-m", "New")
    commit = run(None, "-C", clone, "rev-parse", "HEAD").stdout.strip()

    assert run("reader", "-C", clone, "push", "-q", "origin", "HEAD:pushed").returncode != 0
    done = run(writer, "-C", clone, "push", "-q", "origin", "HEAD:pushed")
    assert done.returncode == 0, done.stderr
    assert head_of(repository, "pushed") == commit
