"""AWS::CloudFront::MonitoringSubscription: ministack refuses the type, so no stack with it deploys."""

from typing import Any

from ministack.services.cloudformation import provisioners

TYPE = "AWS::CloudFront::MonitoringSubscription"


def apply() -> None:
    """Accept the resource; it only switches on additional metrics, which have no effect here."""
    if TYPE in provisioners._RESOURCE_HANDLERS:
        raise RuntimeError(f"ministack knows {TYPE} now: delete this patch")

    def create(_logical: str, properties: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
        return properties["DistributionId"], {}

    def update(
        physical: str, _old: dict[str, Any], _new: dict[str, Any], _stack: str
    ) -> tuple[str, dict[str, str]]:
        return physical, {}

    provisioners._RESOURCE_HANDLERS[TYPE] = {
        "create": create,
        "update": update,
        "delete": lambda _physical, _properties: None,
    }
