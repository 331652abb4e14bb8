"""The log group of container hosting, which Docker's awslogs driver writes to."""

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.deployment import Deployment
from stacks.monitoring.topics import MonitoringKey


class ContainersLog(logs.CfnLogGroup):
    """Log group of containers, kept when the stack goes.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        deployment: The environment.
        key: Encrypts it.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, deployment: Deployment, key: MonitoringKey
    ) -> None:
        name = deployment.names.containers_log_group
        key.allow_log(log_group=name)
        super().__init__(
            scope,
            construct_id,
            log_group_name=name,
            kms_key_id=key.key_arn,
            retention_in_days=deployment.settings.logs.retention_days,
            log_group_class="STANDARD",  # metric filters need it
        )
        self.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
