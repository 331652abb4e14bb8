"""A stack that brings its resources to the engine through the Engine API, where there is no Pulumi."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from clerk_deploy.containers.problems import RolledBackError
from clerk_deploy.containers.stack import Update
from clerk_deploy.secret_value import SecretValue
from rehearsal.containers.scene import TOKEN_KEY
from rehearsal.containers.site import Site


@dataclass(kw_only=True)
class SwarmStack:
    """A stack.

    Args:
        site: What it declares.
        settings: Its settings over the scene's.
        commit: What is checked out.
    """

    site: Site
    settings: dict[str, dict[str, Any]]
    commit: str
    name: str = "production"
    release: dict[str, str] = field(default_factory=dict)
    updates: list[Update] = field(default_factory=list)

    def config(self) -> dict[str, str]:
        found = self.site.scene.config(release=self.release or {"commit": self.commit}, **self.settings)
        return {
            f"clerk-deploy:{name}": value if isinstance(value, str) else json.dumps(value)
            for name, value in found.items()
        }

    def secret(self, name: str) -> SecretValue | None:
        return SecretValue(TOKEN_KEY)

    def set_release(self, release: Mapping[str, str] | None) -> None:
        self.release = dict(release or {})

    def up(self, *, message: str, progress: Callable[[str], None]) -> dict[str, str]:
        started = datetime.now(UTC)
        release = self.release or {"commit": self.commit}
        outcomes = self.site.up(release=release, **self.settings)
        went_back = [name for name, each in outcomes.items() if "rollback" in each.state]
        self.updates.insert(
            0,
            Update(
                version=len(self.updates) + 1,
                kind="update",
                result="failed" if went_back else "succeeded",
                started=started,
                ended=datetime.now(UTC),
                message=message,
            ),
        )
        if went_back:
            raise RolledBackError(f"{went_back} went back", next_step="docker service ps --no-trunc")
        service = self.site.swarm.service(self.site.app)["Spec"]
        return {
            "image": service["TaskTemplate"]["ContainerSpec"]["Image"],
            "release": service["Labels"]["clerk-deploy.release"],
            "site": f"https://{self.site.scene.domain}",
        }

    def history(self, *, limit: int) -> tuple[Update, ...]:
        return tuple(self.updates[:limit])
