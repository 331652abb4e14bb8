"""Where a vendor takes CloudWatch's metrics from Firehose, by its sites.

Sources: Datadog, AWS CloudWatch metric streams with Amazon Data Firehose; AWS CDK, `DatadogEndpoint`;
New Relic, AWS CloudWatch metric streams.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Vendor(StrEnum):
    """Who takes the metrics."""

    DATADOG = "datadog"
    NEW_RELIC = "newrelic"

    @property
    def brand(self) -> str:
        """As the vendor writes it."""
        return {"datadog": "Datadog", "newrelic": "New Relic"}[self.value]


ADDRESSES: Final[Mapping[Vendor, Mapping[str, str]]] = {
    Vendor.DATADOG: {
        "datadoghq.com": "https://awsmetrics-intake.datadoghq.com/v1/input",
        "datadoghq.eu": "https://awsmetrics-intake.datadoghq.eu/v1/input",
        "us3.datadoghq.com": "https://awsmetrics-intake.us3.datadoghq.com/v1/input",
        "us5.datadoghq.com": "https://event-platform-intake.us5.datadoghq.com/api/v2/awsmetrics"
        "?dd-protocol=aws-kinesis-firehose",
        "ap1.datadoghq.com": "https://event-platform-intake.ap1.datadoghq.com/api/v2/awsmetrics"
        "?dd-protocol=aws-kinesis-firehose",
        "ddog-gov.com": "https://awsmetrics-intake.ddog-gov.com/v1/input",
    },
    Vendor.NEW_RELIC: {
        "us": "https://aws-api.newrelic.com/cloudwatch-metrics/v1",
        "eu": "https://aws-api.eu01.nr-data.net/cloudwatch-metrics/v1",
    },
}
"""Address by site. None holds a key."""

UNCONFIRMED: Final = frozenset({"us3.datadoghq.com", "ddog-gov.com"})
"""Sites whose address no document of Datadog's or AWS's was found for."""

ALARM_HOSTS: Final[Mapping[str, str]] = {
    "datadoghq.com": "app.datadoghq.com",
    "datadoghq.eu": "app.datadoghq.eu",
}
"""Datadog's sites that are documented to take messages of SNS, with the host that does.

Source: Datadog, Amazon SNS integration.
"""
