"""How many requests a second pass the edge, beside the app reached directly."""

import json
import shlex
import shutil
import statistics
import subprocess
import tempfile
from typing import Final

from bench.containers.alone import alone, secrets_document
from rehearsal.containers.site import Site

WRK: Final = ("wrk", "-t2", "-c32", "-d8s")


def measure_throughput(site: Site, repeats: int) -> str:
    """The two in turn, since a machine's speed changes; as a row."""
    if shutil.which("wrk") is None:
        return "throughput not measured: there is no wrk (Debian's package)"
    token = json.loads(secrets_document(site))["tokens"]["origin"][0]
    direct, edge = [], []
    with alone(site) as container:
        # Node compiles what runs often: neither side is measured cold.
        for _ in range(1 + repeats):
            direct.append(_wrk(f"http://127.0.0.1:{container.port}/", f"x-origin-token: {token}"))
            edge.append(_wrk(f"https://yourapp.com:{site.scene.https_port}/", "Host: yourapp.com"))
    direct, edge = direct[1:], edge[1:]
    ratios = [two / one for one, two in zip(direct, edge, strict=True)]
    return (
        f"throughput wrk -c32: app {statistics.median(direct):.0f}/s, edge {statistics.median(edge):.0f}/s, "
        f"ratio {statistics.median(ratios):.0%} ({min(ratios):.0%}-{max(ratios):.0%})"
    )


def _wrk(url: str, header: str) -> float:
    """Requests a second; the site's name is loopback for this process alone."""
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
