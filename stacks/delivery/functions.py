"""The functions: one runs steps, one hears alarms, one cleans up."""

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from clerk_deploy.names import FALLBACK_CHECK, Names
from clerk_deploy.release.deployed import VARIABLE, Deployed
from stacks.delivery.signer import Signer, architecture
from stacks.lambda_code import FunctionCode
from stacks.suppressions import acknowledge

HANDLERS = "clerk_deploy.release.handlers"
UNVERSIONED = "Annotation::@aws-cdk/aws-lambda:codeFromBucketObjectVersionNotSpecified"
STEP_SECONDS = 140
"""A candidate's verification is the longest step."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What all functions have in common.

    Args:
        names: Names of what the environment owns.
        role: What they may do.
        deployed: What they are told.
        retention: How long their logs are kept.
    """

    names: Names
    role: iam.IRole
    deployed: Deployed
    retention: logs.RetentionDays


class Functions(Construct):
    """All functions of the stack, and the queue of events that none of them could handle.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        settings: What they have in common.
        topic_arn: Who is told when events are lost.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, topic_arn: str) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self._signer = Signer(self, "Signer")
        self._code = FunctionCode(self, "Code", packages=["urllib3"])
        acknowledge(self._code, {UNVERSIONED: "its key is the hash of what is in it"})
        self.lost = sqs.Queue(
            self,
            "Lost",
            queue_name=settings.names.alarm("release-lost"),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        acknowledge(self.lost, {"AwsSolutions-SQS3": "it is the dead-letter queue"})
        self._watch(topic_arn)
        self.steps = self._function("Steps", "release-step", "step", "Runs a step of a release or rollback")
        self.alarm = self._function(
            "Alarm", "release-alarm", "alarm", "Rolls back on an alarm", lost=self.lost
        )
        if settings.deployed.fallback:
            self.fallback = self._function(
                "Fallback",
                FALLBACK_CHECK,
                "check_fallback",
                "Builds the fallback, to see whether it still can be",
                lost=self.lost,
            )
        self.sweep = self._function(
            "Sweep", "release-sweep", "clean_up", "Ends releases that nobody runs any more", lost=self.lost
        )

    def _function(
        self, construct_id: str, name: str, handler: str, description: str, *, lost: sqs.Queue | None = None
    ) -> lambda_.Function:
        settings = self._settings
        full_name = settings.names.alarm(name)
        log = logs.LogGroup(
            self,
            f"{construct_id}Log",
            log_group_name=f"/aws/lambda/{full_name}",
            retention=settings.retention,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        log.grant_write(settings.role)
        return lambda_.Function(
            self,
            construct_id,
            function_name=full_name,
            description=description,
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=architecture(),
            handler=f"{HANDLERS}.{handler}",
            code=lambda_.Code.from_bucket_v2(self._code.bucket, self._code.s3_object_key),
            layers=[self._signer],
            memory_size=512,
            timeout=cdk.Duration.seconds(STEP_SECONDS),
            role=settings.role,
            log_group=log,
            dead_letter_queue=lost,
            environment={VARIABLE: settings.deployed.to_json()},
        )

    def _watch(self, topic_arn: str) -> None:
        """An event that is lost is a rollback that may not have happened."""
        cloudwatch.CfnAlarm(
            self,
            "LostAlarm",
            alarm_name=self._settings.names.alarm("release-lost"),
            alarm_description="An alarm or a clean-up of a release was not handled. "
            "First: clerk-deploy status, then the function's log.",
            namespace="AWS/SQS",
            metric_name="ApproximateNumberOfMessagesVisible",
            dimensions=[cloudwatch.CfnAlarm.DimensionProperty(name="QueueName", value=self.lost.queue_name)],
            statistic="Maximum",
            period=60,
            evaluation_periods=1,
            threshold=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
        )
