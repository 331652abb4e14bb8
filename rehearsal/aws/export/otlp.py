"""A metric stream's record: an OpenTelemetry 1.0 request of summaries, with its length before it.

Source: Amazon CloudWatch User Guide, CloudWatch metric stream output in OpenTelemetry 1.0.0 format.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from google.protobuf.proto import serialize_length_prefixed
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric, SummaryDataPoint

NANOSECONDS: Final = 1_000_000_000

UNITS: Final[Mapping[str, str]] = {
    "Seconds": "s",
    "Microseconds": "us",
    "Milliseconds": "ms",
    "Bytes": "By",
    "Percent": "%",
    "Count": "{Count}",
    "None": "1",
}
"""CloudWatch's units, as far as anything here has them.

Source: Amazon CloudWatch User Guide, Translations with OpenTelemetry 1.0.0 format.
"""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What CloudWatch knows of a metric in one minute.

    Args:
        namespace: The metric's namespace.
        name: Its name.
        dimensions: Its dimensions.
        unit: CloudWatch's unit.
        start: First second.
        end: First second after.
        count: Number of values.
        total: Their sum.
        quantiles: Value by quantile; 0 is the least, 1 the greatest.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    unit: str
    start: float
    end: float
    count: float
    total: float
    quantiles: Mapping[float, float]


def record(summaries: Iterable[Summary], *, account: str, region: str, stream_arn: str) -> bytes:
    """One record for Firehose.

    Args:
        summaries: What it tells.
        account: The account.
        region: The region.
        stream_arn: The metric stream.
    """
    request = ExportMetricsServiceRequest()
    resource = request.resource_metrics.add()
    attributes = {
        "cloud.provider": "aws",
        "cloud.account.id": account,
        "cloud.region": region,
        "aws.exporter.arn": stream_arn,
    }
    resource.resource.attributes.extend(_text(key, value) for key, value in attributes.items())
    resource.scope_metrics.add().metrics.extend(_metric(summary) for summary in summaries)
    written = BytesIO()
    serialize_length_prefixed(request, written)
    return written.getvalue()


def _metric(summary: Summary) -> Metric:
    point = SummaryDataPoint(
        start_time_unix_nano=int(summary.start) * NANOSECONDS,
        time_unix_nano=int(summary.end) * NANOSECONDS,
        count=int(summary.count),
        sum=summary.total,
        quantile_values=[
            SummaryDataPoint.ValueAtQuantile(quantile=quantile, value=value)
            for quantile, value in sorted(summary.quantiles.items())
        ],
        attributes=[_text("Namespace", summary.namespace), _text("MetricName", summary.name)],
    )
    dimensions = point.attributes.add(key="Dimensions")
    dimensions.value.kvlist_value.values.extend(
        _text(key, value) for key, value in summary.dimensions.items()
    )
    metric = Metric(
        name=f"amazonaws.com/{summary.namespace}/{summary.name}", unit=UNITS.get(summary.unit, summary.unit)
    )
    metric.summary.data_points.append(point)
    return metric


def _text(key: str, value: str) -> KeyValue:
    pair = KeyValue(key=key)
    pair.value.string_value = value
    return pair
