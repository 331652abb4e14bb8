"""The metrics that are made of the application's log lines."""

from aws_cdk import aws_logs as logs
from constructs import Construct

from clerk_deploy.monitoring.metrics import LOG_METRICS, LogMetric

Filter = logs.CfnMetricFilter


class LogFilters(Construct):
    """A metric filter for each of the contract's metrics.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        log_group: Name of the log group.
        namespace: Where the metrics go.
    """

    def __init__(self, scope: Construct, construct_id: str, *, log_group: str, namespace: str) -> None:
        super().__init__(scope, construct_id)
        for metric in LOG_METRICS:
            _filter(self, metric, log_group=log_group, namespace=namespace)


def _filter(scope: Construct, metric: LogMetric, *, log_group: str, namespace: str) -> None:
    Filter(
        scope,
        metric.name,
        log_group_name=log_group,
        filter_name=metric.name,
        filter_pattern=metric.pattern,
        metric_transformations=[
            Filter.MetricTransformationProperty(
                metric_namespace=namespace,
                metric_name=metric.name,
                metric_value=metric.value,
                unit=metric.unit,
                # a default value and dimensions exclude each other, so no metric has one
                dimensions=[
                    Filter.DimensionProperty(key=key, value=value) for key, value in metric.dimensions.items()
                ]
                or None,
            )
        ],
    )
