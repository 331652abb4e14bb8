"""An ssh server on loopback with keys made for the run: the way to an engine that `ssh://` names."""

import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rehearsal.ports import free_port

TOOLS = ("sshd", "ssh", "ssh-keygen")
PATIENCE_SECONDS = 10.0


def sshd_problem() -> str | None:
    """Why there is no ssh server here; None when there can be one."""
    if os.geteuid() != 0:
        return "an ssh server that logs users in needs root"
    missing = [name for name in TOOLS if shutil.which(name) is None]
    return f"{', '.join(missing)} not on the PATH (rehearsal/containers/machines.sh)" if missing else None


@dataclass(kw_only=True)
class SshServer:
    """A server; a context.

    OpenSSH's client looks for its files in the user's home, whatever HOME says: a folder with an `ssh` that
    names this run's files instead goes in front of the PATH.
    """

    def __enter__(self) -> "SshServer":
        """Start it and wait until it listens."""
        self._folder = Path(tempfile.mkdtemp(prefix="clerk-deploy-ssh-"))
        self.port = free_port()
        for name in ("host", "user", "stranger"):
            key = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self._folder / name)]
            subprocess.run(key, check=True, capture_output=True)
        shutil.copy(self._folder / "user.pub", self._folder / "authorized_keys")
        self.bin.mkdir()
        command = self.bin / "ssh"
        command.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {self._folder / "client"} "$@"\n')
        command.chmod(0o755)
        self.use()
        Path("/run/sshd").mkdir(exist_ok=True)
        self._process = self._start()
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(timeout=PATIENCE_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def host(self) -> str:
        """The engine behind it, as a stack's file names it."""
        return f"ssh://root@127.0.0.1:{self.port}"

    @property
    def bin(self) -> Path:
        """The folder that goes in front of the PATH."""
        return self._folder / "bin"

    def bin_first(self) -> str:
        """A PATH with this run's `ssh` in front."""
        return f"{self.bin}{os.pathsep}{os.environ['PATH']}"

    def use(self, *, key: str = "user", known: bool = True) -> None:
        """Say what the client has.

        Args:
            key: `user`, or `stranger`, which the server does not accept.
            known: Whether the server's key is known.
        """
        public = (self._folder / "host.pub").read_text()
        hosts = f"[127.0.0.1]:{self.port} {public}" if known else ""
        (self._folder / "known_hosts").write_text(hosts, encoding="utf-8")
        (self._folder / "client").write_text(
            f"IdentityFile {self._folder / key}\nIdentitiesOnly yes\nIdentityAgent none\n"
            f"UserKnownHostsFile {self._folder / 'known_hosts'}\nGlobalKnownHostsFile /dev/null\n",
            encoding="utf-8",
        )

    def _start(self) -> subprocess.Popen[bytes]:
        options = {
            "Port": self.port,
            "ListenAddress": "127.0.0.1",
            "HostKey": self._folder / "host",
            "AuthorizedKeysFile": self._folder / "authorized_keys",
            "PidFile": "none",
            "PermitRootLogin": "prohibit-password",
            "PasswordAuthentication": "no",
            "KbdInteractiveAuthentication": "no",
            "StrictModes": "no",
        }
        words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        with (self._folder / "log").open("wb") as log:
            # It starts itself anew for each connection, and therefore wants its whole path.
            command = [str(shutil.which("sshd")), "-D", "-e", "-f", "/dev/null", *words]
            return subprocess.Popen(command, stdout=log, stderr=log)

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while b"listening on" not in (self._folder / "log").read_bytes():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError((self._folder / "log").read_text()[-600:])
            time.sleep(0.05)
