"""Questions to the Docker engine through its command line: by socket or ssh, as Docker's own users do."""

import base64
import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from clerk_deploy.containers.problems import SWARM_INIT, explain
from clerk_deploy.containers.release import (
    LABEL_APPLICATION,
    LABEL_COMMIT,
    LABEL_KEY,
    LABEL_RELEASE,
    LABEL_REVISION,
)
from clerk_deploy.errors import CheckFailedError, UnreachableError, UnusableInputError
from clerk_deploy.secret_value import SecretValue

Run = Callable[[Sequence[str]], str]
"""Runs a command and gives its standard output; raises a DeployError."""

SECONDS: Final = 60
PULL_SECONDS: Final = 600
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
        tasks: How many run, of how many: `2/2`.
    """

    release: str
    image: str
    previous: str
    update: str
    message: str
    tasks: str = ""


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

    def pull(self, name: str, *, username: str, password: SecretValue | None) -> None:
        """Bring an image from its registry to the engine.

        Args:
            name: The image's name with its registry and tag.
            username: Who logs in.
            password: The password; None takes the login of Docker's own command line.

        Raises:
            DeployError: The registry does not answer, refuses the login or has no such image.
        """
        if password is None:
            self.run(self._docker("pull", "--quiet", name))
            return
        with login_folder(name.partition("/")[0], username=username, password=password) as folder:
            self.run(self._docker("--config", folder, "pull", "--quiet", name))

    def remove_image(self, image: str) -> None:
        """Remove an image with its tags; the engine refuses one that a container uses."""
        self.run(self._docker("image", "rm", "--force", image))

    def service(self, name: str) -> ServiceState | None:
        """A service, or None when there is none."""
        command = ["service", "ls", "--format", "{{.Name}} {{.Replicas}}", "--filter", f"name={name}"]
        # The filter takes the beginning of a name.
        tasks = dict(line.split(maxsplit=1) for line in self.run(self._docker(*command)).splitlines())
        if name not in tasks:
            return None
        (found,) = json.loads(self.run(self._docker("service", "inspect", name)))
        status = found.get("UpdateStatus") or {}
        return ServiceState(
            release=str((found["Spec"].get("Labels") or {}).get(LABEL_RELEASE, "")),
            image=_image_of(found["Spec"]),
            previous=_image_of(found.get("PreviousSpec") or {}),
            update=status.get("State", ""),
            message=status.get("Message", ""),
            tasks=tasks[name].split()[0],
        )

    def secret_created(self, beginning: str) -> str:
        """When the newest secret of that beginning came to the engine, as ISO 8601; empty without one."""
        ids = self.run(self._docker("secret", "ls", "--quiet", "--filter", f"name={beginning}")).split()
        if not ids:
            return ""
        found = json.loads(self.run(self._docker("secret", "inspect", *ids)))
        return max(str(each["CreatedAt"]) for each in found)

    def note(self, name: str) -> dict[str, Any] | None:
        """What is noted under a name for everybody who uses the engine; None for nothing."""
        if not self._noted(name):
            return None
        (found,) = json.loads(self.run(self._docker("config", "inspect", name)))
        try:
            return dict(json.loads(base64.b64decode(found["Spec"]["Data"])))
        except (ValueError, TypeError, KeyError):
            raise CheckFailedError(
                f"The engine's config {name} was not written by clerk-deploy.",
                next_step=f"docker config inspect --pretty {name}; remove it if it is nobody's",
            ) from None

    def write_note(self, name: str, document: Mapping[str, Any]) -> None:
        """Note something under a name; a swarm's configs are the same on all its managers."""
        self.remove_note(name)
        # The command line takes a config's content from a file alone.
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".json") as file:
            json.dump(document, file)
            file.flush()
            self.run(self._docker("config", "create", name, file.name))

    def remove_note(self, name: str) -> None:
        """Remove what is noted under a name, if there is something."""
        if self._noted(name):
            self.run(self._docker("config", "rm", name))

    def logs_command(self, service: str, *, follow: bool, since: str) -> list[str]:
        """The command that shows a service's lines as they were written, each behind its moment.

        Args:
            service: The service's name.
            follow: Go on until it is ended.
            since: How far back: `90s`, `10m`, `2h`.
        """
        words = ["service", "logs", "--raw", "--timestamps", "--since", since]
        return self._docker(*words, *(["--follow"] if follow else []), service)

    def _noted(self, name: str) -> bool:
        command = ["config", "ls", "--format", "{{.Name}}", "--filter", f"name={name}"]
        # The filter takes the beginning of a name.
        return name in self.run(self._docker(*command)).split()

    def _docker(self, *words: str) -> list[str]:
        return ["docker", "--host", self.host, *words]


@contextmanager
def login_folder(server: str, *, username: str, password: SecretValue) -> Iterator[str]:
    """A folder for `docker --config` that holds a registry's login, until the block ends.

    The command line takes a login from a file alone; only this user reads the folder.

    Args:
        server: The registry's host and port.
        username: Who logs in.
        password: The password.
    """
    login = base64.b64encode(f"{username}:{password.reveal()}".encode()).decode()
    with tempfile.TemporaryDirectory() as folder:
        document = {"auths": {server: {"auth": login}}}
        (Path(folder) / "config.json").write_text(json.dumps(document), encoding="utf-8")
        yield folder


def run_command(command: Sequence[str]) -> str:
    """Run a command of Docker's and give what it printed.

    Raises:
        DeployError: It is missing, hangs, or failed; the error says what to do.
    """
    seconds = PULL_SECONDS if "pull" in command else SECONDS
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    except FileNotFoundError:
        raise _no_docker() from None
    except subprocess.TimeoutExpired:
        raise UnreachableError(
            f"`{' '.join(command[3:5])}` did not answer in {seconds} s.",
            next_step="see whether the engine's machine is up: docker version",
        ) from None
    if done.returncode != 0:
        raise explain(done.stderr or done.stdout)
    return done.stdout


def stream_command(command: Sequence[str]) -> Iterator[str]:
    """Run a command of Docker's and give what it prints, line by line, until it ends or nobody listens.

    Raises:
        DeployError: It is missing or failed; the error says what to do.
    """
    try:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )
    except FileNotFoundError:
        raise _no_docker() from None
    line = ""
    with process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                yield line.rstrip("\n")
        except BaseException:  # nobody listens any more
            process.terminate()
            raise
    if process.returncode > 0:
        raise explain(line)


def _no_docker() -> UnusableInputError:
    """Docker's command line is not installed."""
    return UnusableInputError(
        "There is no `docker` command.", next_step="install Docker's command line (Debian: docker.io)"
    )


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
