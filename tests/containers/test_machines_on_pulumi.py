"""The real Pulumi on several machines: the image by a registry, and the way back from any manager."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clerk_deploy.errors import DeployError, UnreachableError, UnusableInputError
from rehearsal.containers.image_registry import PASSWORD
from rehearsal.containers.machines import Machines
from rehearsal.containers.project import PulumiProject, missing_tools
from tests.containers.machines_site import edge_of, load_on, prepared, skip_without_machines
from tests.containers.real import pulumi_project

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]


@pytest.fixture(scope="module")
def machines(engine: None) -> Iterator[Machines]:
    if missing := missing_tools():
        pytest.skip(f"Pulumi on several machines was not tried: {', '.join(missing)} not on the PATH")
    skip_without_machines()
    with Machines(count=3) as found:
        yield found


@pytest.fixture(scope="module")
def project(machines: Machines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PulumiProject]:
    folder: Path = tmp_path_factory.mktemp("machines")
    with pulumi_project(
        folder,
        engine=machines.manager.host,
        address=edge_of(machines).address,
        settings=prepared(machines),
    ) as found:
        log_in(found, PASSWORD)
        found.host().release()
        yield found


def log_in(project: PulumiProject, password: str) -> None:
    project.pulumi("config", "set", "--secret", "registryPassword", stdin=password)


def edge_task(machines: Machines, project: PulumiProject) -> list[str]:
    return edge_of(machines).containers(f"{project.scene.prefix}-edge")


def test_release_and_rollback_fail_no_request_and_leave_the_edge_alone(
    machines: Machines, project: PulumiProject
) -> None:
    first, edge = project.host().live().release, edge_task(machines, project)
    project.commit("The next")
    with load_on(machines, port=project.scene.https_port, host=project.scene.domain) as traffic:
        time.sleep(1)
        made = project.host().release()
        back = project.host().rollback()
        time.sleep(2)
    assert made.image.startswith(f"{machines.registry.path}/{project.scene.prefix}@sha256:")
    assert (made.before, back.release, back.built) == (first, first, False)
    assert traffic.failed == []
    assert set(traffic.releases()) == {first, made.release}
    assert edge_task(machines, project) == edge


def test_plain_up_after_a_release_restarts_nothing(machines: Machines, project: PulumiProject) -> None:
    edge = edge_task(machines, project)
    project.pulumi("up", "--yes", "--skip-preview")
    assert edge_task(machines, project) == edge


def test_manager_without_the_image_gets_it_from_the_registry(
    machines: Machines, project: PulumiProject
) -> None:
    project.commit("Another")
    second = project.host().release()
    first = project.host().target(None, live=second.release)
    # As on a manager that built none of the releases.
    machines.manager.docker("image", "rm", "--force", first.image)
    assert first.release not in [image.release for image in project.host().kept()]
    assert project.host().rollback().release == first.release


@pytest.mark.parametrize(
    ("trouble", "kind", "said"),
    [
        ("wrong password", UnusableInputError, "refused the login"),
        ("silence", UnreachableError, "does not answer"),
    ],
)
def test_registry_in_trouble_is_told_and_what_ran_still_runs(
    machines: Machines, project: PulumiProject, trouble: str, kind: type[DeployError], said: str
) -> None:
    before = project.host().live().release
    project.commit(f"With a registry in trouble: {trouble}")
    if trouble == "silence":
        machines.registry.stop()
    else:
        log_in(project, "not0the0password")
    try:
        with pytest.raises(kind, match=said):
            project.host().release()
    finally:
        if trouble == "silence":
            machines.registry.start()
        log_in(project, PASSWORD)
    assert project.host().live().release == before
