"""What is verified: one frozen object, made by the command line or by a Lambda and read by every check."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from clerk_deploy.environment.keys import MalformedKeyError, PublishableKey, decode_publishable_key
from clerk_deploy.secret_value import SecretValue

CLERK_API: Final = "https://api.clerk.com"
PROVIDERS: Final = ("google", "facebook", "github")
PAGES: Final = ("/", "/sign-in", "/sign-up", "/sign-out", "/protected")


@dataclass(frozen=True, kw_only=True)
class SmokeUser:
    """A user made for verification alone.

    Args:
        tenant: Id or slug of the organization that it is a member of.
        email: Its address.
        password: Its password.
    """

    tenant: str
    email: str
    password: SecretValue


@dataclass(frozen=True, kw_only=True)
class Budgets:
    """What is still acceptable.

    Args:
        page_median: Seconds for a page, median of a few requests.
        page_p95: The same, slowest but one in twenty.
        auth_median: Seconds for /api/auth/me with a token (the guide alerts above 0.5).
        auth_p95: The same.
        refusal: Seconds within which a bad token must be refused.
        script_bytes: Bytes of all scripts of the front page as they travel.
        samples: Requests measured.
        certificate_days: Days that a certificate must still be valid; for a short-lived one a sixth of
            its time.
    """

    page_median: float = 1.0
    page_p95: float = 2.5
    auth_median: float = 0.5
    auth_p95: float = 1.5
    refusal: float = 5.0
    script_bytes: int = 1_500_000
    samples: int = 7
    certificate_days: int = 14


@dataclass(frozen=True, kw_only=True)
class BackendPaths:
    """Where the backend at NEXT_PUBLIC_API_BASE_URL can be probed; empty paths are not probed.

    Args:
        health: Answers 200 to anybody.
        list: GET with a token: the tenant's resources, as a JSON list or an object that holds one.
        read: GET one of them; `{id}` is replaced.
        tenant_list: The list with the tenant in the path; `{tenant}` is replaced.
        write: POST makes a resource; probed only in ways that a backend must refuse.
        query: The query parameter that might name a tenant.
        header: The header with which the app names the tenant.
        requests_per_window: Requests in a short time that its rate limit refuses (its own check, on request).
    """

    health: str = ""
    list: str = ""
    read: str = ""
    tenant_list: str = ""
    write: str = ""
    query: str = "tenant"
    header: str = "X-Tenant-ID"
    requests_per_window: int = 0


@dataclass(frozen=True, kw_only=True)
class Cname:
    """A DNS record that must stand.

    Args:
        name: The record's name.
        target: Where it must point.
    """

    name: str
    target: str


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the release under test must tell about itself; empty parts are not compared.

    Args:
        commit: Its full commit.
        slot: Its slot.
        revision: Its revision of the variables.
        job: Its build job.
        authentication: Who signs users in; empty: what it tells itself.
    """

    commit: str = ""
    slot: str = ""
    revision: str = ""
    job: str = ""
    authentication: str = ""


@dataclass(frozen=True, kw_only=True)
class Alarms:
    """Where monitoring can be asked for.

    Args:
        prefix: Alarms whose names begin so belong to the environment.
        region: AWS region.
        datapoint_minutes: How old the newest datapoint may be.
    """

    prefix: str
    region: str = "us-east-1"
    datapoint_minutes: int = 30


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is verified, and with what.

    Args:
        url: The site, such as https://yourapp.com, without a slash at its end.
        pages: Paths of the pages to look at; the first is measured.
        domains: Further host names that must lead to the same site, such as www.yourapp.com.
        publishable_key: The key that the pages must have been built with.
        tenant: The tenant that the deployment serves (NEXT_PUBLIC_TENANT_ID).
        api_base_url: NEXT_PUBLIC_API_BASE_URL.
        app_url: NEXT_PUBLIC_APP_URL; the site's own address when empty.
        clerk_api_url: Clerk's Backend API.
        clerk_secret_key: Lets the key pair be compared and the other tenant's user get a token.
        users: Smoke users, best of two tenants.
        expired_token: A token of this Clerk instance that has expired (made by `smoke create`).
        verification_token: Signs requests, so that the app marks them synthetic.
        release_token: Makes the edge lead requests to `slot`.
        slot: The slot to verify; empty means whatever is live.
        social: Client id by provider.
        backend: Where the backend is probed.
        budgets: What is acceptable.
        cnames: Clerk's DNS records.
        resolver: Address of the DNS server to ask; empty: the machine's.
        expected: What the release must tell about itself.
        earlier_assets: Paths of static files of a page that was loaded before the switch.
        origins: The slots' own addresses, which must be of no use.
        alarms: Where monitoring is asked for.
        production: Whether development keys are a failure.
        sign_up: Whether a user may really be made, and deleted again.
    """

    url: str
    pages: tuple[str, ...] = PAGES
    domains: tuple[str, ...] = ()
    publishable_key: str = ""
    tenant: str = ""
    api_base_url: str = ""
    app_url: str = ""
    clerk_api_url: str = CLERK_API
    clerk_secret_key: SecretValue | None = None
    users: tuple[SmokeUser, ...] = ()
    expired_token: SecretValue | None = None
    verification_token: SecretValue | None = None
    release_token: SecretValue | None = None
    slot: str = ""
    social: Mapping[str, str] = field(default_factory=dict)
    backend: BackendPaths = BackendPaths()
    budgets: Budgets = Budgets()
    cnames: tuple[Cname, ...] = ()
    resolver: str = ""
    expected: Expected = Expected()
    earlier_assets: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    alarms: Alarms | None = None
    production: bool = True
    sign_up: bool = False

    @property
    def host(self) -> str:
        """The site's host name."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The site's port."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def is_https(self) -> bool:
        """Whether the site's address is https."""
        return self.url.startswith("https://")

    @property
    def origin(self) -> str:
        """What browsers send as Origin: the public address, also when another one is verified."""
        parts = urlsplit(self.app_url or self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def clerk_key(self) -> PublishableKey | None:
        """The decoded publishable key; None when absent or malformed."""
        try:
            return decode_publishable_key(self.publishable_key)
        except MalformedKeyError:
            return None

    @property
    def frontend_api(self) -> str:
        """Address of Clerk's Frontend API; empty without a usable key."""
        return f"https://{self.clerk_key.host}" if self.clerk_key else ""

    @property
    def user(self) -> SmokeUser | None:
        """The smoke user of the deployment's own tenant."""
        return next((user for user in self.users if user.tenant == self.tenant), None)

    @property
    def other_user(self) -> SmokeUser | None:
        """A smoke user of another tenant."""
        return next((user for user in self.users if user.tenant != self.tenant), None)
