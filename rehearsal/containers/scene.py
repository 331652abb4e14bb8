"""One environment on this machine's engine: the tiny application and the files that it is deployed from."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clerk_deploy.containers.release import Release
from clerk_deploy.containers.values import values_of_file
from clerk_deploy.settings import load_settings
from rehearsal.commands import PROJECT
from rehearsal.ports import free_port

NODE_IMAGE = "clerk-deploy/node:22"
EDGE_IMAGE = "clerk-deploy/caddy:2"
SCRIPTS = ("start.mjs", "healthcheck.mjs", "releases.mjs")
ENVIRONMENT = "production"
SECRET_KEY = "sk_live_rehearsal0rehearsal0rehearsal0rehearsal0ab"
TOKEN_KEY = "rehearsal0rehearsal0rehearsal0rehearsal0"


@dataclass(kw_only=True)
class Scene:
    """Files and settings of one environment.

    Args:
        folder: Where everything is written.
        application: Begins every name on the engine.
        http_port: The edge's port for HTTP.
        https_port: The edge's port for HTTPS.
        domain: The site's.
        declared: More settings of the environment, as cdk.json has them.
        settings_over: Settings of the engine that are this environment's own, by name.
    """

    folder: Path
    application: str = "yourapp"
    http_port: int = field(default_factory=free_port)
    https_port: int = field(default_factory=free_port)
    domain: str = "yourapp.com"
    declared: Mapping[str, Any] = field(default_factory=dict)
    settings_over: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Write the settings, the variables and the application."""
        self.app.mkdir(parents=True)
        shutil.copytree(PROJECT / "rehearsal" / "containers" / "tiny", self.app, dirs_exist_ok=True)
        (self.app / "scripts").mkdir()
        for name in SCRIPTS:
            shutil.copy(PROJECT / "web" / "scripts" / name, self.app / "scripts" / name)
        self.behave("well")
        environment = {
            "host": "containers",
            "domain": self.domain,
            "repository": "https://github.com/your-org/yourapp",
            **self.declared,
        }
        context = {"application": self.application, "environments": {ENVIRONMENT: environment}}
        self.settings.write_text(json.dumps({"context": context}), encoding="utf-8")
        self.write_variables()

    @property
    def app(self) -> Path:
        """The application's folder."""
        return self.folder / "app"

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.folder / "cdk.json"

    @property
    def variables(self) -> Path:
        """The file with the contract's values."""
        return self.folder / ".env.production"

    @property
    def prefix(self) -> str:
        """What every name on the engine begins with."""
        return f"{self.application}-{ENVIRONMENT}"

    def behave(self, behaviour: str) -> None:
        """Say how the next build behaves: `well`, `never-healthy`, `crashing` or `failing`."""
        (self.app / "behaviour").write_text(behaviour, encoding="utf-8")

    def write_variables(self, *, secret_key: str = SECRET_KEY) -> None:
        """Write the file with the contract's values."""
        values = {
            "CLERK_SECRET_KEY": secret_key,
            "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY": "pk_live_Y2xlcmsueW91cmFwcC5jb20k",
            "NEXT_PUBLIC_API_BASE_URL": "https://api.yourapp.com",
            "NEXT_PUBLIC_TENANT_ID": "tenant_production_001",
            "NEXT_PUBLIC_APP_URL": f"https://{self.domain}",
        }
        self.variables.touch(mode=0o600)
        self.variables.write_text("".join(f"{name}={value}\n" for name, value in values.items()))

    def release(self, commit: str) -> Release:
        """The release of a commit with the values as they are."""
        environment = load_settings(self.settings).environments[ENVIRONMENT]
        values = values_of_file(self.variables, previous=None, environment=ENVIRONMENT, settings=environment)
        return Release(commit=commit, revision=values.revision)

    def config(self, *, release: Mapping[str, Any], **more: Mapping[str, Any]) -> dict[str, Any]:
        """The stack's configuration.

        Args:
            release: The setting `release`.
            more: Settings over the usual ones, by name.
        """
        usual: dict[str, dict[str, Any]] = {
            "variables": {"file": str(self.variables)},
            "image": {"source": str(self.app), "nodeImage": NODE_IMAGE},
            "app": {"monitorSeconds": 5, "healthSeconds": 1, "startSeconds": 10},
            "edge": {
                "image": EDGE_IMAGE,
                "certificates": "internal",
                "httpPort": self.http_port,
                "httpsPort": self.https_port,
            },
        }
        layers = (usual, self.settings_over, more)
        merged = {
            name: {key: value for layer in layers for key, value in layer.get(name, {}).items()}
            for name in dict.fromkeys(name for layer in layers for name in layer)
        }
        return {"settings": str(self.settings), **merged, "release": dict(release)}
