"""The bucket of what Firehose could not deliver."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.suppressions import acknowledge

KEPT_DAYS = 14


class UndeliveredBucket(s3.Bucket):
    """Private, encrypted, reached by TLS alone, emptied by itself; it stays when the stack goes.

    Args:
        scope: The stack.
        construct_id: The construct's id.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(
            scope,
            construct_id,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=cdk.Duration.days(KEPT_DAYS),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(1),
                )
            ],
            # CloudFormation deletes no bucket that holds something
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        acknowledge(self, {"AwsSolutions-S1": "it holds metrics for two weeks, and Firehose alone writes it"})

    @property
    def logical_id(self) -> str:
        """Its name in the template."""
        resource = self.node.default_child
        assert isinstance(resource, s3.CfnBucket)
        return self.stack.get_logical_id(resource)
