"""The program's resources on a Docker engine, without Pulumi's own engine.

What the provider would be asked to do is done through the Engine API, so that the services' behaviour is
tried where there is no provider. docs.docker.com, Engine API 1.41.
"""

import base64
import io
import json
import re
import secrets
import tarfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from rehearsal.containers.program import Resource

SOCKET = Path("/var/run/docker.sock")
NANOSECONDS = 1_000_000_000
PATIENCE_SECONDS = 20.0
MARK = "clerk-deploy.rehearsal"


class SwarmError(Exception):
    """The engine did not do it; the message is its own."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an update of a service ended.

    Args:
        state: Swarm's word: `completed`, `rollback_completed`, `paused`; `created` for a new service.
        message: Swarm's message.
    """

    state: str
    message: str = ""


def engine_problem() -> str | None:
    """Why no test can use an engine here; None when one can."""
    if not SOCKET.exists():
        return "no Docker engine runs here (rehearsal/containers/engine.sh starts one)"
    try:
        with engine_client() as client:
            info = client.get("/info", timeout=PATIENCE_SECONDS).json()
    except httpx.HTTPError as error:
        return f"the Docker engine does not answer: {type(error).__name__}"
    if info.get("Swarm", {}).get("LocalNodeState") != "active":
        return "the Docker engine is not in swarm mode (docker swarm init --advertise-addr 127.0.0.1)"
    return None


def engine_client(socket: Path = SOCKET) -> httpx.Client:
    """Reaches the engine of a socket."""
    transport = httpx.HTTPTransport(uds=str(socket))
    return httpx.Client(transport=transport, base_url="http://docker/v1.41", timeout=300.0)


@dataclass(frozen=True, kw_only=True)
class Login:
    """A registry's login, which the engine hands to the nodes with a service.

    Args:
        server: The registry's host and port.
        username: Who logs in.
        password: The password.
    """

    server: str
    username: str
    password: str = field(repr=False)

    def headers(self, image: str) -> dict[str, str]:
        """The Engine API's header for an image of this registry; none for others, as the provider does."""
        if image.partition("/")[0] != self.server:
            return {}
        document = {"username": self.username, "password": self.password, "serveraddress": self.server}
        return {"X-Registry-Auth": base64.urlsafe_b64encode(json.dumps(document).encode()).decode()}


