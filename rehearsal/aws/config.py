"""What the embedded AWS is told when it starts."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

VARIABLE = "REHEARSAL_AWS"


@dataclass(frozen=True, kw_only=True)
class Config:
    """Configuration of the embedded AWS, handed over in one environment variable.

    Args:
        account: The account that everything happens in.
        region: Its one region.
        port: The port of the AWS endpoint on loopback.
        sites_port: The port that serves Amplify's branches, chosen by the Host header.
        folder: Where builds, deployments and logs go.
        cache: Where Amplify's build caches are kept between rehearsals.
        app_environment: Variables that lead a build and an app to the rehearsal's world (proxy, CA).
        hosted_zone: Id and name of the Route 53 zone that the account has beforehand.
        time_scale: How many seconds of AWS pass in one second here.
    """

    account: str
    region: str
    port: int
    sites_port: int
    folder: Path
    cache: Path
    app_environment: Mapping[str, str]
    hosted_zone: tuple[str, str] | None = None
    time_scale: float = 1.0

    @property
    def endpoint(self) -> str:
        """The AWS endpoint; `localhost`, since the SDKs put account ids before it."""
        return f"http://localhost:{self.port}"

    def to_environment(self) -> dict[str, str]:
        """The variables that a child process needs to read this configuration again."""
        return {VARIABLE: json.dumps(asdict(self), default=str)}

    @classmethod
    def from_environment(cls) -> "Config":
        """The configuration that the parent process wrote."""
        values = json.loads(os.environ[VARIABLE])
        return cls(**{**values, "folder": Path(values["folder"]), "cache": Path(values["cache"])})
