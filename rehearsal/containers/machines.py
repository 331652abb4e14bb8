"""Several machines on this one: each a network namespace with a Docker engine of its own, joined in a swarm.

A machine has its own network, mounts, host name and processes, so that nothing of it meets this machine's
engine, and so that the end of its first process is the end of all of it, as when the power fails. The wire
between machines is a bridge in a namespace of its own, where no rule of this machine's engine applies. Needs
root, iproute2, util-linux and dockerd.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clerk_deploy.containers.docker import run_command
from rehearsal.containers.image_registry import ImageRegistry

TOOLS = ("ip", "setpriv", "unshare", "nsenter", "dockerd", "docker", "docker-registry", "htpasswd")
PATIENCE_SECONDS = 60.0
CONTROL_GROUPS = Path("/sys/fs/cgroup")

# The machine's first process; after its folder and its name come the engine's own words.
_BOOT = """\
set -eu
folder=$1 name=$2
shift 2
hostname "$name"
mkdir -p /etc/docker /run/containerd /run/docker
mount --bind "$folder/etc" /etc/docker
mount -t tmpfs tmpfs /run/containerd
mount -t tmpfs tmpfs /run/docker
dockerd "$@" &
wait
"""


def machines_problem() -> str | None:
    """Why no machines can be made here; None when they can."""
    if os.geteuid() != 0:
        return "making network namespaces needs root"
    missing = [name for name in TOOLS if shutil.which(name) is None]
    if missing:
        return f"{', '.join(missing)} not on the PATH (rehearsal/containers/machines.sh installs them)"
    return None


@dataclass(kw_only=True)
class Machine:
    """A machine that runs.

    Args:
        name: Its host name, and Swarm's name of the node.
        namespace: Its network namespace.
        address: Its address on the wire.
        folder: Its files.
        process: The process whose end is the machine's.
    """

    name: str
    namespace: str
    address: str
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def socket(self) -> Path:
        """The engine's socket."""
        return self.folder / "docker.sock"

    @property
    def host(self) -> str:
        """The engine as a stack's file names it."""
        return f"unix://{self.socket}"

    def docker(self, *words: str) -> str:
        """Run Docker's command line against this machine's engine."""
        return run_command(["docker", "--host", self.host, *words])

    def die(self) -> None:
        """As when the power fails: silence on the wire, and every process gone at once."""
        _ip("-n", self.namespace, "link", "set", "eth0", "down")
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def containers(self, service: str) -> list[str]:
        """The containers of a service's tasks that run here."""
        return self.docker("ps", "-q", "--filter", f"label=com.docker.swarm.service.name={service}").split()


