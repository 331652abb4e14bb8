"""A topic of a template keeps its KMS key, which ministack forgets: nothing could be refused for its sake."""

from typing import Any

from ministack.services import sns
from ministack.services.cloudformation import provisioners

TYPE = "AWS::SNS::Topic"
KEY = "KmsMasterKeyId"


def apply() -> None:
    """Keep the key as the topic's attribute, as the API does."""
    original = provisioners._RESOURCE_HANDLERS[TYPE]
    if "update_with_logical_id" not in original:
        raise RuntimeError(f"ministack handles {TYPE} in another way now: look at this patch again")

    def kept(made: tuple[str, dict[str, str]], properties: dict[str, Any]) -> tuple[str, dict[str, str]]:
        attributes = sns._topics[made[0]]["attributes"]
        attributes.pop(KEY, None)
        if properties.get(KEY):
            attributes[KEY] = properties[KEY]
        return made

    def create(logical: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        return kept(original["create"](logical, properties, stack), properties)

    def update(
        physical: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str | None = None
    ) -> tuple[str, dict[str, str]]:
        return kept(original["update"](physical, old, new, stack, logical_id), new)

    provisioners._RESOURCE_HANDLERS[TYPE] = {**original, "create": create, "update": update}
