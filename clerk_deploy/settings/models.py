"""What an environment is, as declared once under `environments` in cdk.json's context.

Defaults stand here and nowhere else; docs/settings.md is generated from these models.
"""

import re
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator
from pydantic.alias_generators import to_camel

from clerk_deploy.environment.variable import NeededAt

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,30}$")]
HostName = Annotated[str, StringConstraints(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")]
Arn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d{0,12}:.+$")]
EmailAddress = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
HttpsUrl = Annotated[str, StringConstraints(pattern=r"^https://[^\s/]+(/\S*)?$")]
VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,127}$")]

REGION = "us-east-1"


class Model(BaseModel):
    """Frozen, camelCase in JSON, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Host(StrEnum):
    """Where an environment runs."""

    AMPLIFY = "amplify"
    CONTAINERS = "containers"
    VERCEL = "vercel"


class HostedZone(Model):
    """The Route 53 zone that the domain's records and the certificate's validation go into."""

    id: Annotated[str, StringConstraints(pattern=r"^Z[A-Z0-9]{1,31}$")] = Field(description="Hosted zone id.")
    name: HostName = Field(description="Zone name; the domain must be in it.")


class ClerkDns(Model):
    """A CNAME that Clerk's dashboard asks for (Domains page)."""

    name: HostName = Field(description="Record name, such as clerk.yourapp.com.")
    target: HostName = Field(description="Record target, such as frontend-api.clerk.services.")


class Clerk(Model):
    """Facts about the Clerk instance that no key carries."""

    cnames: tuple[ClerkDns, ...] = Field(default=(), description="CNAMEs of Clerk's Domains page.")
    satellite: bool = Field(
        default=False,
        description="The app is a satellite domain or reaches Clerk through a proxy: the publishable key's "
        "host need not be a parent of the app's.",
    )
    forward_client_address: bool = Field(
        default=False,
        description="Hand each user's address to Clerk (needs Clerk's proxy set-up). Without it all users "
        "share the server's address against Clerk's limit of 5 sign-ins per 10 s and address.",
    )


class ExtraVariable(Model):
    """A variable of the application's own, beside those of the guide."""

    name: VariableName = Field(description="Variable name.")
    secret: bool = Field(default=False, description="Kept in the secrets; never in a build or a template.")
    needed_at: NeededAt = Field(default=NeededAt.RUN, description="`build` or `run`.")
    required: bool = Field(default=False, description="Refuse a file that lacks it.")
    help: str = Field(default="", description="Shown when it is missing.")

    @model_validator(mode="after")
    def _secret_is_neither_public_nor_built(self) -> Self:
        if self.secret and self.name.startswith("NEXT_PUBLIC_"):
            raise ValueError("a secret cannot be NEXT_PUBLIC_: those are inlined into the pages")
        if self.secret and self.needed_at is NeededAt.BUILD:
            raise ValueError("a secret is never given to a build: neededAt must be `run`")
        return self

    @field_validator("name")
    @classmethod
    def _not_amplifys_own(cls, value: str) -> str:
        if value.startswith(("AWS", "RELEASE_", "CLERK_DEPLOY_")):
            raise ValueError("the prefixes AWS, RELEASE_ and CLERK_DEPLOY_ are reserved")
        return value


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
    account: Annotated[str, StringConstraints(pattern=r"^\d{12}$")] | None = Field(
        default=None, description="AWS account id; required for host `amplify`."
    )
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
    certificate_arn: Arn | None = Field(
        default=None, description="An ACM certificate in us-east-1, when there is no hosted zone."
    )
    repository: Annotated[str, StringConstraints(pattern=r"^https://github\.com/[\w.-]+/[\w.-]+$")] = Field(
        description="The application's repository, https://github.com/OWNER/NAME."
    )
    branch: str = Field(default="main", min_length=1, description="The branch that releases come from.")
    root: Annotated[str, StringConstraints(pattern=r"^(\.|[\w-][\w./-]*)$")] = Field(
        default=".", description="Folder of the app in the repository, `.` unless it is a monorepo."
    )
    variables: tuple[ExtraVariable, ...] = Field(
        default=(), description="Variables of the application's own."
    )
    clerk: Clerk = Field(default=Clerk(), description="Facts about the Clerk instance.")
    firewall: Firewall = Field(default=Firewall(), description="AWS WAF.")
    logs: LogSettings = Field(default=LogSettings(), description="Log retention.")
    contacts: ContactSettings = Field(default=ContactSettings(), description="Support contacts.")
    termination_protection: bool = Field(
        default=True, description="CloudFormation refuses to delete the stacks."
    )
    tags: dict[str, str] = Field(default={}, description="Tags on every resource.")

    @field_validator("region")
    @classmethod
    def _only_us_east_1(cls, value: str) -> str:
        if value != REGION:
            raise ValueError(
                f"must be {REGION}: CloudFront takes its certificate, web ACL and metrics from there, "
                "and an environment is not spread over regions"
            )
        return value

    @field_validator("root")
    @classmethod
    def _inside_the_repository(cls, value: str) -> str:
        if ".." in value.split("/"):
            raise ValueError("must stay inside the repository")
        return value.rstrip("/") or "."

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.host is Host.AMPLIFY and self.account is None:
            raise ValueError("account: host `amplify` needs the AWS account id")
        if self.domain.startswith("www."):
            raise ValueError("domain must be without www.; set `www` to serve both")
        if self.hosted_zone and not re.search(rf"(^|\.){re.escape(self.hosted_zone.name)}$", self.domain):
            raise ValueError(
                f"hostedZone.name {self.hosted_zone.name} does not hold the domain {self.domain}"
            )
        if self.hosted_zone and self.certificate_arn:
            raise ValueError(
                "give hostedZone or certificateArn, not both: with a zone the certificate is made"
            )
        if self.certificate_arn and f":{REGION}:" not in self.certificate_arn:
            raise ValueError(f"certificateArn must be in {REGION}: CloudFront takes no other")
        names = [variable.name for variable in self.variables]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"variables: declared twice: {', '.join(repeated)}")
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

    application: Slug = Field(description="Short name; begins every resource's name.")
    environments: dict[Slug, EnvironmentSettings] = Field(min_length=1, description="Environments by name.")
