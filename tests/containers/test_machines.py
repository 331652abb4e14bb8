"""The services on several machines, each with an engine of its own, and images that come by a registry."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.containers.image_registry import PASSWORD, USERNAME
from rehearsal.containers.machines import Machines
from rehearsal.containers.scene import Scene
from rehearsal.containers.site import FIRST_COMMIT, Site
from rehearsal.containers.swarm import Login, Swarm, engine_client
from rehearsal.load import Load
from tests.containers.machines_site import ask, edge_of, load_on, prepared, skip_without_machines

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]

NEXT = "2" * 40
PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def machines(engine: None) -> Iterator[Machines]:
    skip_without_machines()
    with Machines(count=3) as found:
        yield found


@pytest.fixture(scope="module")
def site(machines: Machines, tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder: Path = tmp_path_factory.mktemp("machines") / "scene"
    scene = Scene(folder=folder, application="machines", settings_over=prepared(machines))
    login = Login(server=machines.registry.server, username=USERNAME, password=PASSWORD)
    swarm = Swarm(owner="machines", client=engine_client(machines.manager.socket), login=login)
    found = Site(scene=scene, swarm=swarm)
    found.up()
    return found


def load(machines: Machines, site: Site) -> Load:
    return load_on(machines, port=site.scene.https_port, host=site.scene.domain)


def status(machines: Machines, site: Site, release: str) -> int:
    """How the edge answers for a release's static file."""
    path = f"/_releases/{release}/_next/static/{release}.js"
    return ask(machines, path, port=site.scene.https_port, host=site.scene.domain).status_code


def apart(machines: Machines, site: Site) -> set[str]:
    """The machines of the app's tasks, once two run on two machines; or where they are after a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(found := machines.where(site.app)) != 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    return set(found)


def test_edge_is_on_the_labelled_machine_and_the_app_on_the_others(machines: Machines, site: Site) -> None:
    manager, edge, worker = (machine.name for machine in machines.all)
    assert machines.where(site.edge) == [edge]
    assert machines.where(f"{site.edge}-config") == [edge]
    assert apart(machines, site) == {manager, worker}


def test_workers_run_what_the_registry_has_by_its_digest(machines: Machines, site: Site) -> None:
    image = site.swarm.service(site.app)["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"]
    assert image.startswith(f"{machines.registry.path}/{site.scene.prefix}@sha256:")
    worker = machines.all[2]
    (container,) = worker.containers(site.app)
    assert worker.docker("inspect", "--format", "{{.Config.Image}}", container).strip() == image


def test_update_and_rollback_across_machines_fail_no_request(machines: Machines, site: Site) -> None:
    kept = site.swarm.service(site.app)["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"]
    first, second = (site.scene.release(commit).name for commit in (FIRST_COMMIT, NEXT))
    with load(machines, site) as traffic:
        time.sleep(1)
        assert site.up(NEXT)[site.app].state == "completed"
        spread = apart(machines, site)
        assert site.up(release={"image": kept, "name": first})[site.app].state == "completed"
        time.sleep(2)
    assert traffic.failed == []
    assert set(traffic.releases()) == {first, second}
    assert traffic.answers[-1].release == first
    assert spread == apart(machines, site) == {machines.all[0].name, machines.all[2].name}


def test_edge_without_tasks_beside_it_has_the_live_release_alone(machines: Machines, site: Site) -> None:
    first, second = (site.scene.release(commit).name for commit in (FIRST_COMMIT, NEXT))
    site.up(NEXT)
    assert status(machines, site, second) == 200
    assert status(machines, site, first) == 404


def test_machine_that_dies_costs_no_request_and_its_task_starts_elsewhere(
    machines: Machines, site: Site
) -> None:
    victim = machines.all[2]
    assert victim.name in machines.where(site.app)
    with load(machines, site) as traffic:
        time.sleep(2)
        # It dies with requests that it took and did not answer.
        victim.docker("pause", *victim.containers(site.app))
        time.sleep(0.5)
        victim.die()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while machines.where(site.app) != [machines.manager.name] * 2 and time.monotonic() < deadline:
            time.sleep(0.2)
    assert machines.where(site.app) == [machines.manager.name] * 2
    assert machines.where(site.edge) == [edge_of(machines).name]
    assert traffic.failed == []
