"""What an environment is, as declared once under `environments` in cdk.json's context.

Defaults stand in these models and nowhere else; docs/settings.md is generated from them.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from clerk_deploy.settings.clerk import Clerk
from clerk_deploy.settings.model import EmailAddress, HostName, HttpsUrl, Model, Name, misfit, shaped
from clerk_deploy.settings.monitoring import MonitoringSettings
from clerk_deploy.settings.release import ReleaseSettings
from clerk_deploy.settings.variables import ExtraVariable
from clerk_deploy.settings.vercel import VercelSettings
from clerk_deploy.settings.verification import VerificationSettings

REGION = "us-east-1"
PREFIX_LENGTH = 44
"""A slot's branch is a DNS label of at most 63 characters, a Lambda function's name has at most 64."""

Account = Annotated[str, shaped(r"\d{12}", 'an AWS account id in quotes, 12 digits, such as "123456789012"')]
CertificateArn = Annotated[
    str,
    shaped(
        rf"arn:aws:acm:{REGION}:\d{{12}}:certificate/[\w-]+",
        f"the ARN of an ACM certificate in {REGION} (CloudFront takes no other), such as "
        f"arn:aws:acm:{REGION}:123456789012:certificate/0a1b2c3d",
    ),
]
Repository = Annotated[
    str,
    shaped(
        r"https://github\.com/[\w.-]+/(?!.*\.git$)[\w.-]+",
        "a repository's address without .git, such as https://github.com/your-org/yourapp",
    ),
]
Branch = Annotated[
    str,
    shaped(
        r"(?!-)(?!.*-slot-[abc]$)(?:(?!\.\.|//|@\{)[\w./@+#-])+(?<![./])",
        "a git branch such as main, and none that ends in -slot-a, -slot-b or -slot-c: those are the slots'",
    ),
]
Folder = Annotated[
    str,
    shaped(
        r"\.|[\w-][\w.-]*(?:/[\w-][\w.-]*)*/?",
        "a folder inside the repository, such as apps/web, or `.` for the repository itself",
    ),
]
ZoneId = Annotated[str, shaped(r"Z[A-Z0-9]{1,31}", "a hosted zone's id, such as Z0123456789EXAMPLE")]


class Host(StrEnum):
    """Where an environment runs."""

    AMPLIFY = "amplify"
    CONTAINERS = "containers"
    VERCEL = "vercel"


class HostedZone(Model):
    """The Route 53 zone that the domain's records and the certificate's validation go into."""

    id: ZoneId = Field(description="Hosted zone id.")
    name: HostName = Field(description="Zone name; the domain must be in it.")


class Firewall(Model):
    """AWS WAF in front of the site."""

    enabled: bool = Field(default=True, description="Web ACL with AWS's managed rules and the rate limit.")
    auth_requests_per_5_minutes: int = Field(
        default=300, ge=10, le=2_000_000, description="Requests to /api/auth per client address in 5 minutes."
    )


class ContactSettings(Model):
    """Who is told, and who is asked (guide, Support Contacts)."""

    clerk_support: HttpsUrl = Field(default="https://clerk.com/support", description="Clerk's support page.")
    backend_team: EmailAddress | None = Field(default=None, description="The backend's team.")
    devops: EmailAddress | None = Field(default=None, description="Who carries the pager.")


class LogSettings(Model):
    """The application's log."""

    retention_days: Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731] = Field(
        default=90, description="Days that log lines are kept; CloudWatch's own steps."
    )


