"""AWS::CloudWatch::MetricStream: ministack refuses the type."""

from typing import Any

from ministack.services.cloudformation import provisioners

from rehearsal.aws.cloudwatch.clock import Clock
from rehearsal.aws.config import Config
from rehearsal.aws.export.metric_streams import PRINCIPAL, MetricStreams
from rehearsal.aws.export.roles import RoleClients

TYPE = "AWS::CloudWatch::MetricStream"


def apply(config: Config, *, clock: Clock) -> MetricStreams:
    """Register the type, and let its streams run.

    Args:
        config: The account.
        clock: AWS's time.

    Returns:
        What has to be told every datapoint.
    """
    if TYPE in provisioners._RESOURCE_HANDLERS:
        raise RuntimeError(f"ministack knows {TYPE} now: delete this patch")
    roles = RoleClients(
        principal=PRINCIPAL, endpoint=config.endpoint, account=config.account, region=config.region
    )
    streams = MetricStreams(roles=roles, clock=clock)

    def put(properties: dict[str, Any]) -> tuple[str, dict[str, str]]:
        return properties["Name"], {"Arn": streams.put(properties)}

    def update(
        physical: str, _old: dict[str, Any], new: dict[str, Any], _stack: str
    ) -> tuple[str, dict[str, str]]:
        made = put(new)
        if new["Name"] != physical:
            streams.remove(physical)
        return made

    provisioners._RESOURCE_HANDLERS[TYPE] = {
        "create": lambda _logical, properties, _stack: put(properties),
        "update": update,
        "delete": lambda physical, _properties: streams.remove(physical),
    }
    streams.start()
    return streams
