"""`bin/rehearse containers`: everything that happens to an environment on containers, under load."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from clerk_deploy.errors import CheckFailedError, UnusableInputError
from rehearsal.commands import PROJECT
from rehearsal.containers.drivers import Driver, EngineDriver, PulumiDriver
from rehearsal.containers.project import PulumiProject, missing_tools
from rehearsal.containers.scene import EDGE_IMAGE, NODE_IMAGE, Scene
from rehearsal.containers.swarm import engine_problem
from rehearsal.load import Load
from rehearsal.report.facts import Facts, Mark, Step
from rehearsal.report.page import write_report
from rehearsal.timeline import Timeline

SCRIPTS = PROJECT / "rehearsal" / "containers"
SETTLE_SECONDS = 3.0
LONGEST_SECONDS = 900.0


@dataclass(kw_only=True)
class Telling:
    """Tells the story's steps to the terminal and to the report.

    Args:
        timeline: The terminal's lines.
        facts: The report's.
        load: The client that asks throughout.
    """

    timeline: Timeline
    facts: Facts
    load: Load

    def step(self, name: str, mark: str, act: Callable[[], str]) -> str:
        """Do one step under load; gives what the act gave."""
        before = len(self.load.failed)
        begin = time.monotonic()
        self.facts.marks.append(Mark(at=begin, name=mark))
        with self.timeline.step(name):
            said = act()
        end = time.monotonic()
        time.sleep(SETTLE_SECONDS)
        failed = len(self.load.failed) - before
        self.timeline.note(f"{said}; {failed} requests failed")
        self.facts.steps.append(Step(name=name, outcome=said, begin=begin, end=end))
        return said


def rehearse_containers(*, folder: Path, console: Console) -> Path:
    """Tell the whole story and write the report.

    Args:
        folder: `.rehearsal`; the report goes to its folder `containers`.
        console: Where the steps are printed.

    Returns:
        The report's page.

    Raises:
        DeployError: No engine, or a step did not go as it should.
    """
    target = folder / "containers"
    run = target / "run"
    shutil.rmtree(run, ignore_errors=True)
    target.mkdir(parents=True, exist_ok=True)
    timeline = Timeline(console=console)
    with timeline.step("a Docker engine in swarm mode, base images from Debian and npm"):
        _require_engine()
        _make_base_images()
    with _driver(Scene(folder=run, application="rehearsal")) as (driver, scene):
        with timeline.step(f"first release, through {driver.name}"):
            driver.release()
        facts = Facts(title="Releases on containers", begin=time.monotonic())
        with Load(port=scene.https_port, host=scene.domain, longest=LONGEST_SECONDS) as load:
            lost = _tell(Telling(timeline=timeline, facts=facts, load=load), driver, f"{scene.prefix}-app")
        facts.answers = load.answers
    page = write_report(facts, target)
    timeline.note(f"{len(facts.answers)} requests, {len(facts.failed)} failed; the report: {page}")
    if lost:
        raise CheckFailedError(
            f"{lost} of {len(facts.answers)} requests failed where none may.",
            next_step=f"the picture shows when: {page}",
        )
    return page


def _tell(telling: Telling, driver: Driver, service: str) -> int:
    """The steps; gives how many requests failed."""
    time.sleep(SETTLE_SECONDS)
    telling.step("update to a healthy image", "update", lambda: f"live: {driver.release()}")
    for behaviour in ("never-healthy", "crashing"):
        said = telling.step(
            f"update to an image that is {behaviour}",
            behaviour,
            lambda what=behaviour: driver.bad_release(what),
        )
        if said != "rollback_completed":
            raise CheckFailedError(
                f"The engine did not go back: {said}", next_step="docker service ps --no-trunc shows why"
            )
    begin = time.monotonic()
    telling.step("rollback without a build", "rollback", lambda: f"live: {driver.rollback()}")
    live = telling.load.answers[-1].release
    # One update of one service is what changes something.
    telling.facts.rollback = {
        "seconds": telling.load.settled_after(begin, live),
        "changes": 1,
        "built": False,
    }
    telling.step("rotation of the Clerk secret", "secret", lambda: _did(driver.rotate_secret))
    telling.step("kill -9 of a replica", "kill", lambda: _kill(service))
    telling.step("another configuration of the edge", "edge", lambda: _did(driver.change_edge))
    return len(telling.load.failed)


def _did(act: Callable[[], None]) -> str:
    act()
    return "completed"


def _kill(service: str) -> str:
    listed = ["docker", "ps", "-q", "--filter", f"label=com.docker.swarm.service.name={service}"]
    first = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()[0]
    inspected = ["docker", "inspect", "--format", "{{.State.Pid}}", first]
    os.kill(int(subprocess.run(inspected, capture_output=True, text=True, check=True).stdout), signal.SIGKILL)
    return f"killed {first}"


@contextmanager
def _driver(scene: Scene) -> Iterator[tuple[Driver, Scene]]:
    before = dict(os.environ)
    driver: Driver
    if missing_tools():
        driver = EngineDriver(scene=scene)
    else:
        project = PulumiProject(scene=scene)
        os.environ.update(project.variables)
        project.start()
        driver = PulumiDriver(project=project)
    try:
        yield driver, scene
    finally:
        driver.end()
        os.environ.clear()
        os.environ.update(before)


def _require_engine() -> None:
    if problem := engine_problem():
        raise UnusableInputError(
            f"This needs a Docker engine: {problem}.",
            next_step="as root: rehearsal/containers/engine.sh installs Debian's docker.io and starts it",
        )


def _make_base_images() -> None:
    command = [str(SCRIPTS / "base-images.sh"), NODE_IMAGE, EDGE_IMAGE]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise CheckFailedError(
            f"The base images could not be made: {done.stderr.strip().splitlines()[-1:]}",
            next_step="they need root, apt-get and npm; run rehearsal/containers/base-images.sh by hand",
        )
