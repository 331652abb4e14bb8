"""Where a verification's values come from: AWS, a Pulumi stack, a .env file, or nothing but a URL."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clerk_deploy.cli.context import Context
from clerk_deploy.environment.secrets_document import SecretsDocument
from clerk_deploy.errors import DeployError, Problem, SettingsError, UnusableInputError
from clerk_deploy.secret_value import SecretValue
from clerk_deploy.verification.load import make_target, parse_smoke, waivers
from clerk_deploy.verification.report import Waiver
from clerk_deploy.verification.target import Target

if TYPE_CHECKING:
    from clerk_deploy.cli.context import Target as Environment


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What a person named.

    Args:
        url: The site's address.
        env_file: A .env file with variables and secrets.
        smoke: A JSON file with smoke users.
        no_aws: Ask AWS for nothing.
    """

    url: str | None
    env_file: Path | None
    smoke: Path | None
    no_aws: bool


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """What a run needs.

    Args:
        target: What is verified.
        waivers: Of the settings.
        aws: Makes AWS clients; None where AWS is not asked.
    """

    target: Target
    waivers: tuple[Waiver, ...] = ()
    aws: Callable[[str], Any] | None = None


def gather(context: Context, sources: Sources) -> Gathered:
    """The target of a run.

    Args:
        context: The command's.
        sources: What a person named.

    Raises:
        DeployError: The settings, a file or AWS's answer cannot be used.
    """
    if sources.url is not None and context.environment is None:
        return Gathered(target=_without_settings(sources))
    environment = context.target()
    document = environment.settings.verification.model_dump(by_alias=True, mode="json")
    _require_known(waivers(document), environment.name)
    stored = _Stored.read(context, environment, sources)
    target = make_target(
        url=_address(sources.url) if sources.url else environment.settings.url,
        domains=() if sources.url else environment.settings.domains[1:],
        verification=document,
        variables=stored.variables,
        secrets=stored.secrets,
        smoke=stored.smoke,
        cnames=[each.model_dump() for each in environment.settings.clerk.cnames],
        alarms_prefix=f"{environment.names.prefix}-" if stored.aws else "",
        region=environment.settings.region,
        production=environment.settings.clerk.instance == "live",
    )
    return Gathered(target=replace(target, origins=stored.origins), waivers=waivers(document), aws=stored.aws)


@dataclass(frozen=True, kw_only=True)
class _Stored:
    variables: Mapping[str, str]
    secrets: SecretsDocument | None = None
    smoke: Mapping[str, Any] | None = None
    origins: tuple[str, ...] = ()
    aws: Callable[[str], Any] | None = None

    @classmethod
    def read(cls, context: Context, environment: "Environment", sources: Sources) -> "_Stored":
        smoke = _smoke_file(sources.smoke)
        stored = None
        if environment.settings.host == "containers" and not sources.no_aws and sources.env_file is None:
            stored = cls._from_stack(context, environment)
        if stored is None and (sources.no_aws or not _keeps_values(environment, sources)):
            variables, secrets = _env_file(sources.env_file)
            return cls(variables=variables, secrets=secrets, smoke=smoke)
        stored = stored or cls._from_aws(context, environment)
        return replace(stored, smoke=smoke) if smoke else stored

    @classmethod
    def _from_stack(cls, context: Context, environment: "Environment") -> "_Stored | None":
        """What a release is made with; None, and a note, where Pulumi or a file of its is not at hand."""
        from clerk_deploy.cli import containers

        try:
            operations = containers.open_environment(context, environment)
            values = operations.values()
            secrets = operations.secrets(values)
        except DeployError as error:
            context.output.note(f"The stack's values are not known: {error.message}")
            return None
        aws = context.clients(environment).client if environment.settings.account else None
        smoke = containers.smoke_of_file()
        if smoke is None and aws:
            smoke = _smoke_secret(aws("secretsmanager"), environment.names.smoke_secret)
        variables = {**values.visible, **values.extras}
        return cls(variables=variables, secrets=secrets, smoke=smoke, aws=aws)

    @classmethod
    def _from_aws(cls, context: Context, environment: "Environment") -> "_Stored":
        from clerk_deploy.cli.stacks import edge_state

        clients = context.clients(environment)
        store = context.store(environment, clients)
        revision = store.pointer.read().revision
        current = store.secrets.versions().current
        secrets = None
        if current:
            source = environment.names.secrets_secret
            secrets = SecretsDocument.from_json(store.secrets.read(current), source=source)
        state = edge_state(clients, environment.names)
        return cls(
            variables=store.visible(revision) if revision else {},
            secrets=secrets,
            smoke=_smoke_secret(clients.client("secretsmanager"), environment.names.smoke_secret),
            origins=tuple(f"https://{domain}" for domain in state.slots.values()) if state else (),
            aws=clients.client,
        )


