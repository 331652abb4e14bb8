"""The condition key `cloudwatch:namespace`: without it who may publish into one namespace may not at all."""

import inspect
import json
from typing import Any
from urllib.parse import parse_qs

from ministack.core import iam_actions

ACTION = "cloudwatch:PutMetricData"
KEY = "cloudwatch:namespace"


def apply() -> None:
    """Tell policies the namespace of PutMetricData."""
    original = iam_actions.request_tag_context
    if list(inspect.signature(original).parameters) != ["service", "iam_action", "body", "params"]:
        raise RuntimeError("ministack describes requests to policies otherwise now: look at this patch again")

    def context(service: str, iam_action: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = original(service, iam_action, body, params)
        return {**found, KEY: _namespace(body)} if iam_action == ACTION else found

    iam_actions.request_tag_context = context


def _namespace(body: bytes) -> str:
    """From both protocols that boto3 may speak with CloudWatch."""
    if body.startswith(b"{"):
        return str(json.loads(body).get("Namespace", ""))
    return parse_qs(body.decode()).get("Namespace", [""])[0]
