"""Questions to the log, as CloudWatch Logs Insights asks them. Names of fields are the log contract's."""

from dataclasses import dataclass
from typing import Final

from clerk_deploy.monitoring.log_contract import CLERK_IS_DOWN


@dataclass(frozen=True, kw_only=True)
class Query:
    """A saved query.

    Args:
        name: As alarms' texts name it.
        text: The query.
        answers: The guide's entry that it helps with.
    """

    name: str
    text: str
    answers: str


def _counted(condition: str, *by: str) -> str:
    return f"filter {condition}\n| stats count(*) as requests by {', '.join(by)}\n| sort requests desc"


def _listed(condition: str) -> str:
    return (
        "fields @timestamp, event, route, status, reason, duration_ms, slot, commit\n"
        f"| filter {condition}\n| sort @timestamp desc\n| limit 200"
    )


USERS: Final = '@message not like /"synthetic":true/'
"""As text: whether Insights shows JSON's true as 1 or as a word is not documented."""

_CLERK = ", ".join(f'"{reason}"' for reason in CLERK_IS_DOWN)

QUERIES: Final = (
    Query(
        name="sign-in failures",
        text=_counted(f'event = "auth.signin" and status >= 400 and {USERS}', "reason", "slot"),
        answers="Authentication success rate",
    ),
    Query(
        name="refresh failures",
        text=_counted(f'event = "auth.refresh" and status >= 400 and {USERS}', "reason", "slot"),
        answers="Token refresh failing",
    ),
    Query(
        name="401 by reason",
        text=_counted(f"status = 401 and {USERS}", "event", "reason"),
        answers="Token verification failed",
    ),
    Query(
        name="social failures",
        text=_counted(f'event = "auth.social" and status >= 400 and {USERS}', "reason", "slot"),
        answers="Social login not working",
    ),
    Query(
        name="tenant refusals",
        text=_counted(f'reason = "tenant-mismatch" and {USERS}', "event", "tenant"),
        answers="Multi-tenant isolation broken",
    ),
    Query(
        name="5xx by route and reason",
        text=_counted(f"status >= 500 and {USERS}", "route", "reason", "slot"),
        answers="Error rates",
    ),
    Query(name="slow requests", text=_listed(f"duration_ms > 500 and {USERS}"), answers="API performance"),
    Query(
        name="clerk failures",
        text=_listed(f"reason in [{_CLERK}]"),
        answers="Verify backend can reach Clerk API",
    ),
    Query(
        name="secrets",
        text=_listed('event in ["startup.secret", "secret.refresh"]'),
        answers="Check CLERK_SECRET_KEY matches production key",
    ),
    Query(
        name="releases side by side",
        text=_counted(f"status >= 100 and {USERS}", "slot", "commit", "revision", "status"),
        answers="Did the last release do it?",
    ),
)