def _keeps_values(environment: "Environment", sources: Sources) -> bool:
    """Whether AWS has the values: always on Amplify; on containers where an account and no file is named."""
    settings = environment.settings
    named = settings.host == "containers" and settings.account and sources.env_file is None
    return settings.host == "amplify" or bool(named)


def _smoke_secret(client: Any, name: str) -> Mapping[str, Any] | None:
    from clerk_deploy.aws.errors import aws_errors

    missing = UnusableInputError(f"There is no secret {name}.", next_step="clerk-deploy smoke create")
    try:
        with aws_errors(f"Reading {name}", missing=missing):
            text = client.get_secret_value(SecretId=name)["SecretString"]
    except UnusableInputError:
        return None
    return parse_smoke(text, source=name)


def _smoke_file(path: Path | None) -> Mapping[str, Any] | None:
    if path is None:
        return None
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UnusableInputError(
            f"{path} cannot be read.", next_step="name a JSON file with --smoke"
        ) from None
    return parse_smoke(text, source=str(path))


def _env_file(path: Path | None) -> tuple[Mapping[str, str], SecretsDocument | None]:
    """Variables and secrets of a .env file; what its names do not tell is treated as secret."""
    from clerk_deploy.environment.contract import PUBLISHABLE_KEY, SECRET_KEY
    from clerk_deploy.environment.sources import from_file

    if path is None:
        return {}, None
    values = {entry.name: entry.value or "" for entry in from_file(path).entries}
    instances = {}
    if values.get(SECRET_KEY):
        instances = {values.get(PUBLISHABLE_KEY, ""): {SECRET_KEY: SecretValue(values[SECRET_KEY])}}
    visible = {name: value for name, value in values.items() if name != SECRET_KEY}
    return visible, SecretsDocument(instances=instances)


def _without_settings(sources: Sources) -> Target:
    from clerk_deploy.settings.verification import VerificationSettings

    variables, secrets = _env_file(sources.env_file)
    return make_target(
        url=_address(sources.url or ""),
        verification=json.loads(VerificationSettings().model_dump_json(by_alias=True)),
        variables=variables,
        secrets=secrets,
        smoke=_smoke_file(sources.smoke),
    )


def _address(url: str) -> str:
    parts = urlsplit(url if "://" in url else f"https://{url}")
    host = parts.hostname or ""
    is_host = "." in host.strip(".") or ":" in host or host == "localhost"
    if parts.scheme not in ("http", "https") or not is_host or parts.path not in ("", "/"):
        raise UnusableInputError(
            f"{url} is no site's address.", next_step="write it as https://HOST, without a path"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _require_known(accepted: tuple[Waiver, ...], environment: str) -> None:
    from clerk_deploy.verification.registry import all_checks

    known = {check.id for check in all_checks()}
    problems = [
        Problem(
            where=f"environments.{environment}.verification.waivers[{number}].check",
            expected=f"there is no check {waiver.check}",
            next_step="`clerk-deploy verify --list` shows all",
        )
        for number, waiver in enumerate(accepted)
        if waiver.check not in known
    ]
    if problems:
        raise SettingsError(
            "The settings waive checks that do not exist.",
            problems=problems,
            next_step="correct the context in cdk.json",
        )
