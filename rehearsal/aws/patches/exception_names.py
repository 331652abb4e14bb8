"""A function's exception reaches Step Functions by its class name; ministack calls each HandlerError.

Without this no Retry and no Catch by name would ever match, and a rehearsal would prove nothing.
"""

from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

PLAIN = '"error": str(e), "trace"'
SEPARATOR = "\x1f"
NAMED = '"error": type(e).__name__ + "\\x1f" + str(e), "trace"'


def apply() -> None:
    """Let the worker send the class name along, and take it apart where the answer is made."""
    if lambda_runtime._PYTHON_WORKER_SCRIPT.count(PLAIN) != 1:
        raise RuntimeError("ministack's Python worker tells errors in another way now: look at this patch")
    lambda_runtime._PYTHON_WORKER_SCRIPT = lambda_runtime._PYTHON_WORKER_SCRIPT.replace(PLAIN, NAMED)
    original = lambda_svc._execute_function_warm

    def execute(*positional: Any, **named: Any) -> Any:
        result = original(*positional, **named)
        body = result.get("body")
        if result.get("error") and isinstance(body, dict) and SEPARATOR in str(body.get("errorMessage")):
            body["errorType"], body["errorMessage"] = body["errorMessage"].split(SEPARATOR, 1)
        return result

    lambda_svc._execute_function_warm = execute
