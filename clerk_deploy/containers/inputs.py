"""What an environment on containers is made from: the stack's file, cdk.json and the contract's values.

Imports no Pulumi: the command line checks the same before it starts anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clerk_deploy.containers.release import Release
from clerk_deploy.containers.source import commit_of
from clerk_deploy.containers.values import ContainerValues, values_of_file
from clerk_deploy.errors import Problem, SettingsError
from clerk_deploy.names import Names
from clerk_deploy.settings import EnvironmentSettings, Host, load_settings, pick_environment
from clerk_deploy.settings.containers import ContainerSettings, parse_container_settings


@dataclass(frozen=True, kw_only=True)
class Place:
    """Which environment a stack is, and where it runs: all that looking at it needs.

    Args:
        names: Names of the environment.
        environment: Its settings, from cdk.json.
        containers: The engine's settings, from the stack's file.
    """

    names: Names
    environment: EnvironmentSettings
    containers: ContainerSettings


@dataclass(frozen=True, kw_only=True)
class Inputs(Place):
    """Everything that the resources are made from.

    Args:
        values: The contract's values.
        release: The release to build; None when the settings name an image.
    """

    values: ContainerValues
    release: Release | None

    @property
    def release_name(self) -> str:
        """Name of the release that runs."""
        return self.release.name if self.release else str(self.containers.release.name)


def read_place(*, config: Mapping[str, str], stack: str, folder: Path) -> Place:
    """Read and check the settings, and no value of the contract.

    Args:
        config: The stack's configuration.
        stack: The stack's name.
        folder: The program's folder, from which paths are meant.

    Raises:
        SettingsError: With every mistake of the settings.
    """
    containers = parse_container_settings(config)
    settings = load_settings(folder / containers.settings)
    name, environment = pick_environment(settings, containers.environment or stack)
    if environment.host is not Host.CONTAINERS:
        raise SettingsError(
            f"{name} does not run on containers.",
            problems=[
                Problem(
                    where=f"environments.{name}.host",
                    expected=f"it is `{environment.host.value}`",
                    next_step="declare an environment with host `containers` in cdk.json",
                )
            ],
            next_step="name the right one: pulumi config set environment NAME",
        )
    names = Names(application=settings.application, environment=name)
    return Place(names=names, environment=environment, containers=containers)


def read_inputs(*, config: Mapping[str, str], stack: str, folder: Path) -> Inputs:
    """Read and check all inputs.

    Args:
        config: The stack's configuration.
        stack: The stack's name.
        folder: The program's folder, from which paths are meant.

    Raises:
        DeployError: With every mistake of the input that is looked at.
    """
    place = read_place(config=config, stack=stack, folder=folder)
    names, environment, containers = place.names, place.environment, place.containers
    values = read_values(place, folder=folder)
    pinned = containers.release.image is not None
    commit = "" if pinned else containers.release.commit or commit_of(folder / containers.image.source)
    return Inputs(
        names=names,
        environment=environment,
        containers=containers,
        values=values,
        release=None if pinned else Release(commit=commit, revision=values.revision),
    )


def read_values(place: Place, *, folder: Path) -> ContainerValues:
    """Read and check the contract's values.

    Args:
        place: The environment.
        folder: The program's folder, from which paths are meant.

    Raises:
        DeployError: A value is missing or wrong, or AWS did not tell.
    """
    names, environment = place.names, place.environment
    source = place.containers.variables
    if source.file is not None:
        return values_of_file(
            folder / source.file,
            previous=folder / source.previous_file if source.previous_file else None,
            environment=names.environment,
            settings=environment,
        )
    # boto3 is loaded by the stacks that ask AWS, and by no other.
    from clerk_deploy.aws.clients import connect
    from clerk_deploy.containers.pushed import values_of_push
    from clerk_deploy.environment.store import Store

    if environment.account is None:
        raise SettingsError(
            f"{names.environment} keeps no values in AWS.",
            problems=[
                Problem(
                    where=f"environments.{names.environment}.account",
                    expected="it is missing, and the stack says `secretsManager: true`",
                    next_step="set the AWS account id, or give the stack a file: pulumi config set --path "
                    "variables.file ../.env.production",
                )
            ],
            next_step="correct cdk.json or the stack's file",
        )
    clients = connect(profile=None, region=environment.region)
    clients.require_account(environment.account)
    store = Store(
        names=names,
        secrets_client=clients.client("secretsmanager"),
        parameters_client=clients.client("ssm"),
    )
    return values_of_push(store, settings=environment)
