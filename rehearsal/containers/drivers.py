"""Two ways to bring a release to the engine: the real Pulumi, or its resources by the Engine API."""

from dataclasses import dataclass
from typing import Any, Protocol

from clerk_deploy.containers.problems import RolledBackError
from rehearsal.containers.project import PulumiProject
from rehearsal.containers.scene import Scene
from rehearsal.containers.site import Site
from rehearsal.containers.swarm import Swarm

ROTATED_KEY = "sk_live_rotated00rotated00rotated00rotated00rota"


class Driver(Protocol):
    """What the story does to an environment."""

    name: str

    def release(self) -> str:
        """Commit the application as it is and make it live; gives the release's name."""
        ...

    def bad_release(self, behaviour: str) -> str:
        """Try to make a bad image live; gives how it ended."""
        ...

    def rollback(self) -> str:
        """Go back to the release before, without a build; gives its name."""
        ...

    def rotate_secret(self) -> None:
        """Give the app a new Clerk secret."""
        ...

    def change_edge(self) -> None:
        """Give the edge another configuration."""
        ...

    def end(self) -> None:
        """Take everything away."""
        ...


@dataclass(kw_only=True)
class EngineDriver:
    """The program's resources, brought to the engine through its API.

    Args:
        scene: The environment's files.
    """

    scene: Scene
    name: str = "the Engine API"

    def __post_init__(self) -> None:
        """Nothing runs yet."""
        self.site = Site(scene=self.scene, swarm=Swarm(owner=self.scene.application))
        self.commits = 0
        self.images: list[tuple[str, str]] = []
        self.more: dict[str, dict[str, Any]] = {}

    def release(self) -> str:
        """Commit the application as it is and make it live; gives the release's name."""
        commit = self._commit()
        self.site.up(commit, **self.more)
        name = self.scene.release(commit).name
        self.images.append((self._image(), name))
        return name

    def bad_release(self, behaviour: str) -> str:
        """Try to make a bad image live; gives how it ended."""
        self.scene.behave(behaviour)
        outcome = self.site.up(self._commit(), **self.more)[self.site.app]
        self.scene.behave("well")
        return outcome.state

    def rollback(self) -> str:
        """Go back to the release before, without a build; gives its name."""
        image, name = self.images[-2]
        self._pinned = {"image": image, "name": name}
        self.site.up(release=self._pinned, **self.more)
        return name

    def rotate_secret(self) -> None:
        """Give the app a new Clerk secret."""
        self.scene.write_variables(secret_key=ROTATED_KEY)
        self.site.up(release=self._pinned, **self.more)

    def change_edge(self) -> None:
        """Give the edge another configuration."""
        self.more = {"edge": {"acmeEmail": "devops@yourapp.com"}}
        self.site.up(release=self._pinned, **self.more)

    def end(self) -> None:
        """Take everything away."""
        self.site.swarm.down()

    def _commit(self) -> str:
        self.commits += 1
        return f"{self.commits:012x}{0:028x}"

    def _image(self) -> str:
        spec = self.site.swarm.service(self.site.app)["Spec"]
        return str(spec["TaskTemplate"]["ContainerSpec"]["Image"])


@dataclass(kw_only=True)
class PulumiDriver:
    """The real Pulumi with the docker provider; its variables must be in this process's environment.

    Args:
        project: The environment's files as a Pulumi project.
    """

    project: PulumiProject
    name: str = "Pulumi"

    def release(self) -> str:
        """Commit the application as it is and make it live; gives the release's name."""
        self.project.commit("A release")
        return self.project.host().release().release

    def bad_release(self, behaviour: str) -> str:
        """Try to make a bad image live; gives how it ended."""
        self.project.scene.behave(behaviour)
        self.project.commit("A bad release")
        try:
            self.project.host().release()
        except RolledBackError:
            return "rollback_completed"
        finally:
            self.project.scene.behave("well")
        return "completed"

    def rollback(self) -> str:
        """Go back to the release before, without a build; gives its name."""
        return self.project.host().rollback().release

    def rotate_secret(self) -> None:
        """Give the app a new Clerk secret."""
        self.project.scene.write_variables(secret_key=ROTATED_KEY)
        self._up()

    def change_edge(self) -> None:
        """Give the edge another configuration."""
        self.project.pulumi("config", "set", "--path", "edge.acmeEmail", "devops@yourapp.com")
        self._up()

    def end(self) -> None:
        """Take everything away."""
        self.project.pulumi("destroy", "--yes", "--skip-preview")
        for image in self.project.host().kept():
            self.project.host().docker.remove_image(image.image)

    def _up(self) -> None:
        self.project.pulumi("up", "--yes", "--skip-preview")
