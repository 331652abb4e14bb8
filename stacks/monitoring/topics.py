"""Whom alarms tell: topics under a key that CloudWatch may use."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from clerk_deploy.names import Names
from clerk_deploy.settings.monitoring import MonitoringSettings
from stacks.log_encryption import allow_logs

PUBLISHERS = ("cloudwatch.amazonaws.com", "events.amazonaws.com")


class MonitoringKey(kms.Key):
    """KMS key of what people are told. CloudWatch cannot publish to a topic under AWS's own key.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        names: Names of what the environment owns.
    """

    def __init__(self, scope: Construct, construct_id: str, *, names: Names) -> None:
        super().__init__(
            scope,
            construct_id,
            alias=f"alias/{names.prefix}-monitoring",
            description=f"Notifications of {names.application}, environment {names.environment}",
            enable_key_rotation=True,
            # it holds no data: messages pass through
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="PublishAlarms",
                principals=[iam.ServicePrincipal(service) for service in PUBLISHERS],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}},
            )
        )

    def allow_log(self, *, log_group: str) -> None:
        """Let CloudWatch Logs encrypt one log group.

        Args:
            log_group: Its name.
        """
        stack = cdk.Stack.of(self)
        arn = f"arn:aws:logs:{stack.region}:{stack.account}:log-group:{log_group}"
        allow_logs(self, sid="EncryptTheContainersLog", arn_condition={"ArnEquals": arn})


class AlarmTopic(sns.Topic):
    """A topic that alarms and events of this account publish to.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        name: The topic's name.
        key: Encrypts it.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, key: kms.IKey) -> None:
        super().__init__(scope, construct_id, topic_name=name, master_key=key, enforce_ssl=True)
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="PublishAlarms",
                principals=[iam.ServicePrincipal(service) for service in PUBLISHERS],
                actions=["sns:Publish"],
                resources=[self.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}},
            )
        )


def subscribe(topic: sns.Topic, settings: MonitoringSettings) -> None:
    """Subscribe everybody whom the settings name.

    Args:
        topic: The topic.
        settings: E-mail and https addresses.
    """
    addresses = [
        *(("email", address) for address in settings.emails),
        *(("https", address) for address in settings.https_endpoints),
    ]
    for protocol, address in addresses:
        # the address is the id: one that is taken away must not change the others
        sns.CfnSubscription(
            topic, f"{protocol}:{address}", protocol=protocol, endpoint=address, topic_arn=topic.topic_arn
        )
