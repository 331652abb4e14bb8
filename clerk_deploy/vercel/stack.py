"""What Pulumi.<stack>.yaml of pulumi/vercel says. The environment itself is in cdk.json."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from clerk_deploy.errors import Problem, SettingsError
from clerk_deploy.secret_value import SecretValue
from clerk_deploy.settings.model import HttpsUrl, Model, Name, misfit, shaped
from clerk_deploy.settings.words import problem

PROJECT: Final = "clerk-deploy-vercel"
"""Pulumi's name of the project, which begins every key of its configuration."""

SECRETS: Final = ("bypass", "logDrainSecret")
"""Keys that Pulumi keeps encrypted; they are no part of the model."""

NEXT_STEP: Final = "correct Pulumi.<stack>.yaml (`pulumi config`); docs/vercel.md lists every setting"
BYPASS_COMMAND: Final = "openssl rand -hex 16 | pulumi config set --secret bypass"
_BYPASS: Final = re.compile(r"[A-Za-z0-9]{32}")

Region = Annotated[str, shaped(r"[a-z]{3}\d", "a region of Vercel's functions, such as iad1")]
Command = Annotated[str, shaped(r"\S[^\r\n]*", "a command of one line")]


class Variables(Model):
    """Where the contract's values come from: one of the two."""

    file: str | None = Field(default=None, description="A .env file, from pulumi/vercel/; checked first.")
    secrets_manager: bool = Field(
        default=False, description="Read what `clerk-deploy environment push` put into AWS Secrets Manager."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.file is None) != self.secrets_manager:
            raise misfit(
                "give `file` or `secretsManager: true`, one of the two",
                next_step="pulumi config set --path variables.file ../../.env.production",
            )
        return self


class LogDrain(Model):
    """Where Vercel sends the lines of builds and functions (needs the Pro plan)."""

    endpoint: HttpsUrl = Field(description="Takes the lines by POST.")
    format: Literal["json", "ndjson"] = Field(default="ndjson", description="How they are sent.")


class VercelStack(Model):
    """Everything that a stack's file says, its secrets apart."""

    environment: Name | None = Field(default=None, description="Environment of cdk.json; else the stack.")
    settings: str = Field(default="../../cdk.json", description="The settings file, from pulumi/vercel/.")
    variables: Variables = Field(description="Where the contract's values come from.")
    node_version: Literal["22.x", "24.x"] = Field(default="24.x", description="Node.js of build and server.")
    region: Region = Field(default="iad1", description="Where functions run; near Clerk and the backend.")
    build_command: Command = Field(
        default="npm run build", description="Builds the app; the release is put before it."
    )
    protection: Literal["standard_protection_new", "all_deployments", "none"] = Field(
        default="standard_protection_new",
        description="Who may open deployments' own addresses; all but `none` need the secret `bypass`.",
    )
    skew_protection: Literal["30 minutes", "12 hours", "1 day", "7 days"] | None = Field(
        default=None,
        description="How long a loaded page finds the scripts of its own release (needs the Pro plan).",
    )
    log_drain: LogDrain | None = Field(default=None, description="Where lines are sent.")


@dataclass(frozen=True, kw_only=True)
class StackSettings:
    """A stack's configuration, read whole.

    Args:
        stack: What is no secret.
        bypass: Opens protected deployments to verification; None without protection.
        log_drain_secret: Signs what the log drain sends.
    """

    stack: VercelStack
    bypass: SecretValue | None = field(repr=False)
    log_drain_secret: SecretValue | None = field(repr=False)


def parse_stack(config: Mapping[str, str]) -> StackSettings:
    """The settings of a stack's configuration.

    Args:
        config: Pulumi's keys and values, such as `clerk-deploy-vercel:variables`; objects are JSON.

    Raises:
        SettingsError: With every mistake, each named by its path; no secret is in it.
    """
    own = {key.partition(":")[2]: value for key, value in config.items() if key.startswith(f"{PROJECT}:")}
    secrets = {name: SecretValue(own.pop(name)) for name in SECRETS if own.get(name)}
    problems: list[Problem] = []
    stack = None
    try:
        stack = VercelStack.model_validate({name: _decoded(value) for name, value in own.items()})
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        problems += [problem(detail, model=VercelStack) for detail in details]
    bypass = secrets.get("bypass")
    if bypass and not _BYPASS.fullmatch(bypass.reveal()):
        problems.append(_wrong_bypass("it must be 32 letters and digits, as Vercel demands"))
    if stack and stack.protection != "none" and bypass is None:
        problems.append(
            _wrong_bypass(
                f"it is missing: with protection `{stack.protection}` nobody can verify a candidate"
            )
        )
    if stack and stack.log_drain is None and "logDrainSecret" in secrets:
        problems.append(
            Problem(
                where="logDrainSecret",
                expected="there is no log drain that it could sign for",
                next_step="pulumi config set --path logDrain.endpoint https://..., or remove it: "
                "pulumi config rm logDrainSecret",
            )
        )
    if stack is None or problems:
        raise SettingsError(
            "The stack's configuration cannot be used.", problems=problems, next_step=NEXT_STEP
        )
    return StackSettings(stack=stack, bypass=bypass, log_drain_secret=secrets.get("logDrainSecret"))


def _wrong_bypass(expected: str) -> Problem:
    return Problem(where="bypass", expected=expected, next_step=BYPASS_COMMAND)


def _decoded(value: str) -> Any:
    """Pulumi hands objects, lists and booleans over as JSON, and texts as they are."""
    try:
        decoded = json.loads(value)
    except ValueError:
        return value
    return decoded if isinstance(decoded, dict | list | bool) else value
