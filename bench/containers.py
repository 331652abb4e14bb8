"""Updates, rollbacks, bad images and throughput on this machine's Docker engine, on loopback alone.

    python -m bench.containers [--repeats 10] [--only update,rollback,bad,secret,kill,edge,compose,wrk]

An open-loop client sends 100 requests a second throughout. "compose" is what `docker compose down && up -d`
does with one container: stop and remove it, then run the new image. Needs rehearsal/containers/engine.sh, and
wrk for the throughput.
"""

import argparse
import asyncio
import json
import os
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from rehearsal.commands import PROJECT
from rehearsal.containers.program import secret_text
from rehearsal.containers.scene import EDGE_IMAGE, NODE_IMAGE, Scene
from rehearsal.containers.site import Site
from rehearsal.containers.swarm import Swarm, engine_problem
from rehearsal.load import Load
from rehearsal.ports import free_port

WARM_SECONDS = 2.0
AFTER_SECONDS = 3.0
NAME = "bench-alone"
WRK = ["wrk", "-t2", "-c32", "-d8s"]


@dataclass(kw_only=True)
class Figures:
    """Seconds until all traffic was on target, and failed requests, of each repeat."""

    seconds: list[float] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    requests: int = 0

    def line(self, name: str) -> str:
        """One row of the table."""
        if not self.seconds:
            return f"{name:34} -"
        low, high = min(self.seconds), max(self.seconds)
        return (
            f"{name:34} {statistics.median(self.seconds):5.1f} s ({low:.1f}-{high:.1f})   "
            f"failed {statistics.median(self.failed):.0f} ({min(self.failed)}-{max(self.failed)}) "
            f"of {self.requests}"
        )


def main() -> int:
    """Run the benchmarks and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--only", default="update,rollback,bad,secret,kill,edge,compose,wrk")
    arguments = parser.parse_args()
    if problem := engine_problem():
        sys.stderr.write(f"{problem}\n")
        return 2
    only = arguments.only.split(",")
    script = PROJECT / "rehearsal" / "containers" / "base-images.sh"
    subprocess.run([str(script), NODE_IMAGE, EDGE_IMAGE], check=True, capture_output=True)
    with _site() as site:
        bench = Bench(site=site, repeats=arguments.repeats)
        for name in only:
            sys.stdout.write(f"{bench.run(name)}\n")
            sys.stdout.flush()
    return 0


@dataclass(kw_only=True)
class PlainLoad:
    """Asks one container for its health over HTTP at a steady pace.

    Args:
        port: Its port on 127.0.0.1.
    """

    port: int
    seen: list[tuple[float, bool]] = field(default_factory=list)

    def __enter__(self) -> "PlainLoad":
        """Start asking."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and wait for what is on its way."""
        self._stop.set()
        self._thread.join(timeout=30)

    async def _run(self) -> None:
        async with httpx.AsyncClient(timeout=10.0, trust_env=False) as client:
            begin = time.monotonic()
            asking = set()
            for number in range(100 * 60):
                await asyncio.sleep(max(0.0, begin + number / 100 - time.monotonic()))
                if self._stop.is_set():
                    break
                task = asyncio.create_task(self._ask(client))
                asking.add(task)
                task.add_done_callback(asking.discard)
            await asyncio.gather(*asking)

    async def _ask(self, client: httpx.AsyncClient) -> None:
        sent = time.monotonic()
        try:
            answer = await client.get(f"http://127.0.0.1:{self.port}/api/health")
            self.seen.append((sent, answer.status_code == 200))
        except httpx.HTTPError:
            self.seen.append((sent, False))


@contextmanager
def _site() -> Iterator[Site]:
    with tempfile.TemporaryDirectory() as folder:
        swarm = Swarm(owner="bench")
        swarm.down()
        site = Site(scene=Scene(folder=Path(folder) / "scene", application="bench"), swarm=swarm)
        try:
            site.up()
            yield site
        finally:
            swarm.down()


