"""The whole way with the real Pulumi and the real docker provider, on a real engine."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from clerk_deploy.containers.docker import run_command
from clerk_deploy.containers.problems import RolledBackError
from clerk_deploy.errors import RefusedError, UnusableInputError
from rehearsal.containers.drivers import ROTATED_KEY
from rehearsal.containers.project import PulumiProject
from rehearsal.containers.scene import ENVIRONMENT, SECRET_KEY, TOKEN_KEY
from rehearsal.load import Load
from tests.containers.real import pulumi_project

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]


@pytest.fixture(scope="module")
def project(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PulumiProject]:
    with pulumi_project(tmp_path_factory.mktemp("pulumi")) as found:
        yield found


@pytest.fixture(scope="module")
def first(project: PulumiProject) -> str:
    """The first release, live."""
    return project.host().release().release


def load(project: PulumiProject) -> Load:
    return Load(port=project.scene.https_port, host=project.scene.domain)


def running(project: PulumiProject, service: str) -> set[str]:
    """Ids of the tasks that a service wants."""
    name = f"{project.scene.prefix}-{service}"
    return set(run_command(["docker", "service", "ps", "-q", "-f", "desired-state=running", name]).split())


def test_release_is_live_and_says_so(project: PulumiProject, first: str) -> None:
    live = project.host().live()
    assert live.release == first
    assert live.health.healthy


def test_plain_up_keeps_what_was_released_and_then_changes_nothing(
    project: PulumiProject, first: str
) -> None:
    # The image was built and is pinned: its resource leaves the state, and no service changes.
    project.pulumi("up", "--yes", "--skip-preview")
    assert project.host().live().release == first
    assert "unchanged" in project.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")


def test_release_and_rollback_fail_no_request(project: PulumiProject, first: str) -> None:
    project.commit("The next")
    host = project.host()
    with load(project) as traffic:
        second = host.release(verify=lambda: None)
        back = host.rollback()
    assert (second.built, second.before) == (True, first)
    assert (back.release, back.before, back.built) == (first, second.release, False)
    assert traffic.failed == []
    assert set(traffic.releases()) == {first, second.release}
    assert [entry.purpose for entry in host.history()[:2]] == ["rollback", "release"]
    assert [entry.release for entry in host.history()[:2]] == [first, second.release]


def test_image_that_never_gets_healthy_changes_nothing_for_users(project: PulumiProject, first: str) -> None:
    before = project.host().live().release
    project.scene.behave("never-healthy")
    project.commit("Broken")
    with load(project) as traffic, pytest.raises(RolledBackError, match="went back"):
        project.host().release()
    assert traffic.failed == []
    assert project.host().live().release == before
    assert project.host().history()[0].outcome == "aborted"
    project.scene.behave("well")
    project.commit("Mended")
    assert project.host().release().before == before


def test_rotated_secret_and_changed_edge_by_plain_up_fail_no_request(
    project: PulumiProject, first: str
) -> None:
    before, edge, tasks = project.host().live().release, running(project, "edge"), running(project, "app")
    with load(project) as traffic:
        project.scene.write_variables(secret_key=ROTATED_KEY)
        project.pulumi("up", "--yes", "--skip-preview")
        rotated = running(project, "app")
        project.pulumi("config", "set", "--path", "edge.acmeEmail", "devops@yourapp.com")
        project.pulumi("up", "--yes", "--skip-preview")
    assert traffic.failed == []
    assert set(traffic.releases()) == {before}
    assert running(project, "edge") == edge
    assert tasks.isdisjoint(rotated)
    assert running(project, "app") == rotated
    listed = run_command(["docker", "secret", "ls", "--format", "{{.Name}}"]).split()
    assert sum(name.startswith(f"{project.scene.prefix}-secrets") for name in listed) == 1


def test_state_holds_no_secret_in_the_clear(project: PulumiProject, first: str) -> None:
    project.host()
    for file in filter(Path.is_file, project.state.rglob("*")):
        content = file.read_bytes()
        content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        assert SECRET_KEY.encode() not in content
        assert ROTATED_KEY.encode() not in content
        assert TOKEN_KEY.encode() not in content


def test_locked_state_is_refused_with_the_way_out(project: PulumiProject, first: str) -> None:
    folder = project.state / ".pulumi" / "locks" / "organization" / "clerk-deploy" / ENVIRONMENT
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / "00000000-0000-4000-8000-000000000000.json"
    lock.write_text(
        '{"pid":1,"username":"somebody","hostname":"elsewhere","timestamp":"2026-01-01T00:00:00Z"}'
    )
    try:
        with pytest.raises(RefusedError, match="pulumi cancel"):
            project.host().rollback()
    finally:
        lock.unlink()


@pytest.mark.parametrize("to", ["ffffffffffff", "nothing"])
def test_rollback_to_an_unknown_release_names_the_kept_ones(
    project: PulumiProject, first: str, to: str
) -> None:
    with pytest.raises(UnusableInputError, match="kept are"):
        project.host().rollback(to=to)
