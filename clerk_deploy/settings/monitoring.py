"""Settings of alarms and notifications."""

from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from clerk_deploy.settings.export import ExportSettings
from clerk_deploy.settings.model import EmailAddress, HttpsUrl, Model, misfit

LONGEST_SECONDS: Final = 86_400
"""CloudWatch looks no further back than a day with periods below an hour."""


class Window(Model):
    """How long something must be wrong before people are told."""

    period_seconds: int = Field(
        default=300, ge=60, le=3_600, description="Seconds of one datapoint, a multiple of 60."
    )
    datapoints: int = Field(default=2, ge=1, le=60, description="Datapoints that must be wrong ...")
    evaluation_periods: int = Field(default=3, ge=1, le=60, description="... of so many.")

    @field_validator("period_seconds")
    @classmethod
    def _whole_minutes(cls, value: int) -> int:
        if value % 60:
            raise misfit("it must be a multiple of 60: CloudWatch refuses other periods for these metrics")
        return value

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.datapoints > self.evaluation_periods:
            raise misfit(
                f"it must be at most evaluationPeriods, which is {self.evaluation_periods}", at="datapoints"
            )
        if self.period_seconds * self.evaluation_periods > LONGEST_SECONDS:
            raise misfit(
                f"periodSeconds x evaluationPeriods must be at most {LONGEST_SECONDS}: CloudWatch looks no "
                "further back than a day",
                at="evaluationPeriods",
            )
        return self


class ReleaseWindow(Window):
    """How long something must be wrong before a release is judged bad: shorter, for it is taken back."""

    period_seconds: int = Field(
        default=60, ge=60, le=3_600, description="Seconds of one datapoint, a multiple of 60."
    )


class ReleaseAlarmSettings(Model):
    """When the live release is judged bad, by the lines of its own slot."""

    window: ReleaseWindow = Field(default=ReleaseWindow(), description="How long it must be wrong.")
    minimum_requests: int = Field(
        default=10, ge=1, le=1_000_000, description="Requests in a datapoint below which nothing is judged."
    )
    server_error_percent: int = Field(
        default=5, ge=1, le=99, description="Answers of 5xx, in percent, above which it is bad."
    )
    sign_in_success_percent: int = Field(
        default=50,
        ge=1,
        le=99,
        description="Sign-ins that work, in percent, below which it is bad. Unknown and locked users and "
        "Clerk's own failures are not counted; wrong passwords are.",
    )
    refresh_success_percent: int = Field(
        default=50, ge=1, le=99, description="Refreshes that work, in percent, below which it is bad."
    )
    auth_p95_milliseconds: int = Field(
        default=1_500, ge=10, le=30_000, description="p95 of /api/auth above which it is bad."
    )
    failed_verifications: int = Field(
        default=2, ge=1, le=12, description="Scheduled verifications in a row that must fail."
    )


class MonitoringSettings(Model):
    """Who is told, and from which values on."""

    emails: tuple[EmailAddress, ...] = Field(
        default=(), description="Who gets each alarm by e-mail; each address must confirm once."
    )
    https_endpoints: tuple[HttpsUrl, ...] = Field(
        default=(),
        description="Addresses that take SNS messages: PagerDuty, Opsgenie and others. Not Datadog's, "
        "which takes its key behind a question mark (docs/other-monitors.md).",
    )
    export: ExportSettings | None = Field(
        default=None, description="With it, metrics go to Datadog or New Relic too (docs/other-monitors.md)."
    )
    window: Window = Field(default=Window(), description="How long something must be wrong.")
    minimum_requests: int = Field(
        default=20,
        ge=1,
        le=1_000_000,
        description="Requests in a datapoint below which no rate and no p95 is judged.",
    )
    sign_in_success_percent: int = Field(default=70, ge=1, le=99, description="Alarm below.")
    refresh_success_percent: int = Field(default=90, ge=1, le=99, description="Alarm below.")
    auth_p95_milliseconds: int = Field(
        default=500, ge=10, le=30_000, description="Alarm above: p95 of /api/auth."
    )
    validation_p95_milliseconds: int = Field(
        default=200, ge=1, le=30_000, description="Alarm above: p95 of verifying a token."
    )
    unauthorized_percent: int = Field(default=30, ge=1, le=99, description="Alarm above: answers of 401.")
    expired_percent: int = Field(
        default=30, ge=1, le=99, description="Alarm above: requests with an expired token."
    )
    server_error_percent: int = Field(
        default=2, ge=1, le=99, description="Alarm above: answers of 5xx, at the app, the host and the edge."
    )
    origin_p95_milliseconds: int = Field(
        default=1_000, ge=10, le=30_000, description="Alarm above: p95 of the origin, seen from the edge."
    )
    amplify_p95_milliseconds: int = Field(
        default=500, ge=10, le=30_000, description="Alarm above: p95 of Amplify's time to first byte."
    )
    blocked_requests: int = Field(
        default=1_000, ge=1, le=100_000_000, description="Alarm above: requests that WAF blocks in a period."
    )
    bad_signatures: int = Field(
        default=20, ge=0, le=1_000_000, description="Alarm above: badly signed tokens in a period."
    )
    tokens_not_yet_valid: int = Field(
        default=5, ge=0, le=1_000_000, description="Alarm above: tokens from the future in a period."
    )
    clerk_failures: int = Field(
        default=10, ge=0, le=1_000_000, description="Alarm above: requests that Clerk failed in a period."
    )
    secret_problems: int = Field(
        default=0, ge=0, le=1_000_000, description="Alarm above: lines about unusable secrets in a period."
    )
    tenant_refusals: int = Field(
        default=10, ge=0, le=1_000_000, description="Alarm above: refusals of other tenants in a period."
    )
    band_deviations: int = Field(
        default=4, ge=1, le=10, description="Width of the anomaly bands, in standard deviations."
    )
    verification_minutes: int = Field(
        default=5, ge=1, le=60, description="How often the site is verified, in minutes."
    )
    verification_seconds: int = Field(
        default=60, ge=5, le=240, description="Alarm above: seconds that a verification takes."
    )
    certificate_days: int = Field(
        default=21, ge=1, le=60, description="Alarm below: days that the certificate is still valid."
    )
    release: ReleaseAlarmSettings = Field(
        default=ReleaseAlarmSettings(), description="When the live release is judged bad."
    )

    @field_validator("emails", "https_endpoints")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for index, address in enumerate(value):
            if address in value[:index]:
                raise misfit("it is named twice", at=f"[{index}]", next_step="remove one of them")
        return value
