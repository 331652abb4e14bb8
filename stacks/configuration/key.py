"""The key that encrypts what an environment keeps secret."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import Construct

from clerk_deploy.names import Names
from stacks.log_encryption import allow_logs


class EnvironmentKey(kms.Key):
    """KMS key of an environment, rotated by AWS and kept when the stack goes.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        names: Names of what the environment owns.
    """

    def __init__(self, scope: Construct, construct_id: str, *, names: Names) -> None:
        super().__init__(
            scope,
            construct_id,
            alias=f"alias/{names.prefix}",
            description=f"Secrets and logs of {names.application}, environment {names.environment}",
            enable_key_rotation=True,
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        stack = cdk.Stack.of(self)
        groups = f"arn:aws:logs:{stack.region}:{stack.account}:log-group:/aws/amplify/*"
        allow_logs(self, sid="EncryptTheApplicationsLogs", arn_condition={"ArnLike": groups})
