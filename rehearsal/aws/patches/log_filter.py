"""FilterLogEvents honours JSON patterns and beginnings of streams' names; ministack reads neither."""

import inspect
from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch_logs

from rehearsal.aws.cloudwatch.filter_pattern import matching_document


def apply() -> None:
    """Match patterns in braces as metric filters do."""
    original = cloudwatch_logs._compile_filter_pattern
    if "treat as match-all" not in inspect.getsource(original):
        raise RuntimeError("ministack knows patterns for JSON now: delete this patch")

    def compile_pattern(raw: str) -> Callable[[str], bool]:
        if not raw.strip().startswith("{"):
            matches: Callable[[str], bool] = original(raw)
            return matches
        return lambda message: matching_document(raw, message) is not None

    cloudwatch_logs._compile_filter_pattern = compile_pattern
    _honour_prefix()


def _honour_prefix() -> None:
    original = cloudwatch_logs._filter_log_events
    if "logStreamNamePrefix" in inspect.getsource(original):
        raise RuntimeError("ministack knows logStreamNamePrefix now: delete this patch")

    def filter_log_events(data: dict[str, Any]) -> Any:
        group = cloudwatch_logs._log_groups.get(cloudwatch_logs._resolve_log_group_name(data))
        if group and (prefix := data.get("logStreamNamePrefix")):
            named = [name for name in group["streams"] if name.startswith(prefix)]
            # No stream at all would mean every stream.
            data = {**data, "logStreamNames": named or [prefix]}
        return original(data)

    cloudwatch_logs._filter_log_events = filter_log_events