@dataclass(kw_only=True)
class Machines:
    """Machines in one swarm, the first its manager, and a registry that all reach; a context.

    Args:
        count: How many.
    """

    count: int = 3
    all: list[Machine] = field(default_factory=list)

    def __enter__(self) -> "Machines":
        """Start the machines and the registry, and join the swarm."""
        self._mark = f"cd{secrets.token_hex(2)}"
        # RFC 2544 keeps 198.18.0.0/15 for tests of networks.
        self._net = f"198.18.{secrets.randbelow(256)}"
        self.address = f"{self._net}.1"
        self._ends = ExitStack()
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="clerk-deploy-machines-"))
            self._ends.callback(shutil.rmtree, self._folder, ignore_errors=True)
            self._wire()
            self.registry = self._ends.enter_context(
                ImageRegistry(folder=self._folder / "registry", address=self.address)
            )
            for number in range(1, self.count + 1):
                self.all.append(self._machine(number))
            self._join()
        except BaseException:
            self._ends.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End every machine and the registry, and take away what they were made of."""
        self._ends.close()

    @property
    def manager(self) -> Machine:
        """The swarm's manager."""
        return self.all[0]

    def label(self, machine: Machine, label: str) -> None:
        """Give a node a label, such as `edge=true`."""
        self.manager.docker("node", "update", "--label-add", label, machine.name)

    def where(self, service: str) -> list[str]:
        """The machine of each task of a service that runs."""
        shown = self.manager.docker(
            "service",
            "ps",
            "--filter",
            "desired-state=running",
            "--format",
            "{{.Node}} {{.CurrentState}}",
            service,
        )
        return [line.split()[0] for line in shown.splitlines() if line.split()[1] == "Running"]

    def give(self, image: str) -> str:
        """Put an image of this machine's engine into the registry, by way of the manager; gives its name."""
        name = self.registry.name_of(image)
        self.load(image)
        self.manager.docker("tag", image, name)
        self.registry.command(self.manager.host, "push", "--quiet", name)
        return name

    def load(self, image: str) -> None:
        """Give the manager an image of this machine's engine."""
        pipe = subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE)
        subprocess.run(
            ["docker", "--host", self.manager.host, "load", "--quiet"],
            stdin=pipe.stdout,
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=120,
        )
        pipe.wait()

    def _wire(self) -> None:
        wire, host = f"{self._mark}-wire", f"{self._mark}-host"
        _ip("netns", "add", wire)
        self._ends.callback(_ip, "netns", "del", wire)
        _ip("-n", wire, "link", "add", "wire", "type", "bridge")
        _ip("-n", wire, "link", "set", "wire", "up")
        _ip("link", "add", host, "type", "veth", "peer", "name", "host", "netns", wire)
        _ip("-n", wire, "link", "set", "host", "master", "wire", "up")
        _ip("addr", "add", f"{self.address}/24", "dev", host)
        _ip("link", "set", host, "up")

    def _machine(self, number: int) -> Machine:
        name, wire = f"{self._mark}-m{number}", f"{self._mark}-wire"
        address = f"{self._net}.{10 + number}"
        _ip("netns", "add", name)
        self._ends.callback(_ip, "netns", "del", name)
        _ip("-n", wire, "link", "add", f"m{number}", "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("-n", wire, "link", "set", f"m{number}", "master", "wire", "up")
        _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
        _ip("-n", name, "link", "set", "eth0", "up")
        folder = self._folder / f"m{number}"
        self.registry.trust(folder / "etc" / "certs.d")
        self._ends.callback(_remove_control_groups, name)
        with (folder / "log").open("wb") as log:
            # A company's proxy is not on this wire.
            environment = {"PATH": os.environ["PATH"]}
            process = subprocess.Popen(
                _boot(name, folder), stdout=log, stderr=log, env=environment, start_new_session=True
            )
        self._ends.callback(_end, process)
        return Machine(name=name, namespace=name, address=address, folder=folder, process=process)

    def _join(self) -> None:
        for machine in self.all:
            _wait_for_engine(machine)
        first = self.manager
        first.docker("swarm", "init", "--advertise-addr", first.address)
        token = first.docker("swarm", "join-token", "--quiet", "worker").strip()
        for machine in self.all[1:]:
            # The token is this swarm's, which lives for minutes on a wire of its own.
            machine.docker(
                "swarm",
                "join",
                "--advertise-addr",
                machine.address,
                "--token",
                token,
                f"{first.address}:2377",
            )


def _boot(name: str, folder: Path) -> list[str]:
    engine = {
        "--host": f"unix://{folder / 'docker.sock'}",
        "--data-root": str(folder / "data"),
        "--exec-root": str(folder / "run"),
        "--pidfile": str(folder / "pid"),
        "--cgroup-parent": name,
        "--exec-opt": "native.cgroupdriver=cgroupfs",
    }
    words = [word for pair in engine.items() for word in pair]
    apart = ["--mount", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child=SIGKILL"]
    # `ip netns exec` would mount another /sys, without the control groups.
    # It ends with the process that made it, also where that was killed.
    bound = ["setpriv", "--pdeathsig", "SIGKILL"]
    entry = [*bound, "nsenter", f"--net=/run/netns/{name}", "unshare", *apart]
    return [*entry, "sh", "-c", _BOOT, "boot", str(folder), name, *words]


def _wait_for_engine(machine: Machine) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and machine.process.poll() is None:
        if machine.socket.exists() and _answers(machine):
            return
        time.sleep(0.1)
    log = (machine.folder / "log").read_text(errors="replace").splitlines()
    raise RuntimeError(f"The engine of {machine.name} did not start:\n" + "\n".join(log[-5:]))


def _answers(machine: Machine) -> bool:
    done = subprocess.run(["docker", "--host", machine.host, "info"], capture_output=True, timeout=30)
    return done.returncode == 0


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait()


def _remove_control_groups(name: str) -> None:
    """The folders of a machine's containers, which are left empty when it is ended."""
    deadline = time.monotonic() + 5
    roots = list(CONTROL_GROUPS.glob(f"**/{name}"))
    while roots and time.monotonic() < deadline:
        for root in roots:
            for folder, _, _ in os.walk(root, topdown=False):
                try:
                    Path(folder).rmdir()
                except OSError:  # its last process has not ended yet
                    continue
        roots = [root for root in roots if root.exists()]
        time.sleep(0.05)


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"`ip {' '.join(words)}` failed: {done.stderr.strip()}")


def nodes(manager: Machine) -> dict[str, dict[str, Any]]:
    """The swarm's nodes by name, as the engine tells them."""
    names: Sequence[str] = manager.docker("node", "ls", "--format", "{{.Hostname}}").split()
    found = json.loads(manager.docker("node", "inspect", *names))
    return {item["Description"]["Hostname"]: item for item in found}
