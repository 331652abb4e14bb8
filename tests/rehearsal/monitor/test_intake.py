"""The vendor's intake takes what is documented, at the documented addresses, and nothing else."""

import asyncio
import base64
import gzip
import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import httpx
import pytest
from google.protobuf import text_format
from google.protobuf.proto import serialize_length_prefixed
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from clerk_deploy.monitoring.export.vendors import ADDRESSES, Vendor
from rehearsal.aws.export.http_endpoint import Batch, Endpoint, Verdict, judge, request
from rehearsal.aws.export.otlp import Summary, record
from rehearsal.monitor.app import RECEIVED, create_app
from rehearsal.monitor.state import KEYS, Monitor

SITES = [(vendor, site) for vendor in Vendor for site in ADDRESSES[vendor]]
SUMMARY = Summary(
    namespace="yourapp/production", name="Duration", dimensions={"slot": "slot-a"}, unit="Milliseconds",
    start=60, end=120, count=2, total=30.0, quantiles={0.0: 10.0, 0.95: 19.5, 1.0: 20.0},
)  # fmt: skip
RECORD = record([SUMMARY], account="123456789012", region="us-east-1", stream_arn="arn:aws:cloudwatch:x")

Sent = dict[str, Any]
Change = Callable[[Sent], None]


def sent(vendor: Vendor, site: str, *records: bytes) -> Sent:
    endpoint = Endpoint(
        url=ADDRESSES[vendor][site],
        stream_arn="arn:aws:firehose:us-east-1:123456789012:deliverystream/example",
        compressed=True,
        key=KEYS[vendor],
    )
    batch = Batch(id="1", records=records or (RECORD,), arrived=0, started=0)
    made = request(batch, endpoint, now=1.0)
    return {
        "method": "POST",
        "url": ADDRESSES[vendor][site],
        "headers": dict(made.headers),
        "content": made.content,
    }


def take(monitor: Monitor, parts: Sent) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(monitor))
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.request(**parts)

    return asyncio.run(ask())


@pytest.mark.parametrize(("vendor", "site"), SITES)
def test_what_firehose_sends_is_taken_at_every_site_and_answered_as_firehose_demands(
    vendor: Vendor, site: str
) -> None:
    monitor = Monitor(vendor=vendor, key=KEYS[vendor])
    answer = take(monitor, sent(vendor, site, RECORD, RECORD + RECORD))
    assert judge(answer, request_id="1") == (Verdict.DELIVERED, "")
    assert len(monitor.samples) == 3
    assert monitor.samples[0].quantiles == SUMMARY.quantiles
    assert (monitor.samples[0].total, monitor.samples[0].unit) == (30.0, "ms")


def header(name: str, value: str | None) -> Change:
    def change(parts: Sent) -> None:
        kept = {key: found for key, found in parts["headers"].items() if key.lower() != name}
        parts["headers"] = kept if value is None else {**kept, name: value}

    return change


def body(**changed: Any) -> Change:
    def change(parts: Sent) -> None:
        document = {**json.loads(gzip.decompress(parts["content"])), **changed}
        parts["content"] = gzip.compress(json.dumps(document).encode())
        parts["headers"] = {**parts["headers"], "content-length": str(len(parts["content"]))}

    return change


def bytes_instead(data: bytes) -> Change:
    return body(records=[{"data": base64.b64encode(data).decode()}])


def request_instead(text: str) -> bytes:
    written = BytesIO()
    serialize_length_prefixed(text_format.Parse(text, ExportMetricsServiceRequest()), written)
    return written.getvalue()


def no_gzip(parts: Sent) -> None:
    parts.update(content=b"{}", headers={**parts["headers"], "content-length": "2"})


def with_url(url: str) -> Change:
    return lambda parts: parts.update(url=url)


WRONG: dict[str, tuple[Change, int]] = {
    "another method": (lambda parts: parts.update(method="PUT"), 405),
    "another path": (with_url("https://awsmetrics-intake.datadoghq.eu/v2/input"), 404),
    "another site's path": (with_url("https://awsmetrics-intake.datadoghq.eu/api/v2/awsmetrics"), 404),
    "a key in the address": (with_url("https://awsmetrics-intake.datadoghq.eu/v1/input?api_key=x"), 404),
    "no key": (header("x-amz-firehose-access-key", None), 403),
    "another key": (header("x-amz-firehose-access-key", "0" * 32), 403),
    "no version": (header("x-amz-firehose-protocol-version", None), 400),
    "another version": (header("x-amz-firehose-protocol-version", "2.0"), 400),
    "no source": (header("x-amz-firehose-source-arn", None), 400),
    "another type": (header("content-type", "application/x-protobuf"), 400),
    "not compressed as it says": (header("content-encoding", None), 400),
    "another id": (header("x-amz-firehose-request-id", "2"), 400),
    "no gzip": (no_gzip, 400),
    "no records": (body(records=[]), 400),
    "a record that is no base64": (body(records=[{"data": "%"}]), 400),
    "no length before the request": (bytes_instead(RECORD[2:]), 400),
    "a request cut off": (bytes_instead(RECORD[:-3]), 400),
    "JSON in a record": (bytes_instead(b'{"metric_name": "Duration"}\n'), 400),
    "no resource": (bytes_instead(request_instead("resource_metrics { scope_metrics { } }")), 400),
}


@pytest.mark.parametrize("what", WRONG)
def test_whatever_is_otherwise_is_refused(what: str) -> None:
    change, status = WRONG[what]
    monitor = Monitor(vendor=Vendor.DATADOG, key=KEYS[Vendor.DATADOG])
    parts = sent(Vendor.DATADOG, "datadoghq.eu")
    change(parts)
    assert take(monitor, parts).status_code == status
    assert monitor.samples == []


def test_one_vendors_address_is_none_of_the_others() -> None:
    monitor = Monitor(vendor=Vendor.NEW_RELIC, key=KEYS[Vendor.DATADOG])
    assert take(monitor, sent(Vendor.DATADOG, "datadoghq.eu")).status_code == 404


def test_scripted_answers_come_first_and_what_came_can_be_read() -> None:
    monitor = Monitor(vendor=Vendor.NEW_RELIC, key=KEYS[Vendor.NEW_RELIC])
    monitor.answers.extend([503, 200])
    parts = sent(Vendor.NEW_RELIC, "us")
    assert [take(monitor, parts).status_code for _ in range(2)] == [503, 200]
    told = take(monitor, {"method": "GET", "url": f"https://vendor{RECEIVED}"}).json()
    assert [status for _, status, _ in told["deliveries"]] == [503, 200]
    assert [sample["metric"] for sample in told["samples"]] == ["Duration"]
