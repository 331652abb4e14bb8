"""Letting CloudWatch Logs encrypt log groups with a key of one's own."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms


def allow_logs(key: kms.Key, *, sid: str, arn_condition: Mapping[str, str]) -> None:
    """Grant CloudWatch Logs what it needs of a key, for some log groups only.

    Args:
        key: The key.
        sid: Id of the policy's statement.
        arn_condition: The condition's operator with the ARN of the log groups, such as `ArnEquals`.

    Source: CloudWatch Logs User Guide, Encrypt log data using AWS KMS.
    """
    stack = cdk.Stack.of(key)
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid=sid,
            principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
            actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            resources=["*"],
            conditions={
                operator: {"kms:EncryptionContext:aws:logs:arn": arn}
                for operator, arn in arn_condition.items()
            },
        )
    )
