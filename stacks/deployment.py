"""What every stack of an environment knows, and what every stack has in common."""

from dataclasses import dataclass

import aws_cdk as cdk
from constructs import Construct

from clerk_deploy.names import Names
from clerk_deploy.settings import EnvironmentSettings

NEVER_TAGGED = ["AWS::SSM::Parameter", "aws:cdk:stack"]
"""A changed tag makes CloudFormation write the revision parameter anew, with the template's value (aws-cdk
#25949). A tag on a stack reaches all its resources, so stacks carry none either."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One environment as its stacks see it.

    Args:
        names: Names of what the environment owns.
        settings: The environment's settings.
    """

    names: Names
    settings: EnvironmentSettings


class DeploymentStack(cdk.Stack):
    """A stack of an environment: named after it, tagged, and protected as the settings say.

    Args:
        scope: The environment's stage.
        kind: Which of the environment's stacks it is, such as `Hosting`.
        deployment: The environment.
    """

    def __init__(self, scope: Construct, kind: str, *, deployment: Deployment) -> None:
        names = deployment.names
        super().__init__(
            scope,
            kind,
            stack_name=names.stack(kind),
            description=f"{kind} of {names.application}, environment {names.environment}",
            termination_protection=deployment.settings.termination_protection,
        )
        tags = {
            "application": names.application,
            "environment": names.environment,
            **deployment.settings.tags,
        }
        for key, value in tags.items():
            cdk.Tags.of(self).add(key, value, exclude_resource_types=NEVER_TAGGED)

    def outputs(self, **values: str) -> None:
        """Outputs under stable names: the command line and people read them.

        Args:
            **values: Value by output name.
        """
        for name, value in values.items():
            cdk.CfnOutput(self, name, value=value)
