"""FilterLogEvents honours patterns for JSON; ministack takes every line for a match of them."""

import inspect
from collections.abc import Callable

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
