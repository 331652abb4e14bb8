"""Pebble, Let's Encrypt's own test server, for an edge that gets its certificates by ACME."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import trustme

from rehearsal.containers.surroundings import bridge_address
from rehearsal.front.proxy import Ports
from rehearsal.ports import free_port
from rehearsal.processes import Children

MODULE = "github.com/letsencrypt/pebble/v2/cmd/"
VERSION = "v2.10.3"
BUILD_SECONDS = 40
READY_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Pebble:
    """A server that runs.

    Args:
        directory: Address of its ACME directory, as containers reach it.
        authority: PEM file of the authority of that address's own certificate.
        management: Address of what only tests ask.
        log: Its log.
    """

    directory: str
    authority: Path
    management: str
    log: Path

    def root(self) -> str:
        """The root of the certificates that it issues, as PEM."""
        trust = ssl.create_default_context(cafile=str(self.authority))
        return httpx.get(f"{self.management}/roots/0", verify=trust, trust_env=False).text

    def orders(self) -> int:
        """How many certificates it was asked for."""
        told = re.findall(r"There are now (\d+) orders", self.log.read_text(encoding="utf-8"))
        return int(told[-1]) if told else 0


def build(folder: Path) -> str | None:
    """Build the programs by Go; why that was not possible, None when they are there.

    Args:
        folder: Where they go.
    """
    if shutil.which("go") is None:
        return "there is no `go` command to build Pebble with"
    programs = [f"{MODULE}{name}@{VERSION}" for name in ("pebble", "pebble-challtestsrv")]
    try:
        subprocess.run(
            ["go", "install", *programs],
            env={**os.environ, "GOBIN": str(folder), "GOFLAGS": "-mod=mod"},
            capture_output=True,
            check=True,
            timeout=BUILD_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"Pebble was not built in {BUILD_SECONDS} s"
    except subprocess.CalledProcessError as error:
        return f"Pebble was not built: {error.stderr.decode(errors='replace').strip()[-200:]}"
    return None


@contextmanager
def pebble(programs: Path, folder: Path, *, edge: Ports) -> Iterator[Pebble]:
    """Pebble, until the block ends. It finds every name at 127.0.0.1 and validates at the edge's ports.

    Args:
        programs: Where `build` has put them.
        folder: Where its files go; it is made here.
        edge: The edge's published ports.

    Raises:
        RuntimeError: It did not start.
    """
    host = bridge_address()
    dns, names, acme, management = (free_port() for _ in range(4))
    folder.mkdir()
    authority = trustme.CA(organization_name="clerk-deploy rehearsal of ACME")
    authority.cert_pem.write_to_path(folder / "authority.pem")
    shown = authority.issue_cert(host, "127.0.0.1")
    shown.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    config = {
        "listenAddress": f"{host}:{acme}",
        "managementListenAddress": f"127.0.0.1:{management}",
        "certificate": str(folder / "server.pem"),
        "privateKey": str(folder / "server.pem"),
        "httpPort": edge.http,
        "tlsPort": edge.https,
    }
    (folder / "pebble.json").write_text(json.dumps({"pebble": config}), encoding="utf-8")
    resolver = f"-dnsserver=127.0.0.1:{dns}"
    unused = [f"-{name}=" for name in ("http01", "https01", "tlsalpn01", "doh", "defaultIPv6")]
    commands = {
        "pebble-challtestsrv": [resolver, f"-management=127.0.0.1:{names}", *unused],
        "pebble": [resolver, f"-config={folder / 'pebble.json'}", "-strict"],
    }
    children = Children()
    # It would wait for up to 15 s before each validation, and refuse some nonces.
    environment = {**os.environ, "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
    try:
        for name, words in commands.items():
            with (folder / f"{name}.log").open("wb") as log:
                command = [str(programs / name), *words]
                children.start(command, environment=environment, folder=folder, output=log)
        _wait_for("127.0.0.1", names)
        _wait_for(host, acme)
        yield Pebble(
            directory=f"https://{host}:{acme}/dir",
            authority=folder / "authority.pem",
            management=f"https://127.0.0.1:{management}",
            log=folder / "pebble.log",
        )
    finally:
        children.end_all()


def _wait_for(host: str, port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("Pebble did not start")
