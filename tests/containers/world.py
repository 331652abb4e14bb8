"""An engine, a stack and a site, as fakes that keep Pulumi's and Docker's rules."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from clerk_deploy.containers.docker import Docker
from clerk_deploy.containers.host import ContainersHost
from clerk_deploy.containers.problems import explain
from clerk_deploy.containers.stack import Update
from clerk_deploy.secret_value import SecretValue
from rehearsal.containers.scene import TOKEN_KEY, Scene

KEY = "pk_live_Y2xlcmsueW91cmFwcC5jb20k"
START = datetime(2026, 11, 24, tzinfo=UTC)
FIRST, SECOND, THIRD = (digit * 40 for digit in "123")


def image_id(commit: str) -> str:
    return f"sha256:{commit[0] * 64}"


@dataclass
class FakeWorld:
    """An engine with its images, a stack with its history, and the site that they make."""

    scene: Scene
    config: dict[str, str]
    images: dict[str, dict[str, str]] = field(default_factory=dict)
    serves: str = ""
    running: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    updates: list[Update] = field(default_factory=list)
    up_error: BaseException | None = None
    update_state: str = "completed"
    swarm: bool = True
    architecture: str = "x86_64"
    stuck: bool = False
    deaf: bool = False
    unhealthy: set[str] = field(default_factory=set)
    removed: list[str] = field(default_factory=list)
    notes: dict[str, bytes] = field(default_factory=dict)
    silent: bool = False
    client_side: set[str] = field(default_factory=set)
    labelled: str | None = None
    sickens_at: float | None = None
    mends_at: float = float("inf")
    happens_in_up: Callable[[], None] | None = None
    happens_at: tuple[float, Callable[[], None]] | None = None
    registry: set[str] = field(default_factory=set)
    pulls: list[str] = field(default_factory=list)
    now: float = 0.0

    def pull(self, name: str) -> str:
        """Bring an image of the registry to the engine."""
        self.pulls.append(name)
        commit = name.rpartition(":")[2][0] * 40
        if commit not in self.registry:
            raise explain(f"Error response from daemon: manifest for {name} not found: manifest unknown")
        self.image(commit)
        return name

    def use_registry(self) -> None:
        """Push to a registry from now on."""
        setting = {"address": "ghcr.io/your-org", "username": "deployer"}
        self.config["clerk-deploy:registry"] = json.dumps(setting)

    def config_command(self, words: Sequence[str]) -> str:
        """Swarm's configs, as `docker config` has them."""
        name = words[-1]
        if words[0] == "ls":
            return "\n".join(self.notes)
        if words[0] == "inspect":
            return json.dumps([{"Spec": {"Data": base64.b64encode(self.notes[name]).decode()}}])
        if words[0] == "rm":
            del self.notes[name]
        elif words[0] == "create":
            self.notes[words[1]] = Path(name).read_bytes()
        return ""

    def is_well(self) -> bool:
        """The third commit's release may sicken for a while."""
        sick = self.sickens_at is not None and self.sickens_at <= self.now < self.mends_at
        is_third = self.serves == self.release_name(THIRD)
        return self.serves not in self.unhealthy and not (sick and is_third)

    def happen(self) -> None:
        """What somebody else does once its time has come."""
        if self.happens_at and self.now >= self.happens_at[0]:
            act, self.happens_at = self.happens_at[1], None
            act()

    def release_name(self, commit: str) -> str:
        return self.scene.release(commit).name

    def image(self, commit: str, *, key: str = KEY) -> str:
        release = self.scene.release(commit)
        self.images[image_id(commit)] = {
            "clerk-deploy.release": release.name,
            "clerk-deploy.revision": release.revision,
            "clerk-deploy.publishable-key": key,
            "org.opencontainers.image.revision": commit,
        }
        return release.name


@dataclass(frozen=True)
class FakeStack:
    world: FakeWorld
    name: str = "production"

    def config(self) -> dict[str, str]:
        return dict(self.world.config)

    def set_release(self, release: Mapping[str, str] | None) -> None:
        self.world.config.pop("clerk-deploy:release", None)
        if release:
            self.world.config["clerk-deploy:release"] = json.dumps(dict(release))

    def up(self, *, message: str, progress: Callable[[str], None]) -> dict[str, str]:
        world = self.world
        failed = world.up_error is not None
        when = START + timedelta(seconds=world.now)
        world.updates.insert(
            0,
            Update(
                version=len(world.updates) + 1,
                kind="update",
                result="failed" if failed else "succeeded",
                started=when,
                ended=when,
                message=message,
            ),
        )
        if world.happens_in_up:
            world.happens_in_up()
        if world.up_error is not None:
            raise world.up_error
        setting = json.loads(world.config.get("clerk-deploy:release", "{}"))
        if "image" in setting:
            world.outputs = {
                "image": setting["image"],
                "release": setting["name"],
                "site": "https://yourapp.com",
            }
        else:
            commit = setting["commit"] if setting else THIRD
            name = world.image(commit)
            world.outputs = {"image": image_id(commit), "release": name, "site": "https://yourapp.com"}
        if not world.stuck:
            world.running = world.outputs["image"]
            world.serves = world.serves if world.deaf and "image" not in setting else world.outputs["release"]
        return dict(world.outputs)

    def secret(self, name: str) -> SecretValue | None:
        return SecretValue(TOKEN_KEY)

    def history(self, *, limit: int) -> tuple[Update, ...]:
        return tuple(self.world.updates[:limit])


