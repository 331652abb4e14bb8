"""The roles that Amplify takes on: one to write the log, one for the running server."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.suppressions import acknowledge

AMPLIFY = "amplify.amazonaws.com"


class ServiceRole(iam.Role):
    """What Amplify itself may do: write the application's log.

    Args:
        scope: The stack.
        construct_id: The construct's id.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        stack = cdk.Stack.of(scope)
        super().__init__(
            scope,
            construct_id,
            description="Amplify writes the application's log with it",
            assumed_by=iam.ServicePrincipal(
                AMPLIFY,
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {
                        "aws:SourceArn": f"arn:aws:amplify:{stack.region}:{stack.account}:apps/*/branches/*"
                    },
                },
            ),
        )

    def allow_log(self, *, app_id: str) -> None:
        """Let it write one app's log. A policy of its own, since the app needs the role to exist first.

        Args:
            app_id: The Amplify app.
        """
        stack = cdk.Stack.of(self)
        logs = f"arn:aws:logs:{stack.region}:{stack.account}"
        group = f"{logs}:log-group:/aws/amplify/{app_id}"
        self.add_to_policy(
            iam.PolicyStatement(
                actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[group, f"{group}:*"],
            )
        )
        self.add_to_policy(
            iam.PolicyStatement(actions=["logs:DescribeLogGroups"], resources=[f"{logs}:log-group:*"])
        )
        acknowledge(
            self,
            {
                f"AwsSolutions-IAM5[Resource::{logs}:log-group:/aws/amplify/<App.AppId>:*]": (
                    "Amplify makes up the names of the streams in the app's one log group"
                ),
                f"AwsSolutions-IAM5[Resource::{logs}:log-group:*]": "DescribeLogGroups takes no single group",
            },
        )


class ComputeRole(iam.Role):
    """What the running server may do: read the one secret. Its trust is the one that Amplify documents.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        secret_arn: The secret.
        key_arn: The key that encrypts it.
    """

    def __init__(self, scope: Construct, construct_id: str, *, secret_arn: str, key_arn: str) -> None:
        region = cdk.Stack.of(scope).region
        super().__init__(
            scope,
            construct_id,
            description="The running application reads its secrets with it",
            # no conditions: Amplify's pages show none for this role and refuse a trust they do not like
            assumed_by=iam.ServicePrincipal(AMPLIFY),
        )
        self.add_to_policy(
            iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[secret_arn])
        )
        self.add_to_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt"],
                resources=[key_arn],
                conditions={"StringEquals": {"kms:ViaService": f"secretsmanager.{region}.amazonaws.com"}},
            )
        )
