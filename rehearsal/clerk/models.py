"""What an instance keeps: users, organizations, memberships, clients, sessions, tickets, attempts."""

from dataclasses import dataclass, field
from typing import Literal

SessionStatus = Literal["active", "revoked", "ended", "removed"]
VerificationStatus = Literal["unverified", "verified", "failed", "transferable"]


@dataclass(kw_only=True)
class User:
    """A user. `organization_id` is the one that becomes active with the user's next session."""

    id: str
    email: str
    created_at: int
    password: str | None = field(default=None, repr=False)
    first_name: str | None = None
    last_name: str | None = None
    external_id: str | None = None
    public_metadata: dict[str, object] = field(default_factory=dict)
    private_metadata: dict[str, object] = field(default_factory=dict)
    unsafe_metadata: dict[str, object] = field(default_factory=dict)
    banned: bool = False
    locked: bool = False
    organization_id: str | None = None
    external_accounts: list["ExternalAccount"] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ExternalAccount:
    """An account at a social provider, linked with a user."""

    id: str
    provider: str
    provider_user_id: str
    email: str
    created_at: int


@dataclass(kw_only=True)
class Organization:
    """An organization, which is a tenant."""

    id: str
    name: str
    slug: str
    created_at: int
    created_by: str | None = None
    public_metadata: dict[str, object] = field(default_factory=dict)
    private_metadata: dict[str, object] = field(default_factory=dict)


@dataclass(kw_only=True)
class Membership:
    """A user's membership in an organization. Role as the Backend API writes it: org:member."""

    id: str
    organization_id: str
    user_id: str
    role: str
    created_at: int


@dataclass(kw_only=True)
class Client:
    """A browser or native client, named by its client token, whose rotating part changes.

    `origin` is the site of a browser's client, which its tokens tell as `azp`.
    """

    id: str
    rotating_token: str = field(repr=False)
    created_at: int
    origin: str | None = None
    sign_in_id: str | None = None
    sign_up_id: str | None = None


@dataclass(kw_only=True)
class Session:
    """A session of a user on a client."""

    id: str
    client_id: str
    user_id: str
    created_at: int
    organization_id: str | None = None
    status: SessionStatus = "active"


@dataclass(kw_only=True)
class Ticket:
    """A sign-in token: signs one user in, once."""

    id: str
    token: str = field(repr=False)
    user_id: str
    expires_at: float
    created_at: int
    organization_id: str | None = None
    used: bool = False


@dataclass(kw_only=True)
class OAuthAttempt:
    """The social part of a sign-in. The nonce lets the native client take over the rotated client token."""

    provider: str
    state: str = field(repr=False)
    redirect_url: str
    authorize_url: str
    complete_url: str = ""
    status: VerificationStatus = "unverified"
    error_code: str | None = None
    error_message: str | None = None
    account: "ProviderAccount | None" = None
    nonce: str | None = field(default=None, repr=False)
    nonce_expires_at: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ProviderAccount:
    """A person's account at a social provider, as the provider tells it."""

    provider: str
    id: str
    email: str
    first_name: str | None = None
    last_name: str | None = None


@dataclass(kw_only=True)
class SignIn:
    """An attempt to sign in."""

    id: str
    client_id: str
    status: str
    created_at: int
    identifier: str | None = None
    session_id: str | None = None
    strategy: str | None = None
    oauth: OAuthAttempt | None = None


@dataclass(frozen=True, kw_only=True)
class SignUp:
    """An attempt to sign up, complete at once: the stand-in transfers social accounts only."""

    id: str
    email: str
    user_id: str
    session_id: str
    created_at: int


@dataclass(frozen=True, kw_only=True)
class RedirectUrl:
    """A redirect URL on the allow-list of native applications."""

    id: str
    url: str
    created_at: int
