"""The application's log group, made before Amplify would make it without retention or key."""

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct


class ApplicationLog(logs.CfnLogGroup):
    """Log group that Amplify's servers write to, kept when the stack goes.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        app_id: The Amplify app.
        key_arn: Encrypts it.
        retention_days: Days that lines are kept.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, app_id: str, key_arn: str, retention_days: int
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            log_group_name=f"/aws/amplify/{app_id}",
            kms_key_id=key_arn,
            retention_in_days=retention_days,
            log_group_class="STANDARD",  # metric filters need it
        )
        self.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
