"""An environment that runs on the engine, brought there from the program's own resource arguments."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.containers.program import Resource, declared
from rehearsal.containers.scene import ENVIRONMENT, TOKEN_KEY, Scene
from rehearsal.containers.swarm import Outcome, Swarm

FIRST_COMMIT = "1" * 40


@dataclass(kw_only=True)
class Site:
    """One environment.

    Args:
        scene: Its files and settings.
        swarm: What runs.
    """

    scene: Scene
    swarm: Swarm

    @property
    def app(self) -> str:
        """Name of the app's service."""
        return f"{self.scene.prefix}-app"

    @property
    def edge(self) -> str:
        """Name of the edge's service."""
        return f"{self.scene.prefix}-edge"

    def resources(
        self, commit: str = FIRST_COMMIT, *, tokens: str = TOKEN_KEY, **more: Mapping[str, Any]
    ) -> list[Resource]:
        """What the program declares for a commit."""
        release: Mapping[str, Any] = more.pop("release", None) or {"commit": commit}
        config = self.scene.config(release=release, **more)
        return declared(config, stack=ENVIRONMENT, secrets={"tokens": tokens})

    def up(
        self, commit: str = FIRST_COMMIT, *, tokens: str = TOKEN_KEY, **more: Mapping[str, Any]
    ) -> dict[str, Outcome]:
        """Bring the engine to what the program declares, and say how the changed services ended."""
        return self.swarm.up(self.resources(commit, tokens=tokens, **more))
