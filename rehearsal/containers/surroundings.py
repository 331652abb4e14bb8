"""What containers of the reference application need around them: Clerk and the backend under their names.

Containers do not reach the machine's loopback, where the stand-ins listen. A relay on the swarm's own bridge
leads them there; only containers of this machine reach that address.
"""

import asyncio
import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rehearsal.backend.app import create_app as create_backend
from rehearsal.backend.keys import KeySet
from rehearsal.backend.state import Backend
from rehearsal.clerk.app import create_app as create_clerk
from rehearsal.clerk.instance import Instance
from rehearsal.clerk.state import BACKEND_HOST, Clerk
from rehearsal.front.certificates import Authority, system_roots
from rehearsal.front.front import serve_front
from rehearsal.front.hosts import HostTable
from rehearsal.front.proxy import Ports

BRIDGE = "docker_gwbridge"
READY_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where the stand-ins are.

    Args:
        proxy_port: The forward proxy's port on loopback.
        relay: The proxy's address as containers reach it.
        authority: PEM file of the run's certificate authority.
    """

    proxy_port: int
    relay: str
    authority: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a container needs to see the production names."""
        return {
            "HTTP_PROXY": self.relay,
            "HTTPS_PROXY": self.relay,
            "NO_PROXY": "127.0.0.1",
            "NODE_USE_ENV_PROXY": "1",
        }


@contextmanager
def surroundings(
    *,
    folder: Path,
    domain: str,
    secret_key: str,
    tenants: Sequence[str],
    sites: Mapping[str, Ports] | None = None,
) -> Iterator[Surroundings]:
    """Clerk and the backend, until the block ends.

    Args:
        folder: Where the certificates go, and the scripts of Clerk's components when they are asked for.
        domain: The site's domain.
        secret_key: The instance's secret key.
        tenants: Slugs of the tenants' organizations.
        sites: The site's host names, and where its edge listens: the proxy leads clients there.

    Raises:
        RuntimeError: They did not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    authority = Authority(folder=folder, roots=system_roots({}))
    hosts = _hosts(domain=domain, secret_key=secret_key, tenants=tenants, packages=folder / "packages")
    ready: list[Surroundings] = []
    stop: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def main() -> None:
        ended = asyncio.Event()
        stop.append((asyncio.get_running_loop(), ended))
        async with serve_front(
            hosts=hosts, authority=authority, default_host=f"clerk.{domain}", own_servers=sites
        ) as front:
            relay = await asyncio.start_server(_relay_to(front.proxy_port), bridge_address(), 0)
            async with relay:
                host, port = relay.sockets[0].getsockname()[:2]
                ready.append(
                    Surroundings(
                        proxy_port=front.proxy_port,
                        relay=f"http://{host}:{port}",
                        authority=authority.certificate_file,
                    )
                )
                await ended.wait()

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    deadline = time.monotonic() + READY_SECONDS
    while not ready:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the stand-ins of Clerk and the backend did not start")
        time.sleep(0.02)
    try:
        yield ready[0]
    finally:
        loop, ended = stop[0]
        loop.call_soon_threadsafe(ended.set)
        thread.join(timeout=10)


def _hosts(*, domain: str, secret_key: str, tenants: Sequence[str], packages: Path) -> HostTable:
    clerk = Clerk(clock=time.time, packages=packages)
    instance = clerk.add(
        Instance.create(
            frontend_host=f"clerk.{domain}", clock=time.time, key=secret_key, organizations=tuple(tenants)
        )
    )
    app = create_clerk(clerk)
    hosts = HostTable()
    hosts.set(BACKEND_HOST, app)
    hosts.set(f"clerk.{domain}", app)

    async def keys(_url: str) -> dict[str, object]:
        await asyncio.sleep(0)
        return instance.signing.jwks()

    backend = Backend(
        issuer=instance.issuer,
        origins=(f"https://{domain}",),
        keys=KeySet(url=f"{instance.issuer}/.well-known/jwks.json", fetch=keys, clock=time.time),
        clock=time.time,
    )
    for tenant in tenants:
        backend.add_document(tenant=tenant, title="Plan", body="The plan")
    hosts.set(f"api.{domain}", create_backend(backend))
    return hosts


def bridge_address() -> str:
    """The machine's address, as containers of the swarm reach it."""
    found = subprocess.run(
        ["docker", "network", "inspect", BRIDGE], capture_output=True, text=True, check=True
    )
    return str(json.loads(found.stdout)[0]["IPAM"]["Config"][0]["Gateway"])


def _relay_to(port: int):
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer))

    return handle


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(ConnectionError):
        writer.close()