class EnvironmentSettings(Model):
    """One deployment with its settings and its host."""

    host: Host = Field(description="`amplify`, `containers` or `vercel`.")
    account: Account | None = Field(default=None, description="AWS account id; required for host `amplify`.")
    region: str = Field(
        default=REGION,
        description="AWS region. Only us-east-1: CloudFront's certificate, WAF and metrics must be there.",
    )
    domain: HostName = Field(description="The site's domain, without www.")
    www: bool = Field(default=True, description="Serve www.DOMAIN too.")
    hosted_zone: HostedZone | None = Field(
        default=None,
        description="With it, certificate and DNS records are made; without it, outputs say what to enter.",
    )
    certificate_arn: CertificateArn | None = Field(
        default=None, description="An ACM certificate in us-east-1, when there is no hosted zone."
    )
    repository: Repository = Field(description="The application's repository, https://github.com/OWNER/NAME.")
    branch: Branch = Field(default="main", description="The branch that releases come from.")
    root: Folder = Field(
        default=".", description="Folder of the app in the repository, `.` unless it is a monorepo."
    )
    variables: tuple[ExtraVariable, ...] = Field(
        default=(), description="Variables of the application's own."
    )
    clerk: Clerk = Field(default=Clerk(), description="Facts about the Clerk instance.")
    firewall: Firewall = Field(default=Firewall(), description="AWS WAF.")
    logs: LogSettings = Field(default=LogSettings(), description="Log retention.")
    contacts: ContactSettings = Field(default=ContactSettings(), description="Support contacts.")
    monitoring: MonitoringSettings = Field(
        default=MonitoringSettings(), description="Alarms and who is told."
    )
    verification: VerificationSettings = Field(
        default=VerificationSettings(), description="What the live verification looks at."
    )
    release: ReleaseSettings = Field(default=ReleaseSettings(), description="How releases go.")
    vercel: VercelSettings = Field(default=VercelSettings(), description="The project on Vercel.")
    termination_protection: bool = Field(
        default=True, description="CloudFormation refuses to delete the stacks."
    )
    tags: dict[str, str] = Field(default={}, description="Tags on every resource.")

    @field_validator("region")
    @classmethod
    def _only_us_east_1(cls, value: str) -> str:
        if value != REGION:
            raise misfit(
                f"it must be {REGION}: CloudFront takes its certificate, web ACL and metrics from there, "
                "and an environment is not spread over regions"
            )
        return value

    @field_validator("root")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("domain")
    @classmethod
    def _without_www(cls, value: str) -> str:
        if value.startswith("www."):
            raise misfit("it must be without www.; `www` says whether that is served too")
        return value

    @field_validator("variables")
    @classmethod
    def _declared_once(cls, value: tuple[ExtraVariable, ...]) -> tuple[ExtraVariable, ...]:
        names = [variable.name for variable in value]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise misfit(
                    f"{name} is declared twice", at=f"[{index}].name", next_step="remove one of them"
                )
        return value

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.host is Host.AMPLIFY and self.account is None:
            raise misfit("it is missing: host `amplify` needs the AWS account id", at="account")
        if self.monitoring.export and (self.account is None or self.host is Host.VERCEL):
            raise misfit(
                "it sends what CloudWatch has, so the environment must run in an AWS account, or log to one",
                at="monitoring.export",
                next_step="docs/other-monitors.md says how without one",
            )
        zone = self.hosted_zone
        if zone and self.domain != zone.name and not self.domain.endswith(f".{zone.name}"):
            raise misfit(f"it must hold the domain {self.domain}", at="hostedZone.name")
        if zone and self.certificate_arn:
            raise misfit(
                "with a hosted zone the certificate is made; give one of the two, not both",
                at="certificateArn",
            )
        return self

    @property
    def domains(self) -> tuple[str, ...]:
        """All host names of the site, the apex first."""
        return (self.domain, f"www.{self.domain}") if self.www else (self.domain,)

    @property
    def url(self) -> str:
        """The site's address without a trailing slash."""
        return f"https://{self.domain}"


class Settings(Model):
    """Everything that cdk.json's context declares."""

    application: Name = Field(description="Short name; begins every resource's name.")
    environments: dict[Name, EnvironmentSettings] = Field(min_length=1, description="Environments by name.")

    @model_validator(mode="after")
    def _names_are_short(self) -> Self:
        for name in self.environments:
            if len(f"{self.application}-{name}") > PREFIX_LENGTH:
                raise misfit(
                    f"with {self.application} it is over {PREFIX_LENGTH} characters, and names of resources "
                    "begin with both",
                    at=f"environments.{name}",
                    next_step="shorten one of the two",
                )
        return self
