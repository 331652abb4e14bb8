"""A web ACL's SearchString is plain text in a template and base64 in the API; ministack mixes them up."""

import base64
from typing import Any

from ministack.services.cloudformation import provisioners

TYPE = "AWS::WAFv2::WebACL"


def apply() -> None:
    """Turn a template's text into what the API answers with, which boto3 decodes."""
    original = provisioners._RESOURCE_HANDLERS[TYPE]
    if not {"create", "update", "delete"} <= set(original):
        raise RuntimeError(f"ministack handles {TYPE} in another way now: look at this patch again")

    def create(logical: str, properties: dict[str, Any], *rest: Any, **named: Any) -> Any:
        return original["create"](logical, _encoded(properties), *rest, **named)

    def update(physical: str, old: dict[str, Any], new: dict[str, Any], *rest: Any, **named: Any) -> Any:
        return original["update"](physical, _encoded(old), _encoded(new), *rest, **named)

    provisioners._RESOURCE_HANDLERS[TYPE] = {**original, "create": create, "update": update}


def _encoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_encoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: base64.b64encode(item.encode()).decode() if name == "SearchString" else _encoded(item)
        for name, item in value.items()
    }
