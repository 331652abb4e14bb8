"""What the world is told when it starts."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

VARIABLE = "REHEARSAL_WORLD"


@dataclass(frozen=True, kw_only=True)
class WorldConfig:
    """Configuration of the world, handed over in one environment variable.

    Args:
        domains: The site's host names.
        frontend_host: Clerk's Frontend API.
        backend_host: The other team's backend.
        organizations: Slugs of the tenants' organizations at Clerk.
        secret_key: Clerk's secret key.
        github_token: The token that GitHub accepts.
        repository: OWNER/NAME of the application's repository.
        bare_repository: The bare git repository that stands for it.
        aws_endpoint: The embedded AWS.
        account: The account that the edge's distribution is in.
        region: The region of that account's resources.
        sites_port: Where the embedded AWS serves Amplify's branches.
        proxy_port: Where the forward proxy is to listen.
        https_port: Where the TLS server behind it is to listen.
        folder: Where certificates and the ready file go.
        time_scale: How many seconds of AWS pass in one second here.
        packages: Where the scripts of Clerk's components are kept between runs.
    """

    domains: tuple[str, ...]
    frontend_host: str
    backend_host: str
    organizations: tuple[str, ...]
    secret_key: str = field(repr=False)
    github_token: str = field(repr=False)
    repository: str
    bare_repository: Path
    aws_endpoint: str
    account: str
    region: str
    sites_port: int
    proxy_port: int
    https_port: int
    folder: Path
    time_scale: float = 1.0
    packages: Path | None = None

    @property
    def ready_file(self) -> Path:
        """Written when everything listens: the certificate authority's key hash is in it."""
        return self.folder / "ready.json"

    def to_environment(self) -> dict[str, str]:
        """The variables that a child process needs to read this configuration again."""
        return {VARIABLE: json.dumps(asdict(self), default=str)}

    @classmethod
    def from_environment(cls) -> "WorldConfig":
        """The configuration that the parent process wrote."""
        values = json.loads(os.environ[VARIABLE])
        paths = {
            name: Path(values[name]) for name in ("bare_repository", "folder", "packages") if values[name]
        }
        tuples = {name: tuple(values[name]) for name in ("domains", "organizations")}
        return cls(**{**values, **paths, **tuples})
