"""A build of the reference application's image from nothing, and one after a change of its source."""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from bench.containers.figures import spread
from rehearsal.commands import PROJECT
from rehearsal.containers.buildkit import build_image, buildkit_cli, reference_arguments
from rehearsal.containers.scene import NODE_IMAGE
from rehearsal.containers.site import Site

LEFT_OUT = shutil.ignore_patterns("node_modules", ".next", "tests", "*.tsbuildinfo", ".env*")


def measure_builds(site: Site, repeats: int) -> str:
    """The two in turn, as a row."""
    command = buildkit_cli()
    if command is None:
        return "build      not measured: no docker command here builds with BuildKit"
    cold, warm = [], []
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "web"
        shutil.copytree(PROJECT / "web", source, ignore=LEFT_OUT)
        for number in range(1, repeats + 1):
            subprocess.run([command, "builder", "prune", "--all", "--force"], check=True, capture_output=True)
            cold.append(_seconds(command, site, source, number=2 * number))
            with (source / "app" / "page.tsx").open("a", encoding="utf-8") as page:
                page.write(f"// {number}\n")
            warm.append(_seconds(command, site, source, number=2 * number + 1))
    return f"build      from nothing {spread(cold)}  after a change {spread(warm)}"


def _seconds(command: str, site: Site, source: Path, *, number: int) -> float:
    name, arguments = reference_arguments(site.scene, commit=f"{number:040x}", node_image=NODE_IMAGE)
    began = time.monotonic()
    build_image(command, source, name=name, arguments=arguments)
    seconds = time.monotonic() - began
    subprocess.run([command, "image", "rm", "--force", name], check=True, capture_output=True)
    return seconds
