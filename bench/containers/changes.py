"""Changes of a running site under load."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bench.containers.figures import Figures
from rehearsal.containers.site import Site
from rehearsal.load import Load

WARM_SECONDS: Final = 2.0
AFTER_SECONDS: Final = 3.0
LONGEST_SECONDS: Final = 60.0


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change, prepared: doing it is all that is measured.

    Args:
        do: Does it, and returns when the engine says that it is over.
        wanted: The release that answers in the end; empty for the one that answered before.
    """

    do: Callable[[], object]
    wanted: str = ""


@dataclass(kw_only=True)
class Changes:
    """Repeats one kind of change.

    Args:
        site: What runs.
    """

    site: Site
    number: int = field(default=1, init=False)

    def measure(self, name: str, *, repeats: int) -> str:
        """One kind of change, as a row.

        Args:
            name: One of CHANGES.
            repeats: How often.
        """
        figures = Figures()
        for _ in range(repeats):
            self.number += 1
            change = CHANGES[name](self)
            with Load(port=self.site.scene.https_port, host=self.site.scene.domain) as load:
                time.sleep(WARM_SECONDS)
                before = load.answers[-1].release
                began = time.monotonic()
                change.do()
                over = time.monotonic() - began
                time.sleep(AFTER_SECONDS)
            figures.on_target.append(load.settled_after(began, change.wanted or before))
            figures.over.append(over)
            figures.slowest.append(max(answer.seconds for answer in load.answers if answer.sent >= began))
            figures.failed.append(len(load.failed))
            figures.requests += len(load.answers)
        return figures.row(name)

    def update(self) -> Change:
        """Another healthy release."""
        image, name = self._built("well")
        return Change(do=self._pinning(image, name), wanted=name)

    def rollback(self) -> Change:
        """Back to the release before, without a build."""
        before = self._image(), self._name()
        self._pinning(*self._built("well"))()
        time.sleep(AFTER_SECONDS)
        return Change(do=self._pinning(*before), wanted=before[1])

    def never_healthy(self) -> Change:
        """An image that never gets healthy; over is when the engine has gone back."""
        return Change(do=self._pinning(*self._built("never-healthy")))

    def crashing(self) -> Change:
        """An image that is healthy for four seconds and then ends."""
        return Change(do=self._pinning(*self._built("crashing")))

    def secret(self) -> Change:
        """Another Clerk secret."""
        self.site.scene.write_variables(secret_key=f"sk_live_bench{self.number:043d}")
        return Change(do=self._pinning(self._image(), self._name()))

    def kill(self) -> Change:
        """SIGKILL to one replica; over is when two run again."""
        victim = self._running()[0]
        inspected = ["docker", "inspect", "--format", "{{.State.Pid}}", victim]
        pid = int(subprocess.run(inspected, capture_output=True, text=True, check=True).stdout)

        def do() -> None:
            os.kill(pid, signal.SIGKILL)
            deadline = time.monotonic() + LONGEST_SECONDS
            while victim in (running := self._running()) or len(running) < 2:
                if time.monotonic() > deadline:
                    raise RuntimeError("the killed replica was not replaced")
                time.sleep(0.1)

        return Change(do=do)

    def edge(self) -> Change:
        """Another configuration of the edge."""
        edge = {"acmeEmail": f"devops{self.number}@yourapp.com"}
        return Change(do=self._pinning(self._image(), self._name(), edge=edge))

    def _built(self, behaviour: str) -> tuple[str, str]:
        """An image of another commit, and its release's name."""
        self.site.scene.behave(behaviour)
        commit = f"{self.number:012x}{0:028x}"
        (found,) = [item for item in self.site.resources(commit) if item.type.endswith(":Image")]
        image = self.site.swarm.build(found.inputs)
        self.site.scene.behave("well")
        return image, self.site.scene.release(commit).name

    def _pinning(self, image: str, name: str, **more: Mapping[str, Any]) -> Callable[[], object]:
        resources = self.site.resources(release={"image": image, "name": name}, **more)
        return lambda: self.site.swarm.up(resources)

    def _running(self) -> list[str]:
        return [
            task["Status"]["ContainerStatus"]["ContainerID"]
            for task in self.site.swarm.tasks(self.site.app)
            if task["Status"]["State"] == "running"
        ]

    def _image(self) -> str:
        return running_image(self.site)

    def _name(self) -> str:
        return running_name(self.site)


CHANGES: Final[Mapping[str, Callable[[Changes], Change]]] = {
    "update": Changes.update,
    "rollback": Changes.rollback,
    "never-healthy": Changes.never_healthy,
    "crashing": Changes.crashing,
    "secret": Changes.secret,
    "kill": Changes.kill,
    "edge": Changes.edge,
}


def running_image(site: Site) -> str:
    """The image that the app's service is given."""
    spec = site.swarm.service(site.app)["Spec"]
    return str(spec["TaskTemplate"]["ContainerSpec"]["Image"])


def running_name(site: Site) -> str:
    """The release that the app's service is given."""
    return str(site.swarm.service(site.app)["Spec"]["Labels"]["clerk-deploy.release"])
