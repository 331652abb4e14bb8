"""How long `python app.py` takes against a CDK app of one bucket: `.venv/bin/python -m bench.synth [ROUNDS]`.

The three take turns in one run, since a machine's speed changes more between runs than within one.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ONE_BUCKET = [sys.executable, str(HERE / "one_bucket.py")]
EVERYTHING = [sys.executable, str(HERE.parent / "app.py")]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One thing that is timed.

    Args:
        title: What to call it.
        command: What to run.
        environ: Variables on top of the process's own.
        seconds: What was measured so far.
    """

    title: str
    command: list[str]
    environ: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The median of what was measured, in seconds."""
        return statistics.median(self.seconds)


def measure(cases: list[Case], *, rounds: int) -> None:
    """Run the cases in turn and note how long each took.

    Args:
        cases: What to run.
        rounds: How often.
    """
    ignored = ("CDK_", "JSII_", "PYTHONDONTWRITEBYTECODE")  # without bytecode, compiling would be measured
    base = {key: value for key, value in os.environ.items() if not key.startswith(ignored)}
    base["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), base.get("PATH", os.defpath)))
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for number, case in enumerate(cases):
                environ = {**base, **case.environ, "CDK_OUTDIR": str(Path(folder) / str(number))}
                started = time.perf_counter()
                subprocess.run(case.command, env=environ, check=True, stderr=subprocess.DEVNULL)
                case.seconds.append(time.perf_counter() - started)


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    everything = Case(title="all stacks, every environment", command=EVERYTHING)
    bucket = Case(title="one bucket, as the CDK comes", command=ONE_BUCKET)
    floor = Case(title="one bucket, no validator", command=ONE_BUCKET, environ={"CDK_VALIDATION": "false"})
    cases = [everything, bucket, floor]
    measure(cases, rounds=1)  # fills jsii's cache
    for case in cases:
        case.seconds.clear()
    measure(cases, rounds=rounds)
    for case in cases:
        sys.stdout.write(f"{case.median:6.2f} s  {case.title}\n")
    sys.stdout.write(f"{everything.median / bucket.median:6.2f}    all stacks / one bucket\n")
    sys.stdout.write(f"{everything.median / floor.median:6.2f}    all stacks / the floor\n")


if __name__ == "__main__":
    main()
