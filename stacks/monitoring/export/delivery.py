"""Firehose: delivers what the metric stream gives it to the vendor, with the key from Secrets Manager."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_logs as logs
from constructs import Construct

from clerk_deploy.settings.export import ExportSettings
from stacks.deployment import Deployment
from stacks.monitoring.export.undelivered import UndeliveredBucket
from stacks.suppressions import acknowledge

Stream = firehose.CfnDeliveryStream

BUFFER_SECONDS = 60
BUFFER_MIB = 1
"""New Relic takes no more at once."""

RETRY_SECONDS = 1_800
"""Datadog refuses metrics that are older than an hour."""

UNDELIVERED = "undelivered/"

LOG_STREAMS = ("delivery", "undelivered")
"""To the vendor, and into the bucket."""


class Delivery(Construct):
    """Delivery stream, its role, its log, and the bucket of what it could not deliver.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        deployment: The environment.
        export: Where metrics go.
        secret_arn: The secret with the vendor's key.
        key_arn: Encrypts that secret.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        export: ExportSettings,
        secret_arn: str,
        key_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self.undelivered = UndeliveredBucket(self, "Undelivered")
        log = logs.CfnLogGroup(
            self,
            "Log",
            log_group_name=deployment.names.export_log_group,
            retention_in_days=deployment.settings.logs.retention_days,
        )
        log.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
        for name in LOG_STREAMS:
            logs.CfnLogStream(
                self, f"{name.title()}Log", log_group_name=log.ref, log_stream_name=name
            ).apply_removal_policy(cdk.RemovalPolicy.DESTROY)
        role = DeliveryRole(
            self,
            "Role",
            bucket=self.undelivered,
            log_arn=log.attr_arn,
            secret_arn=secret_arn,
            key_arn=key_arn,
        )

        def logged(stream: str) -> Stream.CloudWatchLoggingOptionsProperty:
            return Stream.CloudWatchLoggingOptionsProperty(
                enabled=True, log_group_name=log.ref, log_stream_name=stream
            )

        self.stream = Stream(
            self,
            "Stream",
            delivery_stream_type="DirectPut",
            delivery_stream_encryption_configuration_input=Stream.DeliveryStreamEncryptionConfigurationInputProperty(
                key_type="AWS_OWNED_CMK"
            ),
            http_endpoint_destination_configuration=Stream.HttpEndpointDestinationConfigurationProperty(
                endpoint_configuration=Stream.HttpEndpointConfigurationProperty(
                    name=export.vendor.brand, url=export.address
                ),
                secrets_manager_configuration=Stream.SecretsManagerConfigurationProperty(
                    enabled=True, secret_arn=secret_arn, role_arn=role.role_arn
                ),
                request_configuration=Stream.HttpEndpointRequestConfigurationProperty(
                    content_encoding="GZIP"
                ),
                buffering_hints=Stream.BufferingHintsProperty(
                    interval_in_seconds=BUFFER_SECONDS, size_in_m_bs=BUFFER_MIB
                ),
                retry_options=Stream.RetryOptionsProperty(duration_in_seconds=RETRY_SECONDS),
                cloud_watch_logging_options=logged("delivery"),
                role_arn=role.role_arn,
                s3_backup_mode="FailedDataOnly",
                s3_configuration=Stream.S3DestinationConfigurationProperty(
                    bucket_arn=self.undelivered.bucket_arn,
                    role_arn=role.role_arn,
                    prefix=UNDELIVERED,
                    error_output_prefix=UNDELIVERED,
                    compression_format="GZIP",
                    cloud_watch_logging_options=logged("undelivered"),
                ),
            ),
        )
        # Firehose tries the role when the stream is made
        self.stream.node.add_dependency(role)


class DeliveryRole(iam.Role):
    """What Firehose may do: read the one key, write what it could not deliver and why.

    Args:
        scope: The construct.
        construct_id: The construct's id.
        bucket: For what could not be delivered.
        log_arn: For why.
        secret_arn: The secret with the vendor's key.
        key_arn: Encrypts that secret.

    Source: Amazon Data Firehose Developer Guide, Controlling access: HTTP endpoint destination.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bucket: UndeliveredBucket,
        log_arn: str,
        secret_arn: str,
        key_arn: str,
    ) -> None:
        stack = cdk.Stack.of(scope)
        super().__init__(
            scope,
            construct_id,
            description="Firehose delivers metrics to another monitor",
            assumed_by=iam.ServicePrincipal("firehose.amazonaws.com"),
            external_ids=[stack.account],
        )
        self._may(["secretsmanager:GetSecretValue"], [secret_arn])
        self._may(
            ["kms:Decrypt"],
            [key_arn],
            StringEquals={"kms:ViaService": f"secretsmanager.{stack.region}.amazonaws.com"},
        )
        self._may(["logs:PutLogEvents"], [log_arn])
        self._may(
            ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"], [bucket.bucket_arn]
        )
        self._may(
            ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"],
            [bucket.arn_for_objects(f"{UNDELIVERED}*")],
        )
        acknowledge(
            self,
            {
                f"AwsSolutions-IAM5[Resource::<{bucket.logical_id}.Arn>/{UNDELIVERED}*]": "objects get "
                "names of Firehose's own, below one prefix of its own bucket"
            },
        )

    def _may(self, actions: list[str], resources: list[str], **conditions: dict[str, str]) -> None:
        self.add_to_policy(
            iam.PolicyStatement(actions=actions, resources=resources, conditions=conditions or None)
        )
