"""What the release functions may do, resource by resource."""

import json

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.deployment import Deployment
from stacks.hosting.variables import built_slots
from stacks.suppressions import acknowledge


class StepsRole(iam.Role):
    """Role of the release functions.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        deployment: The environment.
        app_id: The Amplify app.
        store_arn: The edge's KeyValueStore.
        table_arn: The ledger.
        key_arn: Encrypts the environment's secrets.
        topic_arn: Whom outcomes are told.
        machine_arn: The state machine.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        app_id: str,
        store_arn: str,
        table_arn: str,
        key_arn: str,
        topic_arn: str,
        machine_arn: str,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="The steps of releases and rollbacks",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        self._names = deployment.names
        self._slots = built_slots(deployment.settings)
        self._may_build(app_id)
        self._may_read_values(key_arn)
        self._may_watch_and_tell(topic_arn)
        self._may(
            [
                "cloudfront-keyvaluestore:DescribeKeyValueStore",
                "cloudfront-keyvaluestore:GetKey",
                "cloudfront-keyvaluestore:UpdateKeys",
            ],
            [store_arn],
        )
        self._may(
            [
                "dynamodb:DeleteItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
            ],
            [table_arn],
        )
        self._may(["states:StartExecution"], [machine_arn])
        stack = cdk.Stack.of(self)
        pipeline = f"arn:aws:codepipeline:{stack.region}:{stack.account}:{self._names.pipeline}"
        self._may(["codepipeline:GetPipelineExecution"], [pipeline])
        executions = f"{machine_arn.replace(':stateMachine:', ':execution:')}:*"
        self._may(["states:DescribeExecution"], [executions])
        self._accept(executions, "executions have names of their own")

    def _may_build(self, app_id: str) -> None:
        stack = cdk.Stack.of(self)
        app = f"arn:aws:amplify:{stack.region}:{stack.account}:apps/{app_id}"
        self._may(["amplify:GetApp"], [app])
        branches = [f"{app}/branches/{self._names.branch(slot)}" for slot in self._slots]
        jobs = [f"{branch}/jobs/*" for branch in branches]
        self._may(["amplify:GetBranch"], branches)
        self._may(["amplify:ListJobs"], [*branches, *jobs])
        self._may(["amplify:StartJob", "amplify:GetJob", "amplify:StopJob"], jobs)
        output = {
            "StackName": self._names.stack("Hosting"),
            "Region": stack.region,
            "OutputName": "PublishOutputFnGetAttAppAppId600C3AF6",
        }
        reference = json.dumps({"Fn::GetStackOutput": output}, separators=(",", ":"))
        for branch in branches:
            # the rule names a resource as the template does
            self._accept(f"{branch.replace(app_id, reference)}/jobs/*", "Amplify numbers its jobs")

    def _may_read_values(self, key_arn: str) -> None:
        names, stack = self._names, cdk.Stack.of(self)
        for name in (
            names.variables_secret,
            names.secrets_secret,
            names.repository_secret,
            names.smoke_secret,
        ):
            # Secrets Manager ends each ARN with six characters of its own
            arn = f"arn:aws:secretsmanager:{stack.region}:{stack.account}:secret:{name}-??????"
            self._may(["secretsmanager:GetSecretValue"], [arn])
            self._accept(arn, "the end of a secret's ARN is Secrets Manager's own")
        self._may(
            ["kms:Decrypt"],
            [key_arn],
            StringEquals={"kms:ViaService": f"secretsmanager.{stack.region}.amazonaws.com"},
        )
        parameter = f"arn:aws:ssm:{stack.region}:{stack.account}:parameter{names.revision_parameter}"
        self._may(["ssm:GetParameter"], [parameter])

    def _may_watch_and_tell(self, topic_arn: str) -> None:
        stack = cdk.Stack.of(self)
        self._may(["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricStatistics"], ["*"])
        self._may(
            ["cloudwatch:PutMetricData"],
            ["*"],
            StringEquals={"cloudwatch:namespace": self._names.metric_namespace},
        )
        self._may(["sns:Publish"], [topic_arn])
        keys = f"arn:aws:kms:{stack.region}:{stack.account}:key/*"
        # the topic's key belongs to Monitoring, which is made without this stack
        self._may(
            ["kms:Decrypt", "kms:GenerateDataKey"],
            [keys],
            **{
                "StringEquals": {"kms:ViaService": f"sns.{stack.region}.amazonaws.com"},
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{self._names.prefix}-monitoring"},
            },
        )
        self._accept("*", "CloudWatch's alarms and metrics are read by name, not by resource")
        self._accept(keys, "the one key of that alias")

    def _may(self, actions: list[str], resources: list[str], **conditions: dict[str, str]) -> None:
        self.add_to_policy(
            iam.PolicyStatement(actions=actions, resources=resources, conditions=conditions or None)
        )

    def _accept(self, resource: str, reason: str) -> None:
        acknowledge(self, {f"AwsSolutions-IAM5[Resource::{resource}]": reason})
