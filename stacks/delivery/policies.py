"""Managed policies for people and pipelines: who may deploy, who may release, and who may look."""

import aws_cdk as cdk
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


class OnCall(iam.ManagedPolicy):
    """May look: alarms, dashboards, logs of application and releases. With `Releaser` it may roll back.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        names: Names of what the environment owns.
    """

    def __init__(self, scope: Construct, construct_id: str, *, names: Names) -> None:
        stack = cdk.Stack.of(scope)
        groups = f"arn:aws:logs:{stack.region}:{stack.account}:log-group:*"
        super().__init__(
            scope,
            construct_id,
            managed_policy_name=names.alarm("on-call"),
            description=f"Looking at {names.prefix}: alarms, dashboards, logs",
            statements=[
                iam.PolicyStatement(
                    actions=[
                        "cloudwatch:DescribeAlarmHistory",
                        "cloudwatch:DescribeAlarms",
                        "cloudwatch:GetDashboard",
                        "cloudwatch:GetMetricData",
                        "cloudwatch:ListMetrics",
                        "logs:DescribeQueryDefinitions",
                        "logs:GetQueryResults",
                    ],
                    resources=["*"],
                ),
                # every log group of the environment carries its tags
                iam.PolicyStatement(
                    actions=["logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartQuery"],
                    resources=[groups],
                    conditions={
                        "StringEquals": {
                            "aws:ResourceTag/application": names.application,
                            "aws:ResourceTag/environment": names.environment,
                        }
                    },
                ),
            ],
        )
        acknowledge(
            self,
            {
                "AwsSolutions-IAM5[Resource::*]": "metrics and query results are no resources",
                f"AwsSolutions-IAM5[Resource::{groups}]": "the tags narrow it to the environment",
            },
        )


class Deployer(iam.ManagedPolicy):
    """May run `cdk deploy`: it takes on the roles of the CDK's bootstrap, which do the work.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        names: Names of what the environment owns.
    """

    def __init__(self, scope: Construct, construct_id: str, *, names: Names) -> None:
        stack = cdk.Stack.of(scope)
        qualifier = stack.synthesizer.bootstrap_qualifier or cdk.DefaultStackSynthesizer.DEFAULT_QUALIFIER
        kinds = ("deploy", "file-publishing", "lookup")
        roles = [
            f"arn:aws:iam::{stack.account}:role/cdk-{qualifier}-{kind}-role-{stack.account}-{stack.region}"
            for kind in kinds
        ]
        super().__init__(
            scope,
            construct_id,
            managed_policy_name=names.alarm("deployer"),
            description=f"cdk deploy of {names.prefix}, by the roles of the CDK's bootstrap",
            statements=[iam.PolicyStatement(actions=["sts:AssumeRole"], resources=roles)],
        )


def _may(actions: list[str], resource: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=actions, resources=[resource])
