"""What the live verification looks at, beside what the environment's variables say."""

from datetime import date
from typing import Annotated

from pydantic import Field

from clerk_deploy.settings.model import Model, shaped
from clerk_deploy.verification.target import PAGES, BackendPaths
from clerk_deploy.verification.target import Budgets as Limits

LIMITS = Limits()
PATHS = BackendPaths()

Path = Annotated[str, shaped(r"|/\S*", "a path such as /documents, or empty")]
Address = Annotated[str, shaped(r"|[0-9a-fA-F.:]+", "the IP address of a DNS server such as 192.0.2.53")]


class Backend(Model):
    """Where the other team's backend is probed; an empty path is not probed."""

    health: Path = Field(default=PATHS.health, description="Answers 2xx to anybody.")
    list: Path = Field(default=PATHS.list, description="GET with a token: the tenant's resources, with ids.")
    read: Path = Field(default=PATHS.read, description="GET one of them; `{id}` is replaced.")
    tenant_list: Path = Field(
        default=PATHS.tenant_list, description="The list with the tenant in its path; `{tenant}` is replaced."
    )
    write: Path = Field(
        default=PATHS.write,
        description="POST makes a resource; probed only in ways that a backend must refuse.",
    )
    query: str = Field(default=PATHS.query, description="Query parameter that might name a tenant.")
    header: str = Field(default=PATHS.header, description="Header with which the app names the tenant.")
    requests_per_window: int = Field(
        default=PATHS.requests_per_window,
        ge=0,
        le=10_000,
        description="Requests in a short time that its rate limit must refuse; 0 leaves that check out.",
    )


class Budgets(Model):
    """What is still acceptable."""

    page_median_milliseconds: int = Field(
        default=round(LIMITS.page_median * 1000), ge=1, le=60_000, description="Front page, median."
    )
    page_p95_milliseconds: int = Field(
        default=round(LIMITS.page_p95 * 1000), ge=1, le=60_000, description="Front page, p95."
    )
    auth_median_milliseconds: int = Field(
        default=round(LIMITS.auth_median * 1000), ge=1, le=60_000, description="/api/auth/me, median."
    )
    auth_p95_milliseconds: int = Field(
        default=round(LIMITS.auth_p95 * 1000), ge=1, le=60_000, description="/api/auth/me, p95."
    )
    refusal_milliseconds: int = Field(
        default=round(LIMITS.refusal * 1000), ge=1, le=60_000, description="Refusal of a bad token."
    )
    script_bytes: int = Field(
        default=LIMITS.script_bytes, ge=1, description="All scripts of the front page as they travel."
    )
    samples: int = Field(default=LIMITS.samples, ge=1, le=100, description="Requests that are measured.")
    certificate_days: int = Field(
        default=LIMITS.certificate_days,
        ge=1,
        le=300,
        description="Days a certificate must still be valid; for a short-lived one a sixth of its time.",
    )


class Waiver(Model):
    """A failure that is accepted for a while."""

    check: str = Field(description="The check's id; `clerk-deploy verify --list` shows them.")
    reason: str = Field(min_length=10, description="Why it is accepted, and who mends it.")
    until: date = Field(description="The last day on which it is accepted, such as 2026-12-31.")


class VerificationSettings(Model):
    """The live verification."""

    pages: tuple[Path, ...] = Field(
        default=PAGES, min_length=1, description="Pages to look at; the first is measured."
    )
    backend: Backend = Field(default=Backend(), description="Where the backend is probed.")
    budgets: Budgets = Field(default=Budgets(), description="What is still acceptable.")
    resolver: Address = Field(default="", description="DNS server to ask; empty: the machine's own.")
    datapoint_minutes: int = Field(
        default=30, ge=1, le=1_440, description="How old the newest datapoint under an alarm may be."
    )
    waivers: tuple[Waiver, ...] = Field(default=(), description="Failures that are accepted for a while.")
