"""An image registry for a run: Debian's docker-registry with a login, over TLS by the run's own authority."""

import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import trustme

from clerk_deploy.containers.docker import login_folder, run_command
from clerk_deploy.secret_value import SecretValue
from rehearsal.ports import free_port

USERNAME = "deployer"
PASSWORD = "registry0password0of0a0rehearsal"
PATH = "your-org"
PATIENCE_SECONDS = 20.0


@dataclass(kw_only=True)
class ImageRegistry:
    """A registry; a context.

    Args:
        folder: Where its files go.
        address: The address that it listens on.
    """

    folder: Path
    address: str

    def __enter__(self) -> "ImageRegistry":
        """Start it and wait until it answers."""
        self.folder.mkdir(parents=True)
        self.server = f"{self.address}:{free_port()}"
        self._authority = trustme.CA(organization_name="clerk-deploy rehearsal")
        self._write()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.stop()

    @property
    def path(self) -> str:
        """What the names of its images begin with: the setting `registry.address`."""
        return f"{self.server}/{PATH}"

    def name_of(self, image: str) -> str:
        """What an image is called here."""
        return f"{self.path}/{image.rpartition('/')[2]}"

    def start(self) -> None:
        """Start it, with what was pushed before."""
        # It ends with this process, also where that is killed.
        bound = ["setpriv", "--pdeathsig", "SIGKILL"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*bound, "docker-registry", "serve", str(self.folder / "config.yml")],
                stdout=log,
                stderr=log,
                env={"PATH": os.environ["PATH"]},
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while b"listening on" not in (self.folder / "log").read_bytes():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text()[-600:])
            time.sleep(0.05)

    def stop(self) -> None:
        """End it; what was pushed stays for the next start."""
        self._process.terminate()
        self._process.wait(timeout=PATIENCE_SECONDS)
        (self.folder / "log").unlink(missing_ok=True)

    def trust(self, folder: Path) -> None:
        """Let an engine trust this registry.

        Args:
            folder: The engine's folder `certs.d`.
        """
        (folder / self.server).mkdir(parents=True)
        self._authority.cert_pem.write_to_path(str(folder / self.server / "ca.crt"))

    def command(self, host: str, *words: str) -> str:
        """Run Docker's command line with this registry's login.

        Args:
            host: The engine.
            words: What to do.
        """
        with login_folder(self.server, username=USERNAME, password=SecretValue(PASSWORD)) as folder:
            return run_command(["docker", "--config", folder, "--host", host, *words])

    def _write(self) -> None:
        leaf = self._authority.issue_cert(self.address)
        leaf.private_key_pem.write_to_path(str(self.folder / "key.pem"))
        leaf.cert_chain_pems[0].write_to_path(str(self.folder / "cert.pem"))
        # The registry reads bcrypt alone.
        made = subprocess.run(
            ["htpasswd", "-niB", USERNAME], input=PASSWORD, capture_output=True, text=True, check=True
        )
        (self.folder / "users").write_text(made.stdout, encoding="utf-8")
        config = {
            "version": "0.1",
            "storage": {"filesystem": {"rootdirectory": str(self.folder / "images")}},
            "http": {
                "addr": self.server,
                "secret": "rehearsal",
                "tls": {
                    "certificate": str(self.folder / "cert.pem"),
                    "key": str(self.folder / "key.pem"),
                },
            },
            "auth": {"htpasswd": {"realm": "rehearsal", "path": str(self.folder / "users")}},
        }
        # JSON is YAML.
        (self.folder / "config.yml").write_text(json.dumps(config), encoding="utf-8")
