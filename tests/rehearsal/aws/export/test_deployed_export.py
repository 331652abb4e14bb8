"""The synthesised export, deployed: metrics reach the vendor by its own name, with the key of the secret."""

import base64
import gzip
import json
from io import BytesIO
from typing import Any

import pytest
from google.protobuf.proto import parse_length_prefixed
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from rehearsal.monitor.delivery import Sample
from tests.rehearsal.aws.export.conftest import Exporting
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("export")


@pytest.fixture
def connected(exporting: Exporting) -> Exporting:
    exporting.connect(json.dumps({"api_key": exporting.monitor.key}))
    return exporting


def arrived(exporting: Exporting, metric: str) -> list[Sample]:
    return [sample for sample in exporting.monitor.samples if sample.metric == metric]


def refused(exporting: Exporting) -> int:
    return sum(status == 413 for _, status, _ in exporting.monitor.deliveries)


def alarm(exporting: Exporting) -> str:
    found = exporting.client("cloudwatch").describe_alarms(AlarmNames=["yourapp-production-export"])
    return str(found["MetricAlarms"][0]["StateValue"])


def logged(exporting: Exporting) -> str:
    group = "/aws/kinesisfirehose/yourapp-production-export"
    found = exporting.client("logs").filter_log_events(logGroupName=group)
    return " ".join(event["message"] for event in found["events"])


def test_before_the_key_is_stored_nothing_is_sent_and_the_alarm_says_so(exporting: Exporting) -> None:
    until(lambda: "the secret cannot be read" in logged(exporting), lambda: exporting.publish("Early", 1.0))
    until(lambda: alarm(exporting) == "ALARM", lambda: exporting.publish("Early", 1.0))
    assert exporting.monitor.deliveries == []


def test_a_metric_of_the_environment_arrives_with_its_statistics_and_the_alarm_is_quiet(
    connected: Exporting,
) -> None:
    def sent() -> Any:
        return [sample for sample in arrived(connected, "Duration") if sample.count >= 20]

    sample = until(sent, lambda: connected.publish("Duration", *range(1, 21)))[0]

    assert sample.name == "amazonaws.com/yourapp/production/Duration"
    assert (sample.namespace, sample.dimensions) == ("yourapp/production", {"slot": "slot-a"})
    assert (sample.unit, sample.seconds) == ("ms", 60.0)
    assert sample.total == pytest.approx(sample.count * 10.5)
    assert sample.quantiles[0.0] == 1
    assert sample.quantiles[0.95] == pytest.approx(19.05, abs=0.5)
    assert sample.quantiles[1.0] == 20
    assert {status for _, status, _ in connected.monitor.deliveries} <= {200}
    until(lambda: alarm(connected) == "OK", lambda: connected.publish("Duration", 1.0))


def test_percentiles_leave_only_for_metrics_that_alarms_look_at(connected: Exporting) -> None:
    sample = until(lambda: arrived(connected, "Other"), lambda: connected.publish("Other", 3.0))[0]
    assert set(sample.quantiles) == {0.0, 1.0}


def test_what_others_in_the_account_have_stays_here(connected: Exporting) -> None:
    connected.publish("Theirs", 1.0, namespace="another/production")
    until(lambda: arrived(connected, "Marker"), lambda: connected.publish("Marker", 1.0))
    assert {sample.namespace for sample in connected.monitor.samples} == {"yourapp/production"}


def test_a_delivery_that_fails_is_tried_again_with_the_same_id_and_arrives_once(connected: Exporting) -> None:
    before = len(connected.monitor.deliveries)
    connected.monitor.answers.extend([500, 503, 429])
    connected.publish("Retried", 7.0)
    until(lambda: arrived(connected, "Retried"))

    tries = connected.monitor.deliveries[before:]
    (last,) = {request_id for request_id, status, _ in tries if status == 429}
    assert [status for request_id, status, _ in tries if request_id == last][-1] == 200
    assert len(arrived(connected, "Retried")) == 1


def test_what_is_too_large_is_lost_as_firehose_says(connected: Exporting) -> None:
    before = connected.undelivered()
    # Which delivery it comes in nobody knows: all are refused until later metrics were.
    connected.monitor.answers.extend([413] * 100)
    connected.publish("TooLarge", 7.0)
    until(lambda: refused(connected) >= 3, lambda: connected.publish("Later", 1.0))
    connected.monitor.answers.clear()
    until(lambda: arrived(connected, "After"), lambda: connected.publish("After", 1.0))
    assert arrived(connected, "TooLarge") == []
    assert connected.undelivered() == before


def test_what_a_wrong_key_could_not_deliver_ends_in_the_bucket_and_the_alarm_tells(
    connected: Exporting,
) -> None:
    wrong = "0" * len(connected.monitor.key)
    connected.connect(json.dumps({"api_key": wrong}))
    until(
        lambda: any(status == 403 for _, status, _ in connected.monitor.deliveries),
        lambda: connected.publish("Refused", 5.0),
    )
    (key, *_) = until(connected.undelivered)
    body = connected.client("s3").get_object(Bucket=connected.outputs["ExportBackup"], Key=key)["Body"].read()
    first = json.loads(gzip.decompress(body).decode().splitlines()[0])
    assert key.startswith("undelivered/")
    assert "403" in first["errorMessage"] and first["attemptsMade"] > 1
    kept = parse_length_prefixed(ExportMetricsServiceRequest, BytesIO(base64.b64decode(first["rawData"])))
    assert kept is not None
    names = {metric.name for metric in kept.resource_metrics[0].scope_metrics[0].metrics}
    assert all(name.startswith("amazonaws.com/yourapp/production/") for name in names)
    until(lambda: alarm(connected) == "ALARM", lambda: connected.publish("Refused", 5.0))
    told = logged(connected) + body.decode(errors="replace") + gzip.decompress(body).decode()
    assert wrong not in told and connected.monitor.key not in told

    connected.connect(json.dumps({"api_key": connected.monitor.key}))
    until(lambda: arrived(connected, "Again"), lambda: connected.publish("Again", 1.0))


def test_a_secret_of_another_shape_sends_nothing_and_says_which_shape(exporting: Exporting) -> None:
    exporting.connect("a-bare-key-that-is-no-json")
    until(lambda: "is not of the form" in logged(exporting), lambda: exporting.publish("Shapeless", 5.0))
    before = len(exporting.monitor.deliveries)
    told = logged(exporting).count("is not of the form")
    until(lambda: logged(exporting).count("is not of the form") > told)
    assert "a-bare-key" not in logged(exporting)
    assert exporting.monitor.deliveries[before:] == []


def test_no_template_and_no_description_holds_the_key(exporting: Exporting) -> None:
    for stack in ("Configuration", "Monitoring"):
        found = exporting.client("cloudformation").get_template(StackName=f"yourapp-production-{stack}")
        assert exporting.monitor.key not in json.dumps(found["TemplateBody"])
    stream = exporting.client("firehose").list_delivery_streams()["DeliveryStreamNames"][0]
    described = exporting.client("firehose").describe_delivery_stream(DeliveryStreamName=stream)
    assert exporting.monitor.key not in json.dumps(described, default=str)
