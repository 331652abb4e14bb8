"""What a command needs in its environment to meet a site on containers by its production names."""

import subprocess
from pathlib import Path

from rehearsal.containers.scene import EDGE_IMAGE
from rehearsal.containers.surroundings import Surroundings
from rehearsal.front.certificates import BUNDLE_FILE
from rehearsal.front.clients import environment

ROOT = "/data/caddy/pki/authorities/local/root.crt"
"""Where Caddy keeps the certificate of its own authority."""


def client_environment(around: Surroundings, folder: Path, *, edge: str) -> dict[str, str]:
    """The proxy, and a bundle with the run's authority and the edge's own.

    Args:
        around: What the site has around it; its proxy knows the site.
        folder: Where the bundle goes; it is made here.
        edge: Name of the edge's service, which serves.
    """
    read = ["docker", "run", "--rm", "--volume", f"{edge}-data:/data:ro", EDGE_IMAGE, "cat", ROOT]
    root = subprocess.run(read, capture_output=True, check=True).stdout
    folder.mkdir()
    known = around.authority.with_name(BUNDLE_FILE).read_bytes()
    (folder / BUNDLE_FILE).write_bytes(known.rstrip() + b"\n" + root)
    return environment(proxy_port=around.proxy_port, certificates=folder)
