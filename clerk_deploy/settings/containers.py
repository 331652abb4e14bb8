"""What Pulumi.<stack>.yaml says: the engine's own settings. The environment itself is in cdk.json."""

import difflib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from clerk_deploy.errors import Problem, SettingsError
from clerk_deploy.secret_value import secret_shape
from clerk_deploy.settings.model import EmailAddress, HttpsUrl, Model, Name, misfit, shaped
from clerk_deploy.settings.words import problem

PROJECT = "clerk-deploy"
"""Pulumi's name of the project, which begins every key of its configuration."""

SECRETS = ("tokens", "registryPassword")
"""Keys that Pulumi keeps encrypted; they are read apart, and never as part of these models."""

NEXT_STEP = "correct Pulumi.<stack>.yaml (`pulumi config`); docs/containers.md lists every setting"

EngineHost = Annotated[
    str,
    shaped(
        r"unix:///\S+|ssh://[^\s/]+|tcp://127\.0\.0\.1:\d+",
        "unix:///var/run/docker.sock or ssh://user@host (a TCP port is reached by everybody; use ssh)",
    ),
]
ImageName = Annotated[
    str, shaped(r"[a-z0-9][\w./:@-]*", "an image's name with its tag, such as node:22-bookworm-slim")
]
PinnedImage = Annotated[
    str,
    shaped(
        r"sha256:[0-9a-f]{64}|[a-z0-9][\w./:-]*@sha256:[0-9a-f]{64}",
        "an image's id (sha256:...) or a name with its digest (NAME@sha256:...): a tag can move",
    ),
]
Commit = Annotated[str, shaped(r"[0-9a-f]{40}", "the 40 characters of `git rev-parse HEAD`")]
Address = Annotated[str, shaped(r"[0-9a-fA-F.:]+(?:/\d{1,3})?", "an address or range, such as 10.0.0.0/8")]


def _as_text(value: Any) -> Any:
    """`pulumi config set --path` makes a number of 1, and cannot be told otherwise."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


Text = Annotated[str, BeforeValidator(_as_text)]
Port = Annotated[int, Field(ge=1, le=65_535)]


class EngineSettings(Model):
    """The Docker engine that everything runs on."""

    host: EngineHost = Field(
        default="unix:///var/run/docker.sock", description="The engine's socket, or ssh://user@host."
    )
    platform: Literal["linux/amd64", "linux/arm64"] = Field(
        default="linux/amd64", description="The nodes' architecture; images are built for it."
    )
    endpoint_mode: Literal["vip", "dnsrr"] = Field(
        default="dnsrr",
        description="How Swarm's own names resolve. `dnsrr` needs no IPVS in the kernel; the edge finds the "
        "tasks by name in both.",
    )


class RegistrySettings(Model):
    """A registry between the machine that builds and the nodes that run; needed on more than one machine."""

    address: ImageName = Field(description="The registry's host and path, such as ghcr.io/your-org.")
    username: str = Field(min_length=1, description="Who logs in, with the secret registryPassword.")


class ImageSettings(Model):
    """How the application's image is built."""

    source: str = Field(default="../web", description="The application's folder, from pulumi/.")
    node_image: ImageName = Field(
        default="node:22-bookworm-slim", description="Base image with Node.js 22 or newer."
    )


class VariableSettings(Model):
    """Where the contract's values come from: one of the two."""

    file: str | None = Field(default=None, description="A .env file, from pulumi/; it is checked first.")
    previous_file: str | None = Field(
        default=None,
        description="The .env file from before a change of the Clerk instance, for as long as a release of "
        "that instance may be rolled back to.",
    )
    secrets_manager: bool = Field(
        default=False, description="Read what `clerk-deploy environment push` put into AWS Secrets Manager."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.file is None) != self.secrets_manager:
            raise misfit(
                "give `file` or `secretsManager: true`, one of the two",
                next_step="pulumi config set --path variables.file ../.env.production",
            )
        return self


