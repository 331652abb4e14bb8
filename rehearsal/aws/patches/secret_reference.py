"""`Ref` of a secret is its ARN on AWS; ministack gives the name, and policies would name nothing."""

from typing import Any

from ministack.services import secretsmanager
from ministack.services.cloudformation import provisioners

TYPE = "AWS::SecretsManager::Secret"


def apply() -> None:
    """Make the ARN the physical id."""
    original = provisioners._RESOURCE_HANDLERS[TYPE]
    if set(original) != {"create", "update", "update_with_logical_id", "delete"}:
        raise RuntimeError(f"ministack handles {TYPE} in another way now: look at this patch again")

    def name_of(arn: str) -> str:
        return next((name for name, secret in secretsmanager._secrets.items() if secret["ARN"] == arn), arn)

    def create(logical: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        _name, attributes = original["create"](logical, properties, stack)
        return attributes["Arn"], attributes

    def update(
        physical: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str | None = None
    ) -> tuple[str, dict[str, str]]:
        _name, attributes = original["update"](name_of(physical), old, new, stack, logical_id)
        return attributes["Arn"], attributes

    def delete(physical: str, properties: dict[str, Any]) -> None:
        original["delete"](name_of(physical), properties)

    provisioners._RESOURCE_HANDLERS[TYPE] = {**original, "create": create, "update": update, "delete": delete}
