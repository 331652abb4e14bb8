import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.commands import PROJECT
from rehearsal.containers.scene import EDGE_IMAGE, NODE_IMAGE, Scene
from rehearsal.containers.site import Site
from rehearsal.containers.swarm import Swarm, engine_problem
from tests.containers.reference import Running, running_site


@pytest.fixture(scope="session")
def engine() -> None:
    if problem := engine_problem():
        pytest.skip(f"containers on the engine were not tried: {problem}")
    script = PROJECT / "rehearsal" / "containers" / "base-images.sh"
    if shutil.which("apt-get") is None:
        pytest.skip("containers on the engine were not tried: base images need Debian's apt-get")
    made = subprocess.run([str(script), NODE_IMAGE, EDGE_IMAGE], capture_output=True, text=True, timeout=300)
    assert made.returncode == 0, made.stderr


@pytest.fixture(scope="module")
def site(engine: None, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("containers") / "scene"
    scene = Scene(folder=folder, application=f"tried-{worker_id}"[:20])
    swarm = Swarm(owner=scene.application)
    found = Site(scene=scene, swarm=swarm)
    swarm.down()
    try:
        found.up()
        yield found
    finally:
        swarm.down()


@pytest.fixture(scope="session")
def running(engine: None, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Running]:
    """The reference application: its images are built once for all that look at it."""
    with running_site(tmp_path_factory.mktemp("reference"), application=f"real-{worker_id}"[:20]) as found:
        yield found


@pytest.fixture
def good(site: Site) -> Site:
    """The site with a good release live, whatever the test before left."""
    site.scene.behave("well")
    site.scene.write_variables()
    site.up()
    return site
