"""A record is the example of AWS's own page, and a delivery what Firehose's page describes."""

from io import BytesIO
from typing import Any

import pytest
from google.protobuf import text_format
from google.protobuf.proto import parse_length_prefixed
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from rehearsal.aws.cloudwatch.points import Datum
from rehearsal.aws.export.otlp import Summary, record
from rehearsal.aws.export.windows import Windows

AS_DOCUMENTED = """
resource_metrics {
  resource {
    attributes { key: "cloud.provider" value { string_value: "aws" } }
    attributes { key: "cloud.account.id" value { string_value: "123456789012" } }
    attributes { key: "cloud.region" value { string_value: "us-east-1" } }
    attributes {
      key: "aws.exporter.arn"
      value { string_value: "arn:aws:cloudwatch:us-east-1:123456789012:metric-stream/MyMetricStream" }
    }
  }
  scope_metrics {
    metrics {
      name: "amazonaws.com/AWS/DynamoDB/ConsumedReadCapacityUnits"
      unit: "{Count}"
      summary {
        data_points {
          start_time_unix_nano: 60000000000
          time_unix_nano: 120000000000
          count: 1
          sum: 1.0
          quantile_values { value: 1.0 }
          quantile_values { quantile: 0.95 value: 1.0 }
          quantile_values { quantile: 0.99 value: 1.0 }
          quantile_values { quantile: 1.0 value: 1.0 }
          attributes { key: "Namespace" value { string_value: "AWS/DynamoDB" } }
          attributes { key: "MetricName" value { string_value: "ConsumedReadCapacityUnits" } }
          attributes {
            key: "Dimensions"
            value { kvlist_value { values { key: "TableName" value { string_value: "MyTable" } } } }
          }
        }
      }
    }
  }
}
"""


def datum(value: float, *, at: float, name: str = "Duration", **more: Any) -> Datum:
    return Datum(
        namespace="yourapp/production", name=name, dimensions={}, unit="Count", at=at, value=value, **more
    )


def test_a_record_is_the_documented_request_with_its_length_before_it() -> None:
    summary = Summary(
        namespace="AWS/DynamoDB",
        name="ConsumedReadCapacityUnits",
        dimensions={"TableName": "MyTable"},
        unit="Count",
        start=60,
        end=120,
        count=1,
        total=1.0,
        quantiles={1.0: 1.0, 0.0: 1.0, 0.95: 1.0, 0.99: 1.0},
    )
    made = record(
        [summary],
        account="123456789012",
        region="us-east-1",
        stream_arn="arn:aws:cloudwatch:us-east-1:123456789012:metric-stream/MyMetricStream",
    )
    read = parse_length_prefixed(ExportMetricsServiceRequest, BytesIO(made))
    assert read == text_format.Parse(AS_DOCUMENTED, ExportMetricsServiceRequest())


def test_a_minute_leaves_once_when_it_is_over_with_what_came_late() -> None:
    windows = Windows()
    for value, at in ((1.0, 61.0), (9.0, 119.0), (5.0, 121.0)):
        windows.put(datum(value, at=at), at=at)
    assert windows.close(179.0, wanted=lambda _: True) == []
    windows.put(datum(2.0, at=70.0), at=70.0)
    (closed,) = windows.close(180.0, wanted=lambda _: True)
    summary = closed.summary(["p95"])
    assert (summary.start, summary.end, summary.count, summary.total) == (60.0, 120.0, 3, 12.0)
    assert summary.quantiles == {0.0: 1.0, 0.95: pytest.approx(8.3), 1.0: 9.0}
    assert [each.start for each in windows.close(240.0, wanted=lambda _: True)] == [120.0]


def test_metrics_with_other_dimensions_or_units_are_others() -> None:
    windows = Windows()
    one = datum(1.0, at=61.0)
    windows.put(one, at=61.0)
    windows.put(Datum(**{**vars(one), "dimensions": {"slot": "slot-a"}}), at=61.0)
    windows.put(Datum(**{**vars(one), "unit": "Milliseconds"}), at=61.0)
    assert len(windows.close(300.0, wanted=lambda _: True)) == 3


def test_what_nobody_wants_is_dropped() -> None:
    windows = Windows()
    windows.put(datum(1.0, at=61.0), at=61.0)
    assert windows.close(300.0, wanted=lambda _: False) == []
    assert windows.close(300.0, wanted=lambda _: True) == []
