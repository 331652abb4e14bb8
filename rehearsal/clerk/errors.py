"""Clerk's errors: codes, messages and statuses of clerk-docs data/api_errors.json."""

import secrets
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse


class ClerkError(Exception):
    """An error answer.

    Args:
        status: HTTP status.
        code: Clerk's code.
        message: Short message.
        long: Long message; the short one when absent.
        meta: Further data, such as the parameter's name.
        retry_after: Seconds, for the header of that name.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        long: str | None = None,
        *,
        meta: Mapping[str, object] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.long = long or message
        self.meta = dict(meta) if meta else None
        self.retry_after = retry_after

    def answer(self) -> JSONResponse:
        """The answer of Clerk's shape."""
        error: dict[str, object] = {"message": self.message, "long_message": self.long, "code": self.code}
        if self.meta:
            error["meta"] = self.meta
        headers = {"retry-after": str(self.retry_after)} if self.retry_after is not None else None
        return JSONResponse(
            {"errors": [error], "clerk_trace_id": secrets.token_hex(16)}, self.status, headers=headers
        )


async def answer_error(_: Request, error: Exception) -> JSONResponse:
    """Starlette's exception handler for ClerkError."""
    assert isinstance(error, ClerkError)
    return error.answer()


def key_invalid() -> ClerkError:
    """The secret key is of no instance."""
    message = "The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct."
    return ClerkError(401, "clerk_key_invalid", message)


def not_found(what: str, id_: object) -> ClerkError:
    """No such resource."""
    return ClerkError(404, "resource_not_found", "not found", f"No {what} was found with id {id_}")


def organization_not_found() -> ClerkError:
    """No such organization."""
    return ClerkError(404, "resource_not_found", "not found", "Given organization not found.")


def parameter_missing(name: str) -> ClerkError:
    """A parameter is absent or empty."""
    return ClerkError(
        422, "form_param_missing", "is missing", f"{name} must be included.", meta={"param_name": name}
    )


def parameter_invalid(name: str, long: str) -> ClerkError:
    """A parameter's value is of no use."""
    return ClerkError(422, "form_param_value_invalid", "is invalid", long, meta={"param_name": name})


def body_invalid() -> ClerkError:
    """The body is not what the endpoint takes."""
    return ClerkError(
        400,
        "request_body_invalid",
        "Request body invalid",
        "The request body is invalid. Please consult the API documentation for more information.",
    )


def too_many_requests(retry_after: int) -> ClerkError:
    """A rate limit refuses the request."""
    return ClerkError(
        429,
        "too_many_requests",
        "Too many requests",
        "Too many requests, retry later",
        retry_after=retry_after,
    )
