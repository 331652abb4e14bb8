"""Managed policies for people and pipelines: who may release, and who may look and roll back."""

from aws_cdk import aws_iam as iam
from constructs import Construct

from clerk_deploy.names import Names
from stacks.suppressions import acknowledge


class Releaser(iam.ManagedPolicy):
    """May ask for releases and rollbacks, look on, end them, and freeze. The steps have a role of their own.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        names: Names of what the environment owns.
        machine_arn: The state machine.
        table_arn: The ledger.
        store_arn: The edge's KeyValueStore.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        machine_arn: str,
        table_arn: str,
        store_arn: str,
    ) -> None:
        executions = f"{machine_arn.replace(':stateMachine:', ':execution:')}:*"
        stacks = machine_arn.split(":stateMachine:")[0].replace(":states:", ":cloudformation:")
        super().__init__(
            scope,
            construct_id,
            managed_policy_name=names.alarm("releaser"),
            description=f"Releases and rollbacks of {names.prefix}: start, look on, end, freeze",
            statements=[
                _may(["states:StartExecution"], machine_arn),
                _may(["states:DescribeExecution"], executions),
                _may(["dynamodb:GetItem", "dynamodb:Query"], table_arn),
                # what an operation did is the steps' alone to write
                iam.PolicyStatement(
                    actions=["dynamodb:UpdateItem"],
                    resources=[table_arn],
                    conditions={
                        "ForAllValues:StringEquals": {
                            "dynamodb:LeadingKeys": ["environment", "operation"],
                            "dynamodb:Attributes": ["pk", "sk", "abort", "outcome", "freeze", "schema"],
                        }
                    },
                ),
                _may(["cloudformation:DescribeStacks"], f"{stacks}:stack/{names.prefix}-*/*"),
                _may(
                    ["cloudfront-keyvaluestore:DescribeKeyValueStore", "cloudfront-keyvaluestore:GetKey"],
                    store_arn,
                ),
                _may(["cloudwatch:DescribeAlarms"], "*"),
            ],
        )
        acknowledge(
            self,
            {
                f"AwsSolutions-IAM5[Resource::{executions}]": "executions have names of their own",
                f"AwsSolutions-IAM5[Resource::{stacks}:stack/{names.prefix}-*/*]": "stacks end in an id",
                "AwsSolutions-IAM5[Resource::*]": "DescribeAlarms takes no single alarm",
            },
        )


def _may(actions: list[str], resource: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=actions, resources=[resource])
