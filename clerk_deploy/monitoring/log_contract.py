"""The application's log line: one JSON object a line, specified here and nowhere else.

Metric filters and saved queries are generated from these names. A line that is no JSON, or of an event
that is not listed, matches no filter: it is kept, and hurts nothing.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from clerk_deploy.names import SLOTS

CONTAINERS: Final = "containers"
"""What stands in place of a slot where there are none: container hosting."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """A key of the line.

    Args:
        kind: JSON type: `text`, `number` or `flag`.
        help: What it says, with its unit.
        nullable: May be null.
        optional: May be absent.
    """

    kind: str
    help: str
    nullable: bool = False
    optional: bool = False


FIELDS: Final[Mapping[str, Field]] = {
    "time": Field(kind="text", help="when the request ended, ISO 8601 in UTC"),
    "event": Field(kind="text", help="what happened, one of the events"),
    "route": Field(kind="text", help="the route's pattern, never the address itself", nullable=True),
    "method": Field(kind="text", help="the request's method", nullable=True),
    "status": Field(
        kind="number", help="HTTP status; null where the line is about no request", nullable=True
    ),
    "duration_ms": Field(kind="number", help="milliseconds that the request took", nullable=True),
    "validation_ms": Field(kind="number", help="milliseconds of it spent on the token", nullable=True),
    "reason": Field(kind="text", help="`ok`, or why not, as one word with dashes"),
    "tenant": Field(kind="text", help="the organization of the verified token", nullable=True),
    "slot": Field(kind="text", help=f"the slot that answered, or `{CONTAINERS}`"),
    "commit": Field(kind="text", help="the release's commit"),
    "revision": Field(kind="text", help="the release's revision"),
    "synthetic": Field(kind="flag", help="a request of the deployment's own verification"),
    "error": Field(kind="text", help="an error's class name, never its message", optional=True),
}

EVENTS: Final[Mapping[str, str]] = {
    "auth.signin": "a password sign-in",
    "auth.signup": "a sign-up",
    "auth.refresh": "a refresh of the access token",
    "auth.signout": "a sign-out",
    "auth.me": "a request with an access token",
    "auth.social": "the start or the end of a social sign-in",
    "health": "a look at the release's health",
    "api.unknown": "a request to an address under /api that does not exist",
    "server.error": "an error that no handler expected",
    "startup.secret": "the first reading of the secrets",
    "secret.refresh": "a later reading of the secrets",
}

REASON: Final = re.compile(r"[a-z][a-z0-9-]{0,59}")
"""Shape of a reason. The list below is not closed: Clerk's own error codes pass through, dashed."""

REASONS: Final[Mapping[str, str]] = {
    "ok": "it worked",
    # the token that a caller sent
    "token-missing": "no token came with the request",
    "token-expired": "the token's time was over: clients refresh and go on",
    "token-invalid": "it is no token of Clerk's shape",
    "token-invalid-algorithm": "it is signed with an algorithm that is not accepted",
    "token-invalid-signature": "its signature does not fit the key",
    "token-invalid-authorized-parties": "it was made for another site of the same Clerk instance",
    "token-not-active-yet": "it is valid in the future only: a clock is wrong",
    "token-iat-in-the-future": "it was issued in the future: a clock is wrong",
    "token-issuer": "another Clerk instance issued it",
    "jwk-kid-mismatch": "no key of our Clerk instance has its id",
    "session-pending": "the session has a task left (organization, second factor)",
    "refresh-token-malformed": "the refresh token has not the shape that we gave",
    # the user who signs in
    "user-unknown": "no user has that address",
    "user-banned": "the user is banned",
    "user-locked": "the user is locked out by Clerk",
    "incorrect-password": "the password is wrong",
    "no-password-set": "the user has no password (social sign-in)",
    "too-many-attempts": "this address and client tried too often",
    "tenant-mismatch": "the user or token belongs to another tenant",
    # Clerk
    "clerk-unreachable": "Clerk did not answer, or with a 5xx",
    "clerk-timeout": "Clerk took longer than we wait",
    "clerk-rate-limited": "Clerk asked to slow down",
    "clerk-unreadable": "Clerk's answer was not understood",
    # the release's own set-up
    "secret-missing": "there is no secret for this release's publishable key",
    "secret-malformed": "the secret has not the shape of a Clerk key",
    "secret-unreadable": "the secret could not be read",
    "secret-refused": "Clerk refuses our key",
    "clerk-key-invalid": "Clerk refuses our key",
    "instance-mismatch": "secret and publishable key belong to different Clerk instances",
    "jwt-key-malformed": "CLERK_JWT_KEY is no public key",
    "tokens-missing": "the edge's tokens are missing from the secrets",
    "tenant-unknown": "no organization of the Clerk instance is NEXT_PUBLIC_TENANT_ID",
    "verification-failed": "verifying a token failed in a way that is nobody's token's fault",
    "unexpected-error": "a bug",
    "origin-token": "the request did not come through the edge",
    "route-unknown": "there is no such address",
    "method-not-allowed": "the address does not take that method",
}

CLERK_IS_DOWN: Final = ("clerk-unreachable", "clerk-timeout", "clerk-rate-limited")
"""What no release causes and no rollback cures."""

SECRET_IS_WRONG: Final = (
    "secret-missing",
    "secret-malformed",
    "secret-unreadable",
    "secret-refused",
    "clerk-key-invalid",
    "instance-mismatch",
    "jwt-key-malformed",
    "tokens-missing",
)
SIGNATURE_IS_WRONG: Final = (
    "token-invalid-signature",
    "token-invalid-algorithm",
    "token-issuer",
    "jwk-kid-mismatch",
)
CLOCK_IS_WRONG: Final = ("token-not-active-yet", "token-iat-in-the-future")
SLOT_VALUES: Final = (*SLOTS, CONTAINERS)


def problems_of(line: str) -> tuple[str, ...]:
    """What a line of the log has that the contract does not allow; nothing for a good line.

    Args:
        line: The line as the application wrote it.
    """
    try:
        found = json.loads(line)
    except ValueError:
        return ("it is no JSON",)
    if not isinstance(found, dict):
        return ("it is no JSON object",)
    return (
        *(
            f"{name}: it is missing"
            for name, field in FIELDS.items()
            if name not in found and not field.optional
        ),
        *(f"{name}: there is no such field" for name in found if name not in FIELDS),
        *(
            f"{name}: {problem}"
            for name, field in FIELDS.items()
            if name in found and (problem := _problem(name, field, found[name]))
        ),
    )


def _problem(name: str, field: Field, value: Any) -> str | None:
    if value is None:
        return None if field.nullable else "it must not be null"
    kinds: dict[str, tuple[type, ...]] = {"text": (str,), "number": (int, float), "flag": (bool,)}
    if not isinstance(value, kinds[field.kind]) or (field.kind == "number" and isinstance(value, bool)):
        return f"it must be a {field.kind}"
    if name == "event" and value not in EVENTS:
        return "there is no such event"
    if name == "reason" and not REASON.fullmatch(str(value)):
        return "it must be one lower-case word with dashes"
    return None
