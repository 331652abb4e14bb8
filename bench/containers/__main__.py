"""Updates, rollbacks, bad images, throughput and builds on this machine's Docker engine.

    .venv/bin/python -m bench.containers [--repeats 10] [--only update,rollback,...]

An open-loop client sends 100 requests a second throughout. `compose` is what `docker compose down && up -d`
does with one container: stop and remove it, then run the new image. Needs rehearsal/containers/engine.sh, and
wrk for the throughput. `build` empties the engine's build cache.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.containers.build import measure_builds
from bench.containers.changes import CHANGES, Changes
from bench.containers.compose import measure_compose
from bench.containers.throughput import measure_throughput
from rehearsal.commands import PROJECT
from rehearsal.containers.scene import EDGE_IMAGE, NODE_IMAGE, Scene
from rehearsal.containers.site import Site
from rehearsal.containers.swarm import Swarm, engine_problem

OTHERS: dict[str, Callable[[Site, int], str]] = {
    "compose": measure_compose,
    "throughput": measure_throughput,
    "build": measure_builds,
}


def main() -> int:
    """Run the benchmarks and print a table."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    names = [*CHANGES, *OTHERS]
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--only", default=",".join(names))
    arguments = parser.parse_args()
    only = arguments.only.split(",")
    if strangers := set(only) - set(names):
        parser.error(f"there is no {', '.join(strangers)}; there are {', '.join(names)}")
    if problem := engine_problem():
        sys.stderr.write(f"{problem}\n")
        return 2
    script = PROJECT / "rehearsal" / "containers" / "base-images.sh"
    subprocess.run([str(script), NODE_IMAGE, EDGE_IMAGE], check=True, capture_output=True)
    with _site() as site:
        changes = Changes(site=site)
        for name in only:
            if name in OTHERS:
                line = OTHERS[name](site, arguments.repeats)
            else:
                line = changes.measure(name, repeats=arguments.repeats)
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
    return 0


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


if __name__ == "__main__":
    sys.exit(main())
