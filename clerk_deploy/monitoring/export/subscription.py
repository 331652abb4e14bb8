"""Alarms to Datadog: it takes SNS's messages at an address that holds a key."""

from typing import Any

from clerk_deploy.aws.errors import aws_errors
from clerk_deploy.errors import UnusableInputError
from clerk_deploy.monitoring.export.vendors import ALARM_HOSTS, Vendor
from clerk_deploy.secret_value import SecretValue
from clerk_deploy.settings.export import ExportSettings


def alarm_host(export: ExportSettings) -> str:
    """The host that takes alarms.

    Args:
        export: Where metrics go.

    Raises:
        UnusableInputError: Nobody there takes them.
    """
    monitors = "alert on the metrics there instead: docs/other-monitors.md has examples"
    if export.vendor is not Vendor.DATADOG:
        raise UnusableInputError(f"{export.vendor.brand} takes no messages of SNS.", next_step=monitors)
    host = ALARM_HOSTS.get(export.site)
    if host is None:
        raise UnusableInputError(
            f"Datadog documents no address for SNS on {export.site}, only on {', '.join(ALARM_HOSTS)}.",
            next_step=monitors,
        )
    return host


def subscribe_monitor(client: Any, key: SecretValue, *, host: str, topic_arn: str) -> bool:
    """Subscribe Datadog to a topic; it confirms by itself.

    Args:
        client: boto3's `sns` client.
        key: An API key, best one of its own: SNS shows the address to whoever may list subscriptions.
        host: Datadog's host.
        topic_arn: The topic.

    Returns:
        Whether Datadog has yet to confirm.

    Raises:
        DeployError: AWS did not do it.
    """
    address = f"https://{host}/intake/webhook/sns?api_key={key.reveal()}"
    with aws_errors("Subscribing Datadog to the alarms"):
        answer = client.subscribe(TopicArn=topic_arn, Protocol="https", Endpoint=address)
    return not str(answer["SubscriptionArn"]).startswith("arn:")
