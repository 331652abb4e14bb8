"""Secrets Manager secrets of an environment, created without a value."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from stacks.suppressions import acknowledge


class EnvironmentSecret(secretsmanager.CfnSecret):
    """A secret that CloudFormation creates empty and never writes.

    The L2 construct would generate a value, and a value in the template is written again whenever another
    property changes, over what was pushed.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        name: The secret's name.
        key: Encrypts it.
        description: What it holds and who writes it.
        why_not_rotated: Why no rotation schedule fits.
        kept: It stays when the stack goes; false for a copy of what its maker shows again.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        key: kms.IKey,
        description: str,
        why_not_rotated: str,
        kept: bool = True,
    ) -> None:
        super().__init__(scope, construct_id, name=name, description=description, kms_key_id=key.key_arn)
        self.apply_removal_policy(
            cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if kept else cdk.RemovalPolicy.DESTROY
        )
        acknowledge(self, {"AwsSolutions-SMG4": why_not_rotated})
