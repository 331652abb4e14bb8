"""What a vendor demands of a delivery, and the metrics in it.

Sources: Amazon Data Firehose Developer Guide, HTTP endpoint delivery request and response specifications;
Amazon CloudWatch User Guide, CloudWatch metric stream output in OpenTelemetry 1.0.0 format.
"""

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from google.protobuf.message import DecodeError
from google.protobuf.proto import parse_length_prefixed
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

RESOURCE: Final = {"cloud.provider", "cloud.account.id", "cloud.region", "aws.exporter.arn"}
ATTRIBUTES: Final = {"Namespace", "MetricName", "Dimensions"}


class UnacceptableError(Exception):
    """A delivery that is not as documented; the message says what is wrong."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A metric's minute.

    Args:
        name: As sent, such as `amazonaws.com/yourapp/production/Duration`.
        namespace: CloudWatch's namespace.
        metric: CloudWatch's name.
        dimensions: Its dimensions.
        unit: The unit.
        seconds: Length of the time it tells about.
        count: Number of values.
        total: Their sum.
        quantiles: Value by quantile.
    """

    name: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    unit: str
    seconds: float
    count: int
    total: float
    quantiles: Mapping[float, float]


def samples(headers: Mapping[str, str], body: bytes) -> list[Sample]:
    """All samples of a delivery.

    Args:
        headers: By name in lower case.
        body: As it came.

    Raises:
        UnacceptableError: It is not as documented.
    """
    document = _document(headers, body)
    found: list[Sample] = []
    for record in document["records"]:
        for request in _requests(_decoded(record)):
            found += _of_request(request)
    return found


def _document(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    _must(headers.get("content-type") == "application/json", "Content-Type is not application/json")
    _must(headers.get("x-amz-firehose-protocol-version") == "1.0", "the protocol's version is not 1.0")
    _must(
        headers.get("x-amz-firehose-source-arn", "").startswith("arn:aws:firehose:"),
        "X-Amz-Firehose-Source-Arn is no delivery stream",
    )
    _must(headers.get("content-encoding") == "gzip", "Content-Encoding is not gzip")
    try:
        document = json.loads(gzip.decompress(body))
    except (OSError, ValueError, EOFError):
        raise UnacceptableError("the body is no JSON in gzip") from None
    _must(isinstance(document, dict), "the body is no object")
    _must(document.get("requestId") == headers.get("x-amz-firehose-request-id"), "requestId differs")
    _must(isinstance(document.get("timestamp"), int), "timestamp is no whole number")
    records = document.get("records")
    _must(isinstance(records, list) and 0 < len(records) <= 10_000, "records are none or too many")
    return dict(document)


def _decoded(record: Any) -> bytes:
    try:
        return base64.b64decode(record["data"], validate=True)
    except (KeyError, TypeError, ValueError):
        raise UnacceptableError("a record has no data in base64") from None


def _requests(data: bytes) -> list[ExportMetricsServiceRequest]:
    """A record may hold several, each with its length before it."""
    rest = BytesIO(data)
    found = []
    try:
        while rest.tell() < len(data):
            request = parse_length_prefixed(ExportMetricsServiceRequest, rest)
            _must(request is not None, "a record ends within a length")
            found.append(request)
    except (DecodeError, ValueError) as error:
        raise UnacceptableError(f"a record is no length-prefixed protobuf: {error}") from None
    return found


def _of_request(request: ExportMetricsServiceRequest) -> list[Sample]:
    found = []
    for resource in request.resource_metrics:
        named = {item.key: item.value.string_value for item in resource.resource.attributes}
        _must(
            set(named) == RESOURCE and named["cloud.provider"] == "aws", "the resource is not as documented"
        )
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                _must(metric.WhichOneof("data") == "summary", f"{metric.name} is no summary")
                found += [_sample(metric, point) for point in metric.summary.data_points]
    return found


def _sample(metric: Any, point: Any) -> Sample:
    values = {item.key: item.value for item in point.attributes}
    _must(set(values) == ATTRIBUTES, f"{metric.name} has other attributes")
    namespace, name = values["Namespace"].string_value, values["MetricName"].string_value
    _must(metric.name == f"amazonaws.com/{namespace}/{name}", f"{metric.name} is named otherwise than it is")
    quantiles = {item.quantile: item.value for item in point.quantile_values}
    _must(
        list(quantiles) == sorted(quantiles) and {0.0, 1.0} <= set(quantiles),
        f"{metric.name}: quantiles are not rising from 0 to 1",
    )
    dimensions = values["Dimensions"].kvlist_value.values
    return Sample(
        name=metric.name,
        namespace=namespace,
        metric=name,
        dimensions={item.key: item.value.string_value for item in dimensions},
        unit=metric.unit,
        seconds=(point.time_unix_nano - point.start_time_unix_nano) / 1e9,
        count=point.count,
        total=point.sum,
        quantiles=quantiles,
    )


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise UnacceptableError(otherwise)
