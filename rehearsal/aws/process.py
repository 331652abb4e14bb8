"""Starting the embedded AWS as a child process and waiting until it answers."""

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from rehearsal.aws.config import Config
from rehearsal.processes import Children

READY_SECONDS = 60.0
PROJECT = Path(__file__).resolve().parents[2]


class NotReadyError(Exception):
    """The embedded AWS did not answer; the message says where its output is."""


def start_aws(config: Config, *, children: Children) -> "subprocess.Popen[bytes]":
    """Start it and wait until it answers.

    Raises:
        NotReadyError: It ended, or did not answer in time.
    """
    config.folder.mkdir(parents=True, exist_ok=True)
    output = config.folder / "aws.log"
    # Its own calls stay on loopback: no proxy, whatever the caller's environment says.
    inherited = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with output.open("wb") as log:
        child = children.start(
            [sys.executable, "-m", "rehearsal.aws"],
            environment={**inherited, **config.to_environment()},
            folder=PROJECT,
            output=log,
        )
    deadline = time.monotonic() + READY_SECONDS
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < deadline and child.poll() is None:
        try:
            with opener.open(f"{config.endpoint}/_ministack/health", timeout=2):
                return child
        except OSError:
            time.sleep(0.1)
    children.forget(child)
    raise NotReadyError(f"The embedded AWS does not answer on {config.endpoint}; its output is in {output}")
