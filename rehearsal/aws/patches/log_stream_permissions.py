"""PutLogEvents is checked against the log stream's ARN; ministack checks it against the group's.

Policies that name a group as its own ARN does, with an asterisk for the streams, would allow nothing.
"""

import json
from typing import Any

from ministack.core import iam_actions

SERVICE = "logs"
TARGET = "Logs_20140328.PutLogEvents"
_GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:example"


def apply() -> None:
    """Add the stream to the ARN."""
    original = iam_actions.extract_resource_arn
    body = json.dumps({"logGroupName": "example", "logStreamName": "stream"}).encode()
    found = original(SERVICE, "POST", "/", {"x-amz-target": TARGET}, body, {}, "us-east-1", "123456789012")
    if found != _GROUP:
        raise RuntimeError("ministack names log streams to IAM otherwise now: look at this patch again")

    def extract(
        service: str, method: str, path: str, headers: Any, body: bytes, query: Any, region: str, account: str
    ) -> Any:
        named = original(service, method, path, headers, body, query, region, account)
        if service != SERVICE or headers.get("x-amz-target") != TARGET or named == "*":
            return named
        return f"{named}:log-stream:{json.loads(body).get('logStreamName', '')}"

    iam_actions.extract_resource_arn = extract
