"""What a command gets: the settings, the environment that was asked for, and AWS, each on first use."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from clerk_deploy.cli.options import SHARED
from clerk_deploy.cli.output import Output
from clerk_deploy.errors import UnusableInputError
from clerk_deploy.names import Names

if TYPE_CHECKING:
    from clerk_deploy.aws.clients import Clients
    from clerk_deploy.environment.store import Store
    from clerk_deploy.settings import EnvironmentSettings, Settings


@dataclass(frozen=True, kw_only=True)
class Target:
    """The environment that a command acts on.

    Args:
        names: Names of what it owns.
        settings: Its settings.
    """

    names: Names
    settings: "EnvironmentSettings"

    @property
    def name(self) -> str:
        """The environment's name."""
        return self.names.environment


@dataclass(frozen=True, kw_only=True)
class Context:
    """The shared options of a command, and what follows from them.

    Args:
        environment: Name that was asked for.
        profile: Profile of AWS's configuration.
        region: AWS region instead of the settings'.
        settings_path: The settings' file.
        output: Where the answer goes.
    """

    environment: str | None
    profile: str | None
    region: str | None
    settings_path: Path
    output: Output

    def settings(self) -> "Settings":
        """All settings.

        Raises:
            DeployError: The file cannot be used.
        """
        from clerk_deploy.settings import load_settings

        return load_settings(self.settings_path)

    def target(self) -> Target:
        """The environment that was asked for.

        Raises:
            DeployError: The settings cannot be used, or no or an unknown environment was named.
        """
        from clerk_deploy.settings import pick_environment

        settings = self.settings()
        name, environment = pick_environment(settings, self.environment)
        return Target(names=Names(application=settings.application, environment=name), settings=environment)

    def clients(self, target: Target) -> "Clients":
        """AWS clients for an environment, in the account that its settings name.

        Raises:
            RefusedError: The credentials belong to another account.
            DeployError: There are no credentials, or AWS did not answer.
        """
        from clerk_deploy.aws.clients import connect

        clients = connect(profile=self.profile, region=self.region or target.settings.region)
        clients.require_account(target.settings.account)
        return clients

    def store(self, target: Target, clients: "Clients") -> "Store":
        """Where an environment's values live.

        Raises:
            UnusableInputError: The environment keeps its values elsewhere.
        """
        from clerk_deploy.environment.store import Store

        if target.settings.account is None:
            raise UnusableInputError(
                f"{target.name} runs on {target.settings.host} and names no AWS account to keep values in.",
                next_step="check the file (clerk-deploy environment check FILE), and let the deployment read "
                "it; or set `account` in cdk.json",
            )
        return Store(
            names=target.names,
            secrets_client=clients.client("secretsmanager"),
            parameters_client=clients.client("ssm"),
        )


def noun(help_text: str) -> typer.Typer:
    """An app for the commands of one noun.

    Args:
        help_text: One line about it.
    """
    return typer.Typer(
        help=help_text,
        no_args_is_help=True,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def command(app: typer.Typer, name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as a command; it gets a `context` and the shared options are added.

    Args:
        app: The noun's app.
        name: The command's name.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(function, eval_str=True)
        own = [parameter for name, parameter in signature.parameters.items() if name != "context"]

        def run(**given: Any) -> None:
            context = Context(
                environment=given.pop("environment"),
                profile=given.pop("profile"),
                region=given.pop("region"),
                settings_path=given.pop("settings"),
                output=Output(as_json=given.pop("json")),
            )
            function(context=context, **given)

        positional = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
        run.__signature__ = signature.replace(parameters=[*positional, *SHARED])  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in [*positional, *SHARED]}
        run.__doc__ = function.__doc__
        app.command(name)(run)
        return function

    return register
