"""An engine behind ssh: Docker's command line and the real Pulumi reach it, and failures say what to do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from clerk_deploy.containers.docker import Docker, run_command
from clerk_deploy.errors import UnreachableError
from rehearsal.containers.sshd import SshServer, sshd_problem
from tests.containers.real import pulumi_project

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]


@pytest.fixture(scope="module")
def server(engine: None) -> Iterator[SshServer]:
    if problem := sshd_problem():
        pytest.skip(f"an engine behind ssh was not tried: {problem}")
    with SshServer() as found, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", found.bin_first())
        yield found


@pytest.fixture
def known(server: SshServer) -> Iterator[SshServer]:
    """The server, whose client has the key and knows the host again when the test is over."""
    yield server
    server.use()


def ask(host: str) -> None:
    Docker(host=host, run=run_command).require_swarm(platform="linux/amd64")


def test_engine_is_asked_by_ssh(known: SshServer) -> None:
    ask(known.host)


def test_refused_key_says_where_it_must_be(known: SshServer) -> None:
    known.use(key="stranger")
    with pytest.raises(UnreachableError, match="refused the ssh key") as caught:
        ask(known.host)
    assert "authorized_keys" in caught.value.next_step


def test_unknown_host_is_not_trusted(known: SshServer) -> None:
    known.use(known=False)
    with pytest.raises(UnreachableError, match="does not know the key") as caught:
        ask(known.host)
    assert "known_hosts" in caught.value.next_step


@pytest.mark.parametrize("host", ["ssh://root@127.0.0.1:9", "ssh://root@nowhere.invalid"])
def test_machine_that_is_not_there_is_told(known: SshServer, host: str) -> None:
    with pytest.raises(UnreachableError, match="cannot be reached by ssh"):
        ask(host)


def test_pulumi_releases_and_rolls_back_by_ssh(known: SshServer, tmp_path: Path) -> None:
    with pulumi_project(tmp_path, engine=known.host) as project:
        first = project.host().release().release
        project.commit("The next")
        second = project.host().release()
        assert second.before == first
        assert project.host().rollback().release == first
        known.use(key="stranger")
        with pytest.raises(UnreachableError, match="refused the ssh key"):
            project.host().release()
        known.use()
        assert project.host().live().release == first
