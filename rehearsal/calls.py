"""Which AWS calls changed something, as the embedded CloudTrail recorded them."""

from datetime import UTC, datetime
from typing import Any

LEDGER = "dynamodb.amazonaws.com"
NOT_A_CHANGE = frozenset({"AssumeRole", "PutMetricData", "PutLogEvents", "CreateLogStream", "CreateLogGroup"})
"""Credentials, metrics and log lines: they record, they change nothing that serves."""


def changing_calls(cloudtrail: Any, *, begin: float, end: float) -> list[str]:
    """Names of the calls that changed something, the ledger's own writes apart.

    Args:
        cloudtrail: boto3's client.
        begin: Seconds since the epoch.
        end: Seconds since the epoch.
    """
    pages = cloudtrail.get_paginator("lookup_events").paginate(
        StartTime=datetime.fromtimestamp(begin, UTC),
        EndTime=datetime.fromtimestamp(end, UTC),
        LookupAttributes=[{"AttributeKey": "ReadOnly", "AttributeValue": "false"}],
    )
    return [
        event["EventName"]
        for page in pages
        for event in page["Events"]
        if event["EventSource"] != LEDGER and event["EventName"] not in NOT_A_CHANGE
    ]