@dataclass
class FakeHttp:
    world: FakeWorld

    def request(self, method: str, url: str, **options: Any) -> Any:
        if self.world.silent:
            raise OSError("refused")
        self.world.happen()
        commit, _, revision = self.world.serves.partition("-")
        full = next(
            (found for found in (FIRST, SECOND, THIRD) if found.startswith(commit)),
            commit,
        )
        well = self.world.is_well()
        body = {
            "status": "ok" if well else "fail",
            "commit": full,
            "job": "-",
            "slot": "containers",
            "revision": self.world.scene.release(full).revision if revision else "",
            "checks": {},
            "authentication": "client-side" if self.world.serves in self.world.client_side else "backend",
        }

        @dataclass
        class Answer:
            status: int
            data: bytes

        return Answer(200 if well else 503, json.dumps(body).encode())


def run(world: FakeWorld, command: Sequence[str]) -> str:
    words = list(command)[3:]
    if words[0] == "--config":
        words = words[2:]
    if words[0] == "pull":
        return world.pull(words[-1])
    if words[0] == "info":
        swarm = {"ControlAvailable": world.swarm, "LocalNodeState": "active" if world.swarm else "inactive"}
        return json.dumps({"ServerVersion": "29.0", "Swarm": swarm, "Architecture": world.architecture})
    if words[:2] == ["image", "ls"]:
        return "\n".join(world.images)
    if words[:2] == ["image", "inspect"]:
        return json.dumps(
            [
                {
                    "Id": item,
                    "Created": f"2026-11-2{item[7]}T00:00:00Z",
                    "RepoDigests": [],
                    "Config": {"Labels": world.images[item]},
                }
                for item in words[2:]
            ]
        )
    if words[:2] == ["image", "rm"]:
        world.removed.append(words[-1])
        return ""
    if words[:2] == ["service", "ls"]:
        # With an edge that runs, no port of this machine is asked for.
        services = (f"{world.scene.prefix}-app 2/2", f"{world.scene.prefix}-edge 1/1 (max 1 per node)")
        return "\n".join(services) if world.serves else ""
    if words[0] == "config":
        return world.config_command(words[1:])
    if words[:2] == ["secret", "ls"]:
        return "s1\ns2\n"
    if words[:2] == ["secret", "inspect"]:
        return json.dumps([{"CreatedAt": "2026-11-20T00:00:00Z"}, {"CreatedAt": "2026-11-22T00:00:00Z"}])
    if words[:2] == ["service", "inspect"]:
        spec = {
            "Labels": {"clerk-deploy.release": world.labelled or world.serves},
            "TaskTemplate": {"ContainerSpec": {"Image": world.running}},
        }
        return json.dumps([{"Spec": spec, "UpdateStatus": {"State": world.update_state, "Message": "told"}}])
    raise AssertionError(words)


def make_world(folder: Path) -> FakeWorld:
    """Nothing is live; the engine has the images of the first two commits."""
    scene = Scene(folder=folder)
    config = {
        f"clerk-deploy:{name}": value if isinstance(value, str) else json.dumps(value)
        for name, value in scene.config(release={"commit": THIRD}).items()
    }
    found = FakeWorld(scene=scene, config=config)
    for commit in (FIRST, SECOND):
        found.image(commit)
    return found


def make_host(world: FakeWorld, **more: Any) -> ContainersHost:
    def sleep(seconds: float) -> None:
        world.now += seconds

    made: dict[str, Any] = {
        "stack": FakeStack(world),
        "docker": Docker(host="unix:///var/run/docker.sock", run=lambda command: run(world, command)),
        "http": FakeHttp(world),
        "who": "ana@yourapp.com",
        "clock": lambda: world.now,
        "sleep": sleep,
    }
    return ContainersHost(**{**made, **more})


def make_live(world: FakeWorld, host: ContainersHost, commit: str) -> str:
    name = world.image(commit)
    host.stack.set_release({"image": image_id(commit), "name": name})
    host.stack.up(message=f"release {name} by ana", progress=lambda line: None)
    return name