class ReleaseSettings(Model):
    """Which release runs; left out, it is built from the source's commit."""

    commit: Commit | None = Field(default=None, description="The source's commit, where there is no git.")
    image: PinnedImage | None = Field(
        default=None, description="An image that was built before: nothing is built. A rollback sets it."
    )
    name: str | None = Field(default=None, description="The name of that image's release, COMMIT-REVISION.")

    @model_validator(mode="after")
    def _named_image(self) -> Self:
        if (self.image is None) != (self.name is None):
            raise misfit("`image` and `name` go together", next_step="remove both to build from the source")
        return self


class Resources(Model):
    """What a task may use."""

    cpus: float = Field(default=1.0, ge=0.1, le=64.0, description="Processors of a task.")
    memory_mib: int = Field(default=512, ge=64, le=65_536, description="Memory of a task in MiB.")


class AppSettings(Model):
    """The application's service."""

    replicas: int = Field(default=2, ge=2, le=100, description="Tasks; with one, a crash is an outage.")
    parallelism: int = Field(
        default=0,
        ge=0,
        le=100,
        description="Tasks that an update replaces at a time; 0 means all.",
    )
    monitor_seconds: int = Field(
        default=10, ge=5, le=3600, description="How long a new task is watched for a crash before it counts."
    )
    health_seconds: int = Field(
        default=2, ge=1, le=60, description="Seconds between health checks; an update waits for the first."
    )
    start_seconds: int = Field(
        default=30, ge=5, le=600, description="How long a task may take to be healthy for the first time."
    )
    stop_seconds: int = Field(
        default=20, ge=5, le=600, description="How long a stopped task may finish its requests."
    )
    resources: Resources = Field(default=Resources(), description="Limits of a task.")
    constraints: tuple[str, ...] = Field(
        default=(), description="Swarm's placement constraints, such as node.labels.app==true."
    )
    environment: dict[str, Text] = Field(
        default={},
        description="More variables of the running tasks, such as a proxy; no secret, everybody on the "
        "engine reads them.",
    )

    @field_validator("environment")
    @classmethod
    def _no_secrets(cls, value: dict[str, str]) -> dict[str, str]:
        for name, text in value.items():
            if kind := secret_shape(text):
                raise misfit(f"it holds {kind}", at=name, next_step="declare it as a secret in cdk.json")
        return value


class EdgeSettings(Model):
    """The Caddy service in front."""

    image: ImageName = Field(default="caddy:2.10-alpine", description="Caddy 2.6 or newer with a shell.")
    publish: Literal["host", "ingress"] = Field(
        default="host",
        description="`host` binds the edge nodes' own ports and sees the clients' addresses; `ingress` is "
        "Swarm's mesh, needs IPVS, and hides them.",
    )
    http_port: Port = Field(default=80, description="Published port for HTTP, which redirects.")
    https_port: Port = Field(default=443, description="Published port for HTTPS.")
    http3: bool = Field(default=True, description="Publish the HTTPS port for UDP too.")
    certificates: Literal["acme", "internal"] = Field(
        default="acme",
        description="`acme` asks Let's Encrypt; `internal` is Caddy's own authority, behind a CDN or in "
        "rehearsal.",
    )
    acme_email: EmailAddress | None = Field(default=None, description="Who is told about certificates.")
    acme_directory: HttpsUrl | None = Field(
        default=None, description="Another ACME authority than the image's default."
    )
    constraint: str = Field(
        default="node.role==manager",
        description="The nodes that the edge runs on; label them on several machines: "
        "node.labels.edge==true.",
    )
    nodes: int = Field(default=1, ge=1, le=20, description="How many nodes fit; each runs one task.")
    trusted_proxies: tuple[Address, ...] = Field(
        default=(),
        description="A CDN's addresses: only from them X-Forwarded-For is believed (needs Caddy 2.8).",
    )
    response_seconds: int | None = Field(
        default=None,
        ge=1,
        le=300,
        description="How long the app may take to begin an answer. Below 15 a GET is then asked of another "
        "task, as when a machine dies with it; a longer one is a 504.",
    )
    resources: Resources = Field(default=Resources(memoryMib=256), description="Limits of a task.")


