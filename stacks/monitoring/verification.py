"""The function that verifies the live site on a schedule."""

import json
from dataclasses import asdict

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from clerk_deploy.monitoring.scheduled_configuration import VARIABLE, Configuration
from clerk_deploy.settings import InstanceType
from stacks.deployment import Deployment
from stacks.lambda_code import FunctionCode
from stacks.suppressions import acknowledge

HANDLER = "clerk_deploy.monitoring.scheduled.handler"
RUNTIME = "python3.14"
TIMEOUT_SECONDS = 240
"""Less than the schedule's five minutes; checks have shorter deadlines of their own."""


class ScheduledVerification(Construct):
    """Function, schedule, role, log and the queue of runs that crashed.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        deployment: The environment.
        slots: Where its releases run.
        key_arn: Encrypts the environment's secrets.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        slots: tuple[str, ...],
        key_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        names = deployment.names
        name = names.alarm("verification")
        self.log_group = f"/aws/lambda/{name}"
        log = logs.CfnLogGroup(
            self,
            "Log",
            log_group_name=self.log_group,
            retention_in_days=deployment.settings.logs.retention_days,
        )
        log.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
        self.crashed = sqs.Queue(
            self,
            "Crashed",
            queue_name=names.alarm("verification-crashed"),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        acknowledge(self.crashed, {"AwsSolutions-SQS3": "it is the dead-letter queue"})
        role = VerificationRole(
            self,
            "Role",
            deployment=deployment,
            log_arn=log.attr_arn,
            queue_arn=self.crashed.queue_arn,
            key_arn=key_arn,
        )
        function = lambda_.CfnFunction(
            self,
            "Function",
            function_name=name,
            description="Verifies the live site and publishes what it found",
            code=FunctionCode(self, "Code", packages=["urllib3"]).location,
            handler=HANDLER,
            runtime=RUNTIME,
            architectures=["arm64"],
            memory_size=512,
            timeout=TIMEOUT_SECONDS,
            role=role.role_arn,
            dead_letter_config=lambda_.CfnFunction.DeadLetterConfigProperty(
                target_arn=self.crashed.queue_arn
            ),
            environment=lambda_.CfnFunction.EnvironmentProperty(
                variables={VARIABLE: json.dumps(asdict(configuration(deployment, slots)))}
            ),
        )
        function.node.add_dependency(role)
        function.add_resource_dependency(log)
        self._every(deployment.settings.monitoring.verification_minutes, name=name, function=function)

    def _every(self, minutes: int, *, name: str, function: lambda_.CfnFunction) -> None:
        rule = events.CfnRule(
            self,
            "Schedule",
            name=name,
            description="Verifies the live site",
            schedule_expression=f"rate({minutes} minute{'' if minutes == 1 else 's'})",
            targets=[events.CfnRule.TargetProperty(id="Function", arn=function.attr_arn)],
        )
        lambda_.CfnPermission(
            self,
            "Permission",
            action="lambda:InvokeFunction",
            function_name=function.attr_arn,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
        )


class VerificationRole(iam.Role):
    """What the function may do: read the environment's values, publish metrics, write its log.

    Args:
        scope: Where to put the role.
        construct_id: The construct's id.
        deployment: The environment.
        log_arn: Its log group.
        queue_arn: The queue of runs that crashed.
        key_arn: Encrypts the environment's secrets.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        log_arn: str,
        queue_arn: str,
        key_arn: str,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="The scheduled verification of the live site",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        names, stack = deployment.names, cdk.Stack.of(self)
        secrets = [
            # Secrets Manager ends each ARN with six characters of its own
            f"arn:aws:secretsmanager:{stack.region}:{stack.account}:secret:{name}-??????"
            for name in (names.variables_secret, names.secrets_secret, names.smoke_secret)
        ]
        self._may(["secretsmanager:GetSecretValue"], secrets)
        self._may(
            ["kms:Decrypt"],
            [key_arn],
            StringEquals={"kms:ViaService": f"secretsmanager.{stack.region}.amazonaws.com"},
        )
        self._may(
            ["cloudwatch:PutMetricData"],
            ["*"],
            StringEquals={"cloudwatch:namespace": names.metric_namespace},
        )
        self._may(["cloudwatch:GetMetricData"], ["*"])
        self._may(["logs:CreateLogStream", "logs:PutLogEvents"], [log_arn])
        self._may(["sqs:SendMessage"], [queue_arn])
        reasons = {
            f"AwsSolutions-IAM5[Resource::{secret}]": "the end of a secret's ARN is Secrets Manager's own"
            for secret in secrets
        }
        reasons["AwsSolutions-IAM5[Resource::*]"] = "CloudWatch's metrics are no resources"
        acknowledge(self, reasons)

    def _may(self, actions: list[str], resources: list[str], **conditions: dict[str, str]) -> None:
        self.add_to_policy(
            iam.PolicyStatement(actions=actions, resources=resources, conditions=conditions or None)
        )


def configuration(deployment: Deployment, slots: tuple[str, ...]) -> Configuration:
    """What the function is told.

    Args:
        deployment: The environment.
        slots: Where its releases run.
    """
    settings = deployment.settings
    return Configuration(
        application=deployment.names.application,
        environment=deployment.names.environment,
        url=settings.url,
        domains=list(settings.domains[1:]),
        slots=list(slots),
        production=settings.clerk.instance is InstanceType.LIVE,
        cnames=[cname.model_dump() for cname in settings.clerk.cnames],
        verification=settings.verification.model_dump(by_alias=True, mode="json"),
    )
