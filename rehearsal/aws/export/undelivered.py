"""What Firehose writes into the bucket when it gives a batch up.

Source: Amazon Data Firehose Developer Guide, Handle data delivery failures.
"""

import base64
import gzip
import json
import time
from collections.abc import Mapping
from typing import Any

from rehearsal.aws.export.http_endpoint import Batch


def object_key(bucket: Mapping[str, Any], *, stream: str, version: int, batch: Batch) -> str:
    """The object's name.

    Args:
        bucket: The stream's S3Configuration.
        stream: The stream's name.
        version: Its version.
        batch: What is given up.
    """
    when = time.gmtime(batch.started)
    prefix = bucket.get("ErrorOutputPrefix") or f"{bucket.get('Prefix', '')}http-endpoint-failed/"
    stamp = time.strftime("%Y-%m-%d-%H-%M-%S", when)
    end = ".gz" if bucket.get("CompressionFormat") == "GZIP" else ""
    return f"{prefix}{time.strftime('%Y/%m/%d/%H/', when)}{stream}-{version}-{stamp}-{batch.id}{end}"


def document(batch: Batch, *, message: str, attempts: int, ended: float) -> bytes:
    """The object's content: a line a record, by gzip.

    Args:
        batch: What is given up.
        message: What was wrong at last.
        attempts: How often it was tried.
        ended: When it was tried last.
    """
    lines = [
        json.dumps(
            {
                "attemptsMade": attempts,
                "arrivalTimestamp": int(batch.arrived * 1000),
                "errorCode": "HttpEndpoint.DestinationException",
                "errorMessage": message,
                "attemptEndingTimestamp": int(ended * 1000),
                "rawData": base64.b64encode(record).decode(),
            }
        )
        for record in batch.records
    ]
    return gzip.compress("\n".join(lines).encode())