@dataclass(kw_only=True)
class Bench:
    """Repeats one kind of change under load.

    Args:
        site: What runs.
        repeats: How often.
    """

    site: Site
    repeats: int
    number: int = 1

    def run(self, name: str) -> str:
        """One benchmark, as a row."""
        if name == "wrk":
            return self._throughput()
        acts: dict[str, Callable[[], str]] = {
            "update": self._update,
            "rollback": self._rollback,
            "bad": self._bad,
            "secret": self._secret,
            "kill": self._kill,
            "edge": self._edge,
        }
        figures = Figures()
        for _ in range(self.repeats):
            if name == "compose":
                self._compose(figures)
            else:
                self._measure(figures, acts[name])
        return figures.line(name)

    def _measure(self, figures: Figures, act: Callable[[], str]) -> None:
        with Load(port=self.site.scene.https_port, host=self.site.scene.domain) as load:
            time.sleep(WARM_SECONDS)
            before = load.answers[-1].release
            wanted = act() or before
            time.sleep(AFTER_SECONDS)
        figures.seconds.append(load.settled_after(self.began, wanted))
        figures.failed.append(len(load.failed))
        figures.requests += len(load.answers)

    def _update(self) -> str:
        self.number += 1
        image, name = self._built(f"{self.number:012x}{0:028x}")
        self._pin(image, name)
        return name

    def _built(self, commit: str) -> tuple[str, str]:
        """An image of a commit; building it is no part of what is measured."""
        (found,) = [item for item in self.site.resources(commit) if item.type.endswith(":Image")]
        return self.site.swarm.build(found.inputs), self.site.scene.release(commit).name

    def _pin(self, image: str, name: str, **more: Any) -> None:
        resources = self.site.resources(release={"image": image, "name": name}, **more)
        self._go(lambda: self.site.swarm.up(resources))

    def _rollback(self) -> str:
        before = self._image()
        release = self._name()
        self.number += 1
        image, name = self._built(f"{self.number:012x}{0:028x}")
        self.site.up(release={"image": image, "name": name})
        time.sleep(WARM_SECONDS)
        self._pin(before, release)
        return release

    def _bad(self) -> str:
        self.site.scene.behave("never-healthy")
        image, name = self._built("b" * 40)
        self.site.scene.behave("well")
        self._pin(image, name)
        return ""

    def _secret(self) -> str:
        self.number += 1
        self.site.scene.write_variables(secret_key=f"sk_live_bench{self.number:043d}")
        self._pin(self._image(), self._name())
        return ""

    def _kill(self) -> str:
        listed = ["docker", "ps", "-q", "--filter", f"label=com.docker.swarm.service.name={self.site.app}"]
        first = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()[0]
        inspected = ["docker", "inspect", "--format", "{{.State.Pid}}", first]
        pid = int(subprocess.run(inspected, capture_output=True, text=True, check=True).stdout)
        self._go(lambda: os.kill(pid, signal.SIGKILL))
        self.site.swarm.settle(self.site.app, seconds=60)
        return ""

    def _edge(self) -> str:
        self.number += 1
        self._pin(self._image(), self._name(), edge={"acmeEmail": f"devops{self.number}@yourapp.com"})
        return ""

    def _go(self, act: Callable[[], object]) -> None:
        self.began = time.monotonic()
        act()

    def _image(self) -> str:
        spec = self.site.swarm.service(self.site.app)["Spec"]
        return str(spec["TaskTemplate"]["ContainerSpec"]["Image"])

    def _name(self) -> str:
        return str(self.site.swarm.service(self.site.app)["Spec"]["Labels"]["clerk-deploy.release"])

    def _compose(self, figures: Figures) -> None:
        with self._alone() as (port, run), PlainLoad(port=port) as load:
            time.sleep(WARM_SECONDS)
            began = time.monotonic()
            for command in (["docker", "stop", NAME], ["docker", "rm", NAME], run):
                subprocess.run(command, check=True, capture_output=True)
            time.sleep(AFTER_SECONDS)
        figures.seconds.append(max((sent for sent, fine in load.seen if not fine), default=began) - began)
        figures.failed.append(sum(not fine for _, fine in load.seen))
        figures.requests += len(load.seen)

    @contextmanager
    def _alone(self) -> Iterator[tuple[int, list[str]]]:
        """The app in one container without an edge: its port, and the command that ran it."""
        port = free_port()
        with tempfile.TemporaryDirectory() as folder:
            secret = Path(folder) / "clerk"
            secret.write_text(self._document())
            secret.chmod(0o444)
            Path(folder).chmod(0o755)
            run = ["docker", "run", "--detach", "--init", "--name", NAME, "-p", f"127.0.0.1:{port}:3000"]
            run += [
                "-v",
                f"{secret}:/run/secrets/clerk:ro",
                "-e",
                "CLERK_DEPLOY_SECRETS_FILE=/run/secrets/clerk",
            ]
            subprocess.run([*run, self._image()], check=True, capture_output=True)
            try:
                time.sleep(2)
                yield port, [*run, self._image()]
            finally:
                subprocess.run(["docker", "rm", "-f", NAME], check=True, capture_output=True)

    def _throughput(self) -> str:
        if shutil.which("wrk") is None:
            return "throughput: not measured, there is no wrk (Debian's package)"
        token = json.loads(self._document())["tokens"]["origin"][0]
        direct, edge = [], []
        with self._alone() as (port, _):
            for _ in range(self.repeats):
                direct.append(_wrk(f"http://127.0.0.1:{port}/", f"x-origin-token: {token}"))
                edge.append(_wrk(f"https://yourapp.com:{self.site.scene.https_port}/", "Host: yourapp.com"))
        one, two = statistics.median(direct), statistics.median(edge)
        return f"throughput, wrk -c32: app {one:.0f}/s, through the edge {two:.0f}/s ({two / one:.0%})"

    def _document(self) -> str:
        resources = self.site.resources(release={"image": self._image(), "name": self._name()})
        return secret_text(next(item for item in resources if item.name.endswith("-secrets")))


def _wrk(url: str, header: str) -> float:
    """Requests a second, for 8 s from 32 connections; the site's name is loopback for this process alone."""
    # wrk takes the name for TLS from the address, so the name has to resolve.
    with tempfile.NamedTemporaryFile("w", suffix=".hosts") as hosts:
        hosts.write("127.0.0.1 localhost yourapp.com\n")
        hosts.flush()
        inside = f"mount --bind {hosts.name} /etc/hosts && exec {shlex.join([*WRK, '-H', header, url])}"
        command = ["unshare", "--mount", "sh", "-c", inside]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("Requests/sec"))
    figure = float(line.split(":")[1])
    if "Non-2xx" in done.stdout or not figure:
        raise RuntimeError(done.stdout)
    return figure


if __name__ == "__main__":
    sys.exit(main())
