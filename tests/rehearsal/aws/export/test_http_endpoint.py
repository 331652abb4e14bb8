"""Firehose's request and its judgement of answers, against a local server."""

import base64
import gzip
import json
import re
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from rehearsal.aws.export.backlog import Backlog
from rehearsal.aws.export.http_endpoint import Batch, Endpoint, Verdict, judge, pause, request

BATCH = Batch(id="6f8d0c2e-0000-4000-8000-000000000000", records=(b"one", b"two"), arrived=1.0, started=2.0)
ARN = "arn:aws:firehose:us-east-1:123456789012:deliverystream/example"
HINTS = {"IntervalInSeconds": 60, "SizeInMBs": 1}


def endpoint(server: HTTPServer, *, compressed: bool = True) -> Endpoint:
    return Endpoint(
        url=server.url_for("/v1/input?dd-protocol=aws"), stream_arn=ARN, compressed=compressed, key="k3y"
    )


def answered(**more: Any) -> httpx.Response:
    document = {"requestId": BATCH.id, "timestamp": 1_578_090_903_599}
    return httpx.Response(**{"status_code": 200, "json": document, **more})


@pytest.mark.parametrize("compressed", [True, False])
def test_a_request_is_as_documented(httpserver: HTTPServer, compressed: bool) -> None:
    seen: list[Request] = []

    def take(got: Request) -> Response:
        seen.append(got)
        return Response(json.dumps({"requestId": BATCH.id, "timestamp": 1}), content_type="application/json")

    httpserver.expect_request(
        "/v1/input", method="POST", query_string="dd-protocol=aws"
    ).respond_with_handler(take)
    made = request(BATCH, endpoint(httpserver, compressed=compressed), now=1_578_090_901.599)
    with httpx.Client(trust_env=False) as client:
        response = client.send(made)

    assert judge(response, request_id=BATCH.id) == (Verdict.DELIVERED, "")
    (got,) = seen
    assert got.headers["X-Amz-Firehose-Protocol-Version"] == "1.0"
    assert got.headers["X-Amz-Firehose-Request-Id"] == BATCH.id
    assert got.headers["X-Amz-Firehose-Source-Arn"] == ARN
    assert got.headers["X-Amz-Firehose-Access-Key"] == "k3y"
    assert got.headers["Content-Type"] == "application/json"
    assert got.headers.get("Content-Encoding") == ("gzip" if compressed else None)
    assert re.fullmatch(r"\d+", got.headers["Content-Length"])
    body = gzip.decompress(got.data) if compressed else got.data
    assert json.loads(body) == {
        "requestId": BATCH.id,
        "timestamp": 1_578_090_901_599,
        "records": [{"data": base64.b64encode(each).decode()} for each in BATCH.records],
    }


def test_the_key_is_not_in_what_is_printed_of_an_endpoint(httpserver: HTTPServer) -> None:
    assert "k3y" not in repr(endpoint(httpserver))


@pytest.mark.parametrize(
    ("response", "verdict"),
    [
        (answered(), Verdict.DELIVERED),
        (answered(status_code=201), Verdict.AGAIN),
        (answered(status_code=302), Verdict.AGAIN),
        (answered(status_code=400), Verdict.AGAIN),
        (answered(status_code=403), Verdict.AGAIN),
        (answered(status_code=500), Verdict.AGAIN),
        (answered(status_code=413), Verdict.LOST),
        (httpx.Response(200, text="ok"), Verdict.AGAIN),
        (httpx.Response(200, json={"requestId": "another", "timestamp": 1}), Verdict.AGAIN),
        (httpx.Response(200, json={"requestId": BATCH.id}), Verdict.AGAIN),
        (httpx.Response(200, json={"requestId": BATCH.id, "timestamp": "1"}), Verdict.AGAIN),
        (httpx.Response(200, json=[]), Verdict.AGAIN),
        (
            httpx.Response(200, content=b"{", headers={"content-type": "application/json"}),
            Verdict.AGAIN,
        ),
    ],
)
def test_only_200_with_the_documented_body_is_a_delivery(response: httpx.Response, verdict: Verdict) -> None:
    found, message = judge(response, request_id=BATCH.id)
    assert found is verdict
    assert bool(message) is (verdict is not Verdict.DELIVERED)


def test_pauses_double_up_to_two_minutes() -> None:
    assert [pause(attempts) for attempts in (1, 2, 3, 7, 8, 20)] == [1, 2, 4, 64, 120, 120]


def records(*values: bytes) -> list[dict[str, Any]]:
    return [{"data": base64.b64encode(value).decode()} for value in values]


def test_records_wait_for_the_interval() -> None:
    backlog = Backlog()
    backlog.take(records(b"a"), now=0.0, hints=HINTS)
    backlog.take(records(b"b"), now=59.0, hints=HINTS)
    assert not backlog.due(59.0)
    backlog.take([], now=60.0, hints=HINTS)
    assert backlog.due(60.0)
    assert backlog.current(60.0, new_id=lambda: "id").records == (b"a", b"b")


def test_a_full_buffer_does_not_wait() -> None:
    backlog = Backlog()
    backlog.take(records(b"x" * 1024 * 1024), now=0.0, hints=HINTS)
    assert backlog.due(0.0)


def test_a_batch_that_failed_goes_before_what_came_meanwhile() -> None:
    backlog = Backlog()
    backlog.take(records(b"a"), now=0.0, hints=HINTS)
    backlog.take([], now=60.0, hints=HINTS)
    first = backlog.current(60.0, new_id=lambda: "first")
    assert backlog.tried(60.0) == 1
    backlog.wait(until=61.0)
    backlog.take(records(b"b"), now=60.5, hints=HINTS)
    assert not backlog.due(60.5)
    assert backlog.due(61.0)
    assert backlog.current(61.0, new_id=lambda: "second") is first
    backlog.done()
    assert not backlog.due(62.0)
