"""Running the tools that a person would run: the CDK CLI and clerk-deploy."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PAST_THE_PROXY = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
"""For the CDK CLI: its proxy agent sends the head of an upload over 2 MB (`Expect: 100-continue`) twice."""
TAIL_LINES = 25


class CommandFailedError(Exception):
    """A command ended with an error; the message has the end of its output."""


@dataclass(frozen=True, kw_only=True)
class Commands:
    """Runs commands in the project's folder, their output in one file.

    Args:
        environment: The rehearsal's world: endpoint, proxy, certificates, credentials.
        output: The file that all output goes to.
        assembly: Where the CDK puts the templates.
        project: The folder with the cdk.json that the tools read.
    """

    environment: Mapping[str, str]
    output: Path
    assembly: Path
    project: Path = PROJECT

    def cdk(self, *words: str) -> None:
        """The pinned CDK CLI.

        Raises:
            CommandFailedError: It ended with an error.
        """
        self._run([str(PROJECT / "node_modules" / ".bin" / "cdk"), *words, "--no-notices"], **PAST_THE_PROXY)

    def bootstrap(self, *, account: str, region: str) -> None:
        """`cdk bootstrap`; away from the project, since it needs no app."""
        words = ["bootstrap", f"aws://{account}/{region}", "--no-notices"]
        self._run([str(PROJECT / "node_modules" / ".bin" / "cdk"), *words], folder=self.output.parent)

    def deploy(self, *stacks: str) -> None:
        """`cdk deploy` of stacks such as `production/Edge`."""
        self.cdk("deploy", *stacks, "--require-approval", "never", "--output", str(self.assembly))

    def clerk_deploy(self, *words: str, stdin: str = "") -> str:
        """The project's own command line.

        Returns:
            What it printed on standard output.

        Raises:
            CommandFailedError: It ended with an error.
        """
        return self._run([str(Path(sys.executable).parent / "clerk-deploy"), *words], stdin=stdin)

    def attempt(self, *words: str) -> int:
        """The project's own command line, where an end that is not good is expected too.

        Returns:
            Its exit code.
        """
        return self._done([str(Path(sys.executable).parent / "clerk-deploy"), *words]).returncode

    def _run(
        self, command: Sequence[str], *, stdin: str = "", folder: Path | None = None, **environment: str
    ) -> str:
        done = self._done(command, stdin=stdin, folder=folder, **environment)
        if done.returncode != 0:
            tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-TAIL_LINES:])
            name = " ".join([Path(command[0]).name, *command[1:3]])
            raise CommandFailedError(f"`{name}` ended with {done.returncode}:\n{tail}")
        return done.stdout

    def _done(
        self, command: Sequence[str], *, stdin: str = "", folder: Path | None = None, **environment: str
    ) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            command,
            env={**self.environment, **environment},
            cwd=folder or self.project,
            input=stdin,
            capture_output=True,
            text=True,
        )
        with self.output.open("a", encoding="utf-8") as file:
            file.write(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}\n")
        return done
