"""Everything that pulumi/vercel declares resources from, read and checked before the first of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clerk_deploy.containers.values import ContainerValues as StackValues
from clerk_deploy.containers.values import values_of_file
from clerk_deploy.errors import Problem, SettingsError
from clerk_deploy.names import Names
from clerk_deploy.secret_value import SecretValue
from clerk_deploy.settings import EnvironmentSettings, Host, load_settings, pick_environment
from clerk_deploy.vercel.stack import StackSettings, VercelStack, parse_stack

SLOT = "vercel"
"""What a release says where one on Amplify names its slot."""


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What the resources are made from.

    Args:
        names: Names of the environment.
        environment: Its settings, from cdk.json.
        stack: The stack's file.
        visible: Variables that anybody in the team may read back.
        secrets: Variables that nobody may.
        revision: Revision of the variables.
        bypass: Opens protected deployments to verification.
        log_drain_secret: Signs what the log drain sends.
    """

    names: Names
    environment: EnvironmentSettings
    stack: VercelStack
    visible: Mapping[str, str]
    secrets: Mapping[str, SecretValue] = field(repr=False)
    revision: str
    bypass: SecretValue | None = field(repr=False)
    log_drain_secret: SecretValue | None = field(repr=False)

    @property
    def project(self) -> str:
        """The project's name."""
        return self.environment.vercel.project or self.names.prefix

    @property
    def repository(self) -> str:
        """OWNER/NAME on GitHub."""
        return self.environment.repository.removeprefix("https://github.com/")

    @property
    def build_command(self) -> str:
        """The build, told which commit and deployment it is: Vercel's own variables know."""
        release = "export RELEASE_COMMIT=$VERCEL_GIT_COMMIT_SHA RELEASE_JOB=$VERCEL_DEPLOYMENT_ID"
        return f"{release} && {self.stack.build_command}"


def read_inputs(*, config: Mapping[str, str], stack: str, folder: Path) -> Inputs:
    """Read and check all inputs.

    Args:
        config: The stack's configuration, secrets in the clear.
        stack: The stack's name.
        folder: The program's folder, from which paths are meant.

    Raises:
        DeployError: With every mistake of the input that is looked at.
    """
    parsed = parse_stack(config)
    settings = load_settings(folder / parsed.stack.settings)
    name, environment = pick_environment(settings, parsed.stack.environment or stack)
    _require_fitting(name, environment)
    names = Names(application=settings.application, environment=name)
    values = _values(parsed, names=names, environment=environment, folder=folder)
    visible = {**values.visible, **values.extras, "RELEASE_REVISION": values.revision, "RELEASE_SLOT": SLOT}
    return Inputs(
        names=names,
        environment=environment,
        stack=parsed.stack,
        # a blank value would be built in as a blank
        visible={key: value for key, value in sorted(visible.items()) if value},
        secrets=dict(sorted(values.secrets.instances[values.publishable_key].items())),
        revision=values.revision,
        bypass=parsed.bypass,
        log_drain_secret=parsed.log_drain_secret,
    )


def _require_fitting(name: str, environment: EnvironmentSettings) -> None:
    path = f"environments.{name}"
    problems = []
    if environment.host is not Host.VERCEL:
        problems.append(
            Problem(
                where=f"{path}.host",
                expected=f"it is `{environment.host.value}`",
                next_step="name an environment with host `vercel`: pulumi config set environment NAME",
            )
        )
    if environment.clerk.forward_client_address:
        problems.append(
            Problem(
                where=f"{path}.clerk.forwardClientAddress",
                expected="the app believes an address from an edge of its own alone, and Vercel has none",
                next_step="leave it out; docs/vercel.md says what that means for Clerk's limit of sign-ins",
            )
        )
    if problems:
        raise SettingsError(
            f"{name} cannot be declared on Vercel.",
            problems=problems,
            next_step="correct the context in cdk.json; docs/settings.md lists every setting",
        )


def _values(
    parsed: StackSettings, *, names: Names, environment: EnvironmentSettings, folder: Path
) -> StackValues:
    file = parsed.stack.variables.file
    if file is not None:
        return values_of_file(
            folder / file, previous=None, environment=names.environment, settings=environment
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
                    "variables.file ../../.env.production",
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