class LogDriverSettings(Model):
    """Where the containers' output goes."""

    driver: Literal["json-file", "local", "journald", "awslogs", "syslog", "fluentd"] = Field(
        default="json-file", description="Docker's log driver."
    )
    options: dict[str, Text] = Field(
        default={"max-size": "20m", "max-file": "5"}, description="The driver's options."
    )

    @model_validator(mode="after")
    def _awslogs_group_and_streams(self) -> Self:
        if self.driver == "awslogs" and "awslogs-group" not in self.options:
            raise misfit("it must name the group that Monitoring watches: awslogs-group", at="options")
        if self.driver == "awslogs" and {"tag", "awslogs-stream"} & set(self.options):
            raise misfit("each container has a stream of its name: no tag, no awslogs-stream", at="options")
        return self


class VolumeSettings(Model):
    """The volume with the static files of the last releases."""

    driver: str = Field(default="local", description="Docker's volume driver.")
    options: dict[str, Text] = Field(
        default={},
        description="The driver's options, such as an NFS export that all machines share.",
    )


class ContainerSettings(Model):
    """Everything that a stack's file says, its secrets apart."""

    environment: Name | None = Field(default=None, description="Environment of cdk.json; else the stack.")
    settings: str = Field(default="../cdk.json", description="The settings file, from pulumi/.")
    variables: VariableSettings = Field(description="Where the contract's values come from.")
    engine: EngineSettings = Field(default=EngineSettings(), description="The Docker engine.")
    registry: RegistrySettings | None = Field(default=None, description="A registry; none on one machine.")
    image: ImageSettings = Field(default=ImageSettings(), description="How the image is built.")
    release: ReleaseSettings = Field(default=ReleaseSettings(), description="Which release runs.")
    app: AppSettings = Field(default=AppSettings(), description="The application's service.")
    edge: EdgeSettings = Field(default=EdgeSettings(), description="The Caddy service in front.")
    log: LogDriverSettings = Field(default=LogDriverSettings(), description="Where output goes.")
    releases: VolumeSettings = Field(default=VolumeSettings(), description="Files of the last releases.")

    @field_validator("settings")
    @classmethod
    def _no_home(cls, value: str) -> str:
        if value.startswith("~"):
            raise misfit("`~` is a shell's: write the path out", next_step="give a path from pulumi/")
        return value


def parse_container_settings(config: Mapping[str, str]) -> ContainerSettings:
    """The settings of a stack's configuration, secrets left out.

    Args:
        config: Pulumi's keys and values, such as `clerk-deploy:app`; objects are JSON.

    Raises:
        SettingsError: With every mistake, each named by its path.
    """
    own = {key.partition(":")[2]: value for key, value in config.items() if key.startswith(f"{PROJECT}:")}
    strangers = [key for key in config if _is_misspelt_project(key)]
    values = {name: _decoded(value) for name, value in own.items() if name not in SECRETS}
    problems = [_stranger(key) for key in strangers]
    try:
        settings = ContainerSettings.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        problems += [problem(detail, model=ContainerSettings) for detail in details]
    if problems:
        raise SettingsError(
            "The stack's configuration cannot be used.", problems=problems, next_step=NEXT_STEP
        )
    return settings


def _decoded(value: str) -> Any:
    """Pulumi hands objects, lists, numbers and booleans over as JSON, and texts as they are."""
    try:
        decoded = json.loads(value)
    except ValueError:
        return value
    # A text of digits alone is a text where a text is wanted: pydantic decides.
    return decoded if isinstance(decoded, dict | list | bool) else value


def _is_misspelt_project(key: str) -> bool:
    project = key.partition(":")[0]
    return project != PROJECT and bool(difflib.get_close_matches(project, [PROJECT], n=1, cutoff=0.8))


def _stranger(key: str) -> Problem:
    return Problem(
        where=key,
        expected=f"the project's name is {PROJECT}",
        next_step=f"rename it to {PROJECT}:{key.partition(':')[2]}",
    )
