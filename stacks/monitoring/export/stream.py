"""The metric stream: which metrics leave, and with which statistics."""

from collections.abc import Iterable

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

from clerk_deploy.monitoring.alarms.catalogue import Catalogue
from clerk_deploy.monitoring.export.selection import percentiles

Stream = cloudwatch.CfnMetricStream

FORMAT = "opentelemetry1.0"
"""Both vendors take it; Datadog says that the older 0.7 may lose metrics."""


class MetricsStream(Construct):
    """Streams whole namespaces, with the percentiles that the alarms look at.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        name: The stream's name.
        namespaces: Which namespaces.
        alarms: What is looked at.
        delivery_arn: The delivery stream.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        namespaces: Iterable[str],
        alarms: Catalogue,
        delivery_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        sent = list(dict.fromkeys(namespaces))
        role = iam.Role(
            self,
            "Role",
            description="CloudWatch hands metrics to Firehose",
            assumed_by=iam.ServicePrincipal("streams.metrics.cloudwatch.amazonaws.com"),
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["firehose:PutRecord", "firehose:PutRecordBatch"], resources=[delivery_arn]
            )
        )
        stream = Stream(
            self,
            "Stream",
            name=name,
            firehose_arn=delivery_arn,
            role_arn=role.role_arn,
            output_format=FORMAT,
            include_filters=[Stream.MetricStreamFilterProperty(namespace=namespace) for namespace in sent],
            statistics_configurations=[
                Stream.MetricStreamStatisticsConfigurationProperty(
                    additional_statistics=[statistic],
                    include_metrics=[
                        Stream.MetricStreamStatisticsMetricProperty(namespace=namespace, metric_name=metric)
                        for namespace, metric in metrics
                    ],
                )
                for statistic, metrics in percentiles(alarms, namespaces=sent).items()
            ],
        )
        # CloudWatch tries the role when the stream is made
        stream.node.add_dependency(role)