@dataclass(kw_only=True)
class Swarm:
    """Applies resources, remembers what it made, and takes it away.

    Args:
        owner: Marks what is made, so that it is found again, also by a later run after a crash.
        client: Reaches the engine.
        login: The registry's, where images are pushed to one.
    """

    owner: str
    client: httpx.Client = field(default_factory=engine_client)
    login: Login | None = None
    ids: dict[str, str] = field(default_factory=dict)
    content: dict[str, str] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    built: set[str] = field(default_factory=set)

    def up(self, resources: Sequence[Resource], *, seconds: float = 120.0) -> dict[str, Outcome]:
        """Bring the engine to what the program declares, in Pulumi's order: new things first, old last.

        Args:
            resources: What the program declared.
            seconds: How long each service may take.

        Returns:
            How each service that was created or changed ended.

        Raises:
            SwarmError: The engine refused, or a service did not settle in time.
        """
        retired = []
        for resource in resources:
            kind = resource.type.rpartition(":")[2]
            if kind == "Image":
                built = self.build(resource.inputs)
                pushes = not resource.inputs["skipPush"]
                self.images[resource.name] = self.push(resource.inputs["imageName"]) if pushes else built
            elif kind == "Network":
                self.ids.setdefault(f"{resource.name}-id", self._network(resource.inputs))
            elif kind in ("Secret", "ServiceConfig"):
                retired += self._file(resource, "secrets" if kind == "Secret" else "configs")
        outcomes = {}
        services = [resource for resource in resources if resource.type.endswith(":Service")]
        # The provider creates edge and app side by side; the edge is well when its configuration is there.
        for resource in services:
            outcome = self._service(resource)
            if outcome is not None:
                outcomes[resource.name] = outcome
        for name in list(outcomes):
            outcomes[name] = self.settle(name, seconds=seconds)
            if outcomes[name].state not in ("created", "completed"):
                # What runs is what ran before: the same arguments once more are an update once more.
                self.content.pop(name)
        if all(outcome.state in ("created", "completed") for outcome in outcomes.values()):
            for path in retired:
                self.client.delete(path)
        return outcomes

    def build(self, inputs: Mapping[str, Any]) -> str:
        """Build an image and give its id; by the classic builder, which needs no plugin of the CLI."""
        build = inputs["build"]
        name = inputs["imageName"]
        answer = self.client.post(
            "/build",
            params={"t": name, "buildargs": _json(build["args"]), "rm": "1"},
            content=_tar(Path(build["context"])),
            headers={"content-type": "application/x-tar"},
        )
        if answer.status_code != 200 or "errorDetail" in answer.text:
            raise SwarmError(answer.text[-600:])
        self.built.add(name)
        return str(self.client.get(f"/images/{name}/json").json()["Id"])

    def push(self, name: str) -> str:
        """Push an image to its registry, and give its name with the digest there."""
        answer = self.client.post(
            f"/images/{name}/push", headers={"X-Registry-Auth": "e30=", **self._auth(name)}
        )
        lines = [json.loads(line) for line in answer.text.splitlines()]
        digests = [line["aux"]["Digest"] for line in lines if "Digest" in line.get("aux", {})]
        if not digests:
            raise SwarmError(answer.text[-600:])
        return f"{name.rpartition(':')[0]}@{digests[-1]}"

    def service(self, name: str) -> dict[str, Any]:
        """A service as the engine tells it."""
        return self._checked(self.client.get(f"/services/{name}"))

    def tasks(self, name: str) -> list[dict[str, Any]]:
        """The tasks of a service that are wanted."""
        filters = _json({"service": [name], "desired-state": ["running"]})
        found: list[dict[str, Any]] = self._checked(self.client.get("/tasks", params={"filters": filters}))
        return found

    def update(self, name: str, change: Mapping[str, Any]) -> Outcome:
        """Change fields of a service's container, and wait.

        Args:
            name: The service.
            change: Fields of ContainerSpec.
        """
        found = self.service(name)
        spec = found["Spec"]
        spec["TaskTemplate"]["ContainerSpec"].update(change)
        self._update(found, spec)
        return self.settle(name, seconds=120.0)

    def settle(self, name: str, *, seconds: float) -> Outcome:
        """Wait until an update is over and all tasks run.

        Raises:
            SwarmError: It was not over in time.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.service(name)
            status = found.get("UpdateStatus") or {}
            state = status.get("State", "created")
            wanted = found["Spec"]["Mode"]["Replicated"]["Replicas"]
            running = sum(task["Status"]["State"] == "running" for task in self.tasks(name))
            if state in ("paused", "rollback_paused", "rollback_completed"):
                return Outcome(state=state, message=status.get("Message", ""))
            if state in ("created", "completed") and running == wanted:
                return Outcome(state=state, message=status.get("Message", ""))
            time.sleep(0.2)
        errors = [task["Status"].get("Err", task["Status"]["State"]) for task in self.tasks(name)]
        raise SwarmError(f"{name} did not settle in {seconds:.0f} s: {errors}")

    def down(self) -> None:
        """Remove everything that was made here, volumes included."""
        filters = _json({"label": [f"{MARK}={self.owner}"]})
        for kind in ("services", "secrets", "configs"):
            for item in self.client.get(f"/{kind}", params={"filters": filters}).json() or []:
                self.client.delete(f"/{kind}/{item['ID']}")
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            networks = self.client.get("/networks", params={"filters": filters}).json() or []
            left = [item for item in networks if self.client.delete(f"/networks/{item['Id']}").is_error]
            volumes = (self.client.get("/volumes", params={"filters": filters}).json() or {}).get(
                "Volumes"
            ) or []
            left += [item for item in volumes if self.client.delete(f"/volumes/{item['Name']}").is_error]
            if not left:
                break
            time.sleep(0.5)
        for name in self.built:
            self.client.delete(f"/images/{name}", params={"force": "1"})
        self.built.clear()

    def _auth(self, image: str) -> dict[str, str]:
        return self.login.headers(image) if self.login else {}

    @property
    def _mark(self) -> dict[str, str]:
        return {MARK: self.owner}

    def _network(self, inputs: Mapping[str, Any]) -> str:
        for found in self.client.get("/networks").json():
            if found["Name"] == inputs["name"]:
                return str(found["Id"])
        body = {
            "Name": inputs["name"],
            "Driver": inputs["driver"],
            "CheckDuplicate": True,
            "Labels": self._mark,
        }
        return str(self._checked(self.client.post("/networks/create", json=body))["Id"])

    def _file(self, resource: Resource, kind: str) -> list[str]:
        """A secret or config; a changed one is a new one. Gives the path of the one that it replaces."""
        key = f"{resource.name}-id"
        data = resource.inputs["data"]
        if self.content.get(key) == data:
            return []
        before = self.ids.get(key)
        body = {"Name": f"{resource.name}-{secrets.token_hex(4)}", "Data": data, "Labels": self._mark}
        self.ids[key] = str(self._checked(self.client.post(f"/{kind}/create", json=body))["ID"])
        self.ids[f"{resource.name}/name"] = body["Name"]
        self.content[key] = data
        return [f"/{kind}/{before}"] if before else []

    def _service(self, resource: Resource) -> Outcome | None:
        spec = self._spec(resource.inputs)
        name = spec["Name"]
        answer = self.client.get(f"/services/{name}")
        if answer.status_code == 404:
            created = self.client.post("/services/create", json=spec, headers=self._auth(_image(spec)))
            self._checked(created)
            self.content[name] = _json(spec)
            return Outcome(state="created")
        found = self._checked(answer)
        if self.content.get(name) == _json(spec):
            return None
        self.content[name] = _json(spec)
        self._update(found, spec)
        return Outcome(state="updating")

    def _update(self, found: Mapping[str, Any], spec: Mapping[str, Any]) -> None:
        path, version = f"/services/{found['ID']}/update", found["Version"]["Index"]
        auth = self._auth(_image(spec))
        self._checked(self.client.post(path, params={"version": version}, json=spec, headers=auth))
        # The state of the update before is still there for a moment.
        deadline = time.monotonic() + 10
        before = (found.get("UpdateStatus") or {}).get("StartedAt")
        while time.monotonic() < deadline:
            status = self.service(found["ID"]).get("UpdateStatus") or {}
            if status.get("StartedAt") not in (None, before):
                return
            time.sleep(0.05)

    def _spec(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        task = inputs["taskSpec"]
        return {
            "Name": inputs["name"],
            "Labels": {
                **self._mark,
                **{label["label"]: label["value"] for label in inputs.get("labels", [])},
            },
            "Mode": {"Replicated": {"Replicas": inputs["mode"]["replicated"]["replicas"]}},
            "EndpointSpec": _endpoint(inputs["endpointSpec"]),
            "UpdateConfig": _update_config(inputs["updateConfig"]),
            **(
                {"RollbackConfig": _update_config(inputs["rollbackConfig"])}
                if "rollbackConfig" in inputs
                else {}
            ),
            "TaskTemplate": {
                "ContainerSpec": self._container(task["containerSpec"]),
                "Networks": [{"Target": self.ids[item["id"]]} for item in task["networksAdvanceds"]],
                "Placement": {
                    "Constraints": task["placement"].get("constraints", []),
                    "MaxReplicas": task["placement"].get("maxReplicas", 0),
                },
                "Resources": {
                    "Limits": {
                        "NanoCPUs": task["resources"]["limits"]["nanoCpus"],
                        "MemoryBytes": task["resources"]["limits"]["memoryBytes"],
                    }
                },
                "RestartPolicy": {
                    "Condition": task["restartPolicy"]["condition"],
                    "Delay": _ns(task["restartPolicy"]["delay"]),
                },
                "LogDriver": {"Name": task["logDriver"]["name"], "Options": task["logDriver"]["options"]},
            },
        }

    def _container(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        health = spec["healthcheck"]
        image = spec["image"]
        if image == f"sha256:{'0' * 64}":
            (image,) = self.images.values()
        return {
            "Image": image,
            "Command": spec.get("commands", []),
            "Env": sorted(f"{name}={value}" for name, value in spec["env"].items()),
            "Init": spec["init"],
            "ReadOnly": spec["readOnly"],
            "CapabilityDrop": spec["capDrops"],
            "CapabilityAdd": spec.get("capAdds", []),
            "Sysctls": spec.get("sysctl", {}),
            "StopGracePeriod": _ns(spec["stopGracePeriod"]),
            "Secrets": [self._given(item, "secret") for item in spec.get("secrets", [])],
            "Configs": [self._given(item, "config") for item in spec.get("configs", [])],
            "Mounts": [_mount(item, self._mark) for item in spec["mounts"]],
            "Healthcheck": {
                "Test": health["tests"],
                "Interval": _ns(health["interval"]),
                "Timeout": _ns(health["timeout"]),
                "StartPeriod": _ns(health["startPeriod"]),
                "Retries": health["retries"],
            },
        }

    def _given(self, item: Mapping[str, Any], kind: str) -> dict[str, Any]:
        own = item[f"{kind}Id"]
        title = kind.capitalize()
        return {
            f"{title}ID": self.ids[own],
            f"{title}Name": self.ids[f"{own.removesuffix('-id')}/name"],
            "File": {
                "Name": item["fileName"],
                "UID": item.get("fileUid", "0"),
                "GID": item.get("fileGid", "0"),
                "Mode": item.get("fileMode", 0o444),
            },
        }

    def _checked(self, answer: httpx.Response) -> Any:
        if answer.is_error:
            raise SwarmError(f"{answer.request.url.path}: {answer.text.strip()}")
        return answer.json()


def _image(spec: Mapping[str, Any]) -> str:
    return str(spec["TaskTemplate"]["ContainerSpec"]["Image"])


def _endpoint(spec: Mapping[str, Any]) -> dict[str, Any]:
    ports = [
        {
            "Protocol": port["protocol"],
            "TargetPort": port["targetPort"],
            "PublishedPort": port["publishedPort"],
            "PublishMode": port["publishMode"],
        }
        for port in spec.get("ports", [])
    ]
    return {"Mode": spec["mode"], "Ports": ports}


def _update_config(config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Parallelism": config["parallelism"],
        "FailureAction": config["failureAction"],
        "Monitor": _ns(config["monitor"]),
        "MaxFailureRatio": float(config["maxFailureRatio"]),
        "Order": config["order"],
    }


def _mount(item: Mapping[str, Any], mark: Mapping[str, str]) -> dict[str, Any]:
    mount = {"Type": item["type"], "Target": item["target"], "ReadOnly": item.get("readOnly", False)}
    if item["type"] == "tmpfs":
        options = item["tmpfsOptions"]
        return {**mount, "TmpfsOptions": {"SizeBytes": options["sizeBytes"], "Mode": options["mode"]}}
    options = item["volumeOptions"]
    driver = {"Name": options["driverName"], "Options": options["driverOptions"]}
    return {
        **mount,
        "Source": item["source"],
        "VolumeOptions": {"NoCopy": options["noCopy"], "Labels": dict(mark), "DriverConfig": driver},
    }


def _ns(duration: str) -> int:
    """Nanoseconds of a duration such as `1m30s`."""
    match = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", duration)
    if not match or not duration:
        raise ValueError(f"{duration} is no duration")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * NANOSECONDS


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _tar(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for item in sorted(folder.iterdir()):
            archive.add(item, arcname=item.name)
    return buffer.getvalue()
