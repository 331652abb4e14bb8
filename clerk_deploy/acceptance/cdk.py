"""The CDK's command line on a folder of its own, whose cdk.json knows the throw-away environment alone."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from clerk_deploy.errors import CheckFailedError, UnusableInputError
from clerk_deploy.secret_value import SecretValue

PROJECT: Final = Path(__file__).resolve().parents[2]
ASSEMBLY: Final = "cdk.out"
TAIL_LINES: Final = 20
GRACE_SECONDS: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class Cdk:
    """The pinned CDK CLI.

    Args:
        program: The CLI.
        folder: Its folder, with a cdk.json.
        profile: Profile of AWS's configuration.
        environ: Its variables.
    """

    program: Path
    folder: Path
    profile: str | None
    environ: Mapping[str, str]

    @property
    def log(self) -> Path:
        """Everything that it printed."""
        return self.folder / "cdk.log"

    def synth(self, environment: str) -> Path:
        """Make the templates.

        Returns:
            The folder of the environment's templates.

        Raises:
            CheckFailedError: It failed.
        """
        self._run(["synth", f"{environment}/*", "--quiet", "--output", ASSEMBLY])
        return self.folder / ASSEMBLY / f"assembly-{environment}"

    def deploy(self, stacks: str) -> None:
        """Deploy stacks as they were synthesised.

        Args:
            stacks: Such as `acceptance/*`.

        Raises:
            CheckFailedError: It failed.
        """
        self._run(["deploy", stacks, "--app", ASSEMBLY, "--require-approval", "never"])

    def _run(self, words: Sequence[str]) -> None:
        profile = ["--profile", self.profile] if self.profile else []
        command = [str(self.program), *words, *profile, "--no-notices", "--ci"]
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ {shlex.join(command)}\n")
            log.flush()
            # a group of its own: Ctrl-C is for this process, which ends it and tears down
            child = subprocess.Popen(
                command,
                cwd=self.folder,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                code = child.wait()
            except BaseException:
                _end(child)
                raise
        if code != 0:
            tail = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-TAIL_LINES:]
            raise CheckFailedError(
                SecretValue.hide_in("\n".join([f"`cdk {' '.join(words[:2])}` ended with {code}:", *tail])),
                next_step=f"its whole output is in {self.log}",
            )


def _end(child: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
        try:
            child.wait(timeout=GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def prepare_cdk(
    folder: Path, *, settings_path: Path, context: Mapping[str, Any], profile: str | None, region: str
) -> Cdk:
    """A folder for the CDK CLI.

    Args:
        folder: Made when missing.
        settings_path: The project's cdk.json, whose other keys are kept.
        context: The context that replaces its own.
        profile: Profile of AWS's configuration.
        region: AWS region.

    Raises:
        UnusableInputError: The CDK CLI or the project's app is not there.
    """
    places = (settings_path.resolve().parent, PROJECT)
    app = _first([place / "app.py" for place in places], what="app.py")
    found = shutil.which("cdk")
    programs = [place / "node_modules" / ".bin" / "cdk" for place in places]
    program = _first([*programs, *([Path(found)] if found else [])], what="CDK command line")
    document = json.loads(settings_path.read_text(encoding="utf-8-sig"))
    document |= {"app": shlex.join([sys.executable, str(app)]), "context": context}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cdk.json").write_text(json.dumps(document, indent=2), encoding="utf-8")
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    environ = {**os.environ, "PATH": path, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    return Cdk(program=program, folder=folder, profile=profile, environ=environ)


def _first(paths: Sequence[Path], *, what: str) -> Path:
    for path in paths:
        if path.is_file():
            return path
    raise UnusableInputError(
        f"There is no {what} beside cdk.json nor in {PROJECT}.",
        next_step="run this in the project's folder; bin/install brings the CDK",
    )
