import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from rehearsal.processes import Children

# Starts a child with a grandchild that ignores SIGTERM, tells both pids, and waits.
PARENT = """
import subprocess, sys, time
from pathlib import Path
from rehearsal.processes import Children
children = Children()
child = children.start(
    ["bash", "-c", "trap '' TERM; sleep 300 & echo $!; wait"],
    environment={"PATH": "/usr/bin:/bin"}, folder=Path("/"), output=subprocess.PIPE,
)
print(child.pid, child.stdout.readline().decode().strip(), flush=True)
time.sleep(300)
"""


def alive(pid: int) -> bool:
    try:
        # A zombie that nobody reaps is not running.
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(*pids: int) -> bool:
    for _ in range(200):
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def test_a_killed_rehearsal_leaves_no_process():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    assert parent.stdout is not None
    child, grandchild = map(int, parent.stdout.readline().split())
    assert alive(child)
    assert alive(grandchild)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    assert wait_until_gone(child, grandchild)


def test_ending_all_ends_the_childrens_children():
    children = Children()
    child = children.start(
        ["bash", "-c", "sleep 300 & echo $!; wait"],
        environment={"PATH": "/usr/bin:/bin"},
        folder=Path("/"),
        output=subprocess.PIPE,
    )
    assert child.stdout is not None
    grandchild = int(child.stdout.readline())
    children.end_all()
    assert wait_until_gone(child.pid, grandchild)
