"""Types that ministack refuses, so that no stack with them deploys, and that do nothing in a rehearsal."""

from typing import Any

from ministack.core.responses import new_uuid
from ministack.services.cloudformation import provisioners

TYPES = {
    "AWS::CloudWatch::AnomalyDetector": "nobody learns a band here, and the evaluator refuses alarms on one",
    "AWS::Logs::QueryDefinition": "a saved query is for the console, which is not here",
}


def apply() -> None:
    """Accept these resources."""
    for kind, reason in TYPES.items():
        if kind in provisioners._RESOURCE_HANDLERS:
            raise RuntimeError(f"ministack knows {kind} now: delete it from this patch ({reason})")
        provisioners._RESOURCE_HANDLERS[kind] = {
            "create": lambda _logical, _properties, _stack: (new_uuid(), {}),
            "update": _update,
            "delete": lambda _physical, _properties: None,
        }


def _update(
    physical: str, _old: dict[str, Any], _new: dict[str, Any], _stack: str
) -> tuple[str, dict[str, str]]:
    return physical, {}
