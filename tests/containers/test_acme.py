"""Certificates by ACME, the default, from Let's Encrypt's own test server."""

import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from rehearsal.containers.acme import Pebble, build, pebble
from rehearsal.containers.buildkit import base_with_authority
from rehearsal.containers.scene import EDGE_IMAGE, Scene
from rehearsal.containers.site import Site
from rehearsal.containers.swarm import Swarm
from rehearsal.front.proxy import Ports
from tests.containers.reference import builder

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]

PATIENCE_SECONDS = 60.0
NAMES = ("yourapp.com", "www.yourapp.com")


@dataclass(kw_only=True)
class Certified:
    site: Site
    authority: Pebble
    trust: ssl.SSLContext

    def ask(self, host: str) -> httpx.Response:
        with httpx.Client(verify=self.trust, timeout=10, trust_env=False) as client:
            return client.get(
                f"https://127.0.0.1:{self.site.scene.https_port}/",
                headers={"host": host},
                extensions={"sni_hostname": host},
            )

    def waits_for(self, host: str) -> httpx.Response:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self.ask(host)
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def container(self) -> str:
        """The edge's."""
        (task,) = self.site.swarm.tasks(self.site.edge)
        return str(task["Status"]["ContainerStatus"]["ContainerID"])

    def shown(self, host: str) -> x509.Certificate:
        with (
            socket.create_connection(("127.0.0.1", self.site.scene.https_port), timeout=10) as plain,
            self.trust.wrap_socket(plain, server_hostname=host) as secure,
        ):
            return x509.load_der_x509_certificate(secure.getpeercert(binary_form=True) or b"")


@pytest.fixture(scope="module")
def certified(engine: None, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Certified]:
    folder: Path = tmp_path_factory.mktemp("acme")
    command = builder()
    if problem := build(folder / "programs"):
        pytest.skip(f"certificates by ACME were not tried: {problem}")
    scene = Scene(folder=folder / "scene", application=f"acme-{worker_id}"[:20])
    ports = Ports(https=scene.https_port, http=scene.http_port)
    with pebble(folder / "programs", folder / "pebble", edge=ports) as authority:
        image = base_with_authority(command, folder / "edge", base=EDGE_IMAGE, authority=authority.authority)
        swarm = Swarm(owner=scene.application)
        site = Site(scene=scene, swarm=swarm)
        swarm.down()
        try:
            site.up(edge={"certificates": "acme", "acmeDirectory": authority.directory, "image": image})
            trust = ssl.create_default_context(cadata=authority.root())
            yield Certified(site=site, authority=authority, trust=trust)
        finally:
            swarm.down()


def test_site_and_its_www_answer_with_certificates_of_the_authority(certified: Certified) -> None:
    for host in NAMES:
        assert certified.waits_for(host).status_code == 200
    assert certified.authority.orders() == len(NAMES)


def test_http_leads_to_https(certified: Certified) -> None:
    certified.waits_for(NAMES[0])
    answer = httpx.get(
        f"http://127.0.0.1:{certified.site.scene.http_port}/x", headers={"host": NAMES[0]}, trust_env=False
    )
    assert (answer.status_code, answer.headers["location"]) == (308, "https://yourapp.com/x")


def test_certificate_outlives_the_edges_task(certified: Certified) -> None:
    for host in NAMES:
        certified.waits_for(host)
    before = [certified.shown(host).serial_number for host in NAMES]
    killed = certified.container()
    subprocess.run(["docker", "kill", killed], capture_output=True, check=True)
    for host in NAMES:
        certified.waits_for(host)
    assert certified.container() != killed
    assert [certified.shown(host).serial_number for host in NAMES] == before
    assert certified.authority.orders() == len(NAMES)
