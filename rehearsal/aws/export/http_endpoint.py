"""Firehose's request to an HTTP endpoint, and what it takes an answer for.

Source: Amazon Data Firehose Developer Guide, HTTP endpoint delivery request and response specifications.
"""

import base64
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import httpx

PROTOCOL: Final = "1.0"
TOO_LARGE: Final = 413
LONGEST_PAUSE: Final = 120.0


class Verdict(StrEnum):
    """What becomes of a batch."""

    DELIVERED = "delivered"
    AGAIN = "again"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Records on their way.

    Args:
        id: The request's id, the same for each attempt.
        records: The records.
        arrived: When the oldest of them came, in AWS's time.
        started: When it was first tried.
    """

    id: str
    records: Sequence[bytes]
    arrived: float
    started: float


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a batch goes.

    Args:
        url: As configured.
        stream_arn: The delivery stream.
        compressed: By gzip.
        key: The access key.
    """

    url: str
    stream_arn: str
    compressed: bool
    key: str = field(repr=False)


def request(batch: Batch, endpoint: Endpoint, *, now: float) -> httpx.Request:
    """An attempt.

    Args:
        batch: What is delivered.
        endpoint: Where to.
        now: Seconds since the epoch.
    """
    document = {
        "requestId": batch.id,
        "timestamp": int(now * 1000),
        "records": [{"data": base64.b64encode(record).decode()} for record in batch.records],
    }
    body = json.dumps(document).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Amazon Kinesis Data Firehose Agent/1.0",
        "X-Amz-Firehose-Protocol-Version": PROTOCOL,
        "X-Amz-Firehose-Request-Id": batch.id,
        "X-Amz-Firehose-Source-Arn": endpoint.stream_arn,
        "X-Amz-Firehose-Access-Key": endpoint.key,
    }
    if endpoint.compressed:
        body = gzip.compress(body)
        headers["Content-Encoding"] = "gzip"
    return httpx.Request("POST", endpoint.url, headers=headers, content=body)


def judge(response: httpx.Response, *, request_id: str) -> tuple[Verdict, str]:
    """What an answer means, and in words what is wrong with it.

    Args:
        response: The answer.
        request_id: The request's id.
    """
    if response.status_code == TOO_LARGE:
        return Verdict.LOST, "413: the batch is too large; it is not kept"
    if wrong := _misshaped(response, request_id):
        return Verdict.AGAIN, f"{response.status_code}: {wrong}; it counts as 500"
    if response.status_code == httpx.codes.OK:
        return Verdict.DELIVERED, ""
    return Verdict.AGAIN, f"{response.status_code}: {response.text[:500]}"


def pause(attempts: int) -> float:
    """Seconds before the next attempt; AWS's jitter is left out.

    Args:
        attempts: How many there were.
    """
    return min(LONGEST_PAUSE, 2.0 ** (attempts - 1))


def _misshaped(response: httpx.Response, request_id: str) -> str:
    if response.headers.get("content-type", "").partition(";")[0] != "application/json":
        return "the answer is no application/json"
    if "content-encoding" in response.headers:
        return "the answer is encoded"
    if "content-length" not in response.headers:
        return "the answer has no Content-Length"
    try:
        document = response.json()
    except ValueError:
        return "the answer is no JSON"
    if not isinstance(document, dict) or document.get("requestId") != request_id:
        return "the answer does not repeat the requestId"
    if not isinstance(document.get("timestamp"), int):
        return "the answer has no timestamp in milliseconds"
    return ""
