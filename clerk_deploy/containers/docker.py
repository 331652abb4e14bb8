"""Questions to the Docker engine through its command line: by socket or ssh, as Docker's own users do."""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from clerk_deploy.containers.problems import SWARM_INIT, explain
from clerk_deploy.containers.release import (
    LABEL_APPLICATION,
    LABEL_COMMIT,
    LABEL_KEY,
    LABEL_RELEASE,
    LABEL_REVISION,
)
from clerk_deploy.errors import UnreachableError, UnusableInputError

Run = Callable[[Sequence[str]], str]
"""Runs a command and gives its standard output; raises a DeployError."""

SECONDS: Final = 60
ARCHITECTURES: Final = {"x86_64": "linux/amd64", "aarch64": "linux/arm64"}


@dataclass(frozen=True, kw_only=True)
class KeptImage:
    """An image of a release on the engine.

    Args:
        image: Its id.
        release: The release's name.
        commit: Full commit id.
        revision: Revision of the variables.
        publishable_key: The Clerk instance that it was built for.
        created: When it was built, as ISO 8601.
        reference: What a service is given: the id, or name and digest where there is a registry.
    """

    image: str
    release: str
    commit: str
    revision: str
    publishable_key: str
    created: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class ServiceState:
    """A service as the engine tells it.

    Args:
        release: Name of the release that it was given.
        image: What its tasks run.
        previous: What they ran before; empty for a new service.
        update: State of the last update: `completed`, `rollback_completed`, `paused`; empty without one.
        message: The engine's message about it.
    """

    release: str
    image: str
    previous: str
    update: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Docker:
    """An engine.

    Args:
        host: Its socket, or ssh://user@host.
        run: Runs a command.
    """

    host: str
    run: Run

    def require_swarm(self, *, platform: str) -> None:
        """Refuse an engine that cannot do the work.

        Args:
            platform: The architecture that images are built for.

        Raises:
            UnreachableError: It does not answer.
            UnusableInputError: It is no swarm manager, or has another architecture.
        """
        info = json.loads(self.run(self._docker("info", "--format", "{{json .}}")))
        if not info.get("ServerVersion"):
            raise UnreachableError(
                f"No Docker engine answers at {self.host}: {(info.get('ServerErrors') or ['no reason'])[0]}",
                next_step="start it (systemctl start docker), or correct engine.host in the stack's file",
            )
        if not info.get("Swarm", {}).get("ControlAvailable"):
            state = info.get("Swarm", {}).get("LocalNodeState", "inactive")
            raise UnusableInputError(
                "The Docker engine is a worker of its swarm, not a manager."
                if state == "active"
                else "The Docker engine is not in swarm mode.",
                next_step="name a manager in engine.host" if state == "active" else SWARM_INIT,
            )
        found = ARCHITECTURES.get(info.get("Architecture", ""), info.get("Architecture", "unknown"))
        if found != platform:
            raise UnusableInputError(
                f"The engine is {found}; images are built for {platform}.",
                next_step=f"pulumi config set --path engine.platform {found}",
            )

    def images(self, application: str) -> tuple[KeptImage, ...]:
        """The images of an environment's releases, the newest first.

        Args:
            application: The environment's prefix.
        """
        listed = self.run(
            self._docker(
                "image", "ls", "--no-trunc", "--quiet", "--filter", f"label={LABEL_APPLICATION}={application}"
            )
        )
        ids = sorted(set(listed.split()))
        if not ids:
            return ()
        found = json.loads(self.run(self._docker("image", "inspect", *ids)))
        return tuple(sorted((_kept(item) for item in found), key=lambda kept: kept.created, reverse=True))

    def remove_image(self, image: str) -> None:
        """Remove an image with its tags; the engine refuses one that a container uses."""
        self.run(self._docker("image", "rm", "--force", image))

    def service(self, name: str) -> ServiceState | None:
        """A service, or None when there is none."""
        listed = self.run(self._docker("service", "ls", "--quiet", "--filter", f"name={name}"))
        if not listed.strip():
            return None
        (found,) = json.loads(self.run(self._docker("service", "inspect", name)))
        status = found.get("UpdateStatus") or {}
        return ServiceState(
            release=str((found["Spec"].get("Labels") or {}).get(LABEL_RELEASE, "")),
            image=_image_of(found["Spec"]),
            previous=_image_of(found.get("PreviousSpec") or {}),
            update=status.get("State", ""),
            message=status.get("Message", ""),
        )

    def logs_command(self, service: str, *, follow: bool, since: str) -> list[str]:
        """The command that shows a service's log, for the caller to run in its terminal."""
        words = ["service", "logs", "--no-trunc", "--since", since]
        return self._docker(*words, *(["--follow"] if follow else []), service)

    def _docker(self, *words: str) -> list[str]:
        return ["docker", "--host", self.host, *words]


def run_command(command: Sequence[str]) -> str:
    """Run a command of Docker's and give what it printed.

    Raises:
        DeployError: It is missing, hangs, or failed; the error says what to do.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except FileNotFoundError:
        raise UnusableInputError(
            "There is no `docker` command.", next_step="install Docker's command line (Debian: docker.io)"
        ) from None
    except subprocess.TimeoutExpired:
        raise UnreachableError(
            f"`{' '.join(command[3:5])}` did not answer in {SECONDS} s.",
            next_step="see whether the engine's machine is up: docker version",
        ) from None
    if done.returncode != 0:
        raise explain(done.stderr or done.stdout)
    return done.stdout


def _image_of(spec: Mapping[str, Any]) -> str:
    return str(spec.get("TaskTemplate", {}).get("ContainerSpec", {}).get("Image", ""))


def _kept(item: Mapping[str, Any]) -> KeptImage:
    labels = item["Config"].get("Labels") or {}
    return KeptImage(
        image=item["Id"],
        release=labels.get(LABEL_RELEASE, ""),
        commit=labels.get(LABEL_COMMIT, ""),
        revision=labels.get(LABEL_REVISION, ""),
        publishable_key=labels.get(LABEL_KEY, ""),
        created=item["Created"],
        reference=next(iter(item.get("RepoDigests") or ()), item["Id"]),
    )
