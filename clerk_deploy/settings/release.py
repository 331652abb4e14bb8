"""Settings of releases: how long they are watched, and when they are taken back."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from clerk_deploy.release.rules import Rules
from clerk_deploy.settings.model import Model, shaped

RULES = Rules()

ConnectionArn = Annotated[
    str,
    shaped(
        r"arn:aws:(?:codeconnections|codestar-connections):us-east-1:\d{12}:connection/[0-9a-f-]{36}",
        "the ARN of a connection to GitHub in us-east-1, such as "
        "arn:aws:codeconnections:us-east-1:123456789012:connection/11111111-2222-3333-4444-555555555555",
    ),
]


GitRef = Annotated[
    str,
    shaped(
        r"(?!-)(?!.*\.\.)[A-Za-z0-9._/-]{1,200}(?<![./])",
        "a branch, tag or commit, such as client-side-clerk",
    ),
]


class CandidateCheck(StrEnum):
    """What a candidate must pass before anybody is sent to it."""

    FULL = "full"
    HEALTH = "health"


class ReleaseSettings(Model):
    """How releases go."""

    bake_minutes: int = Field(
        default=RULES.bake_minutes, ge=0, le=240, description="Minutes of watching after the switch; 0: none."
    )
    canary_percent: int = Field(
        default=RULES.canary_percent,
        ge=0,
        le=50,
        description="Share of clients that gets a candidate first; 0: all at once.",
    )
    canary_minutes: int = Field(
        default=RULES.canary_minutes, ge=1, le=120, description="Minutes of the canary."
    )
    verifications: int = Field(
        default=RULES.verifications, ge=1, le=100, description="Verifications that must succeed in a bake."
    )
    confirm_answers: int = Field(
        default=RULES.confirm_answers,
        ge=1,
        le=50,
        description="Right answers in a row, on each name of the site, that make a switch done.",
    )
    rollback_window_minutes: int = Field(
        default=RULES.rollback_window_minutes,
        ge=0,
        le=10_080,
        description="Minutes after a release in which its alarm rolls it back; later, people are told.",
    )
    build_minutes: int = Field(
        default=RULES.build_minutes, ge=1, le=45, description="Minutes after which a build is ended."
    )
    queue_minutes: int = Field(
        default=RULES.queue_minutes, ge=1, le=45, description="Minutes after which a waiting build is ended."
    )
    history_days: int = Field(
        default=RULES.history_days, ge=30, le=3_650, description="Days that the ledger keeps operations."
    )
    evidence: bool = Field(
        default=RULES.evidence,
        description="A bake passes only after lines of its slot have arrived as a metric.",
    )
    candidate_check: CandidateCheck = Field(
        default=CandidateCheck.FULL,
        description="`full` signs users in on the candidate; `health` asks for its health alone.",
    )
    fallback: GitRef | None = Field(
        default=None,
        description="Branch, tag or commit of the app with Clerk's own components, for "
        "`clerk-deploy release --fallback`; built on a schedule, to see whether it still can be.",
    )
    fallback_check_days: int = Field(
        default=7, ge=1, le=90, description="Days between two such builds of the fallback, on Amplify."
    )
    connection_arn: ConnectionArn | None = Field(
        default=None, description="CodeConnections connection to GitHub; with it, a pipeline is made."
    )

    @property
    def rules(self) -> Rules:
        """As the steps take them."""
        return Rules.read(self.model_dump())
