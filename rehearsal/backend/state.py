"""What the backend stand-in knows and how it may be broken."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from rehearsal.backend.keys import KeySet
from rehearsal.limits import Clock, WindowLimit


@dataclass(kw_only=True)
class Breakage:
    """Ways to be wrong that a verification has to notice.

    Args:
        accepts_unsigned: Signatures are not checked.
        accepts_expired: The end of a token is not checked.
        ignores_tenant_header: A tenant header that differs from the token's tenant is not refused.
        trusts_tenant_header: The tenant is taken from the header instead of the token.
        leaks_other_tenants: Documents of every tenant are given to every user.
        cors_any_origin: Any origin may call, with credentials.
        no_rate_limit: Nothing is limited.
        down: Every request is answered with 503.
    """

    accepts_unsigned: bool = False
    accepts_expired: bool = False
    ignores_tenant_header: bool = False
    trusts_tenant_header: bool = False
    leaks_other_tenants: bool = False
    cors_any_origin: bool = False
    no_rate_limit: bool = False
    down: bool = False


@dataclass(frozen=True, kw_only=True)
class Document:
    """A tenant's document."""

    id: str
    tenant: str
    title: str
    body: str
    created_by: str
    created_at: int


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """A tenant, by whatever names its token gives it: the organization's id and slug.

    Args:
        name: The name that documents are kept under.
        names: All its names.
    """

    name: str
    names: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A user whose token was checked."""

    user: str
    tenant: Tenant


@dataclass(kw_only=True)
class Backend:
    """The other team's service.

    Args:
        issuer: The only accepted `iss`: the Frontend API's address.
        origins: The application's origins.
        keys: Keys of the issuer.
        clock: Seconds since the epoch.
        requests_per_user: Per window.
        requests_per_address: Per window, whoever asks.
        window_seconds: Length of a window.
        breakage: What is wrong, changeable at any time.
        documents: By id.
    """

    issuer: str
    origins: tuple[str, ...]
    keys: KeySet
    clock: Clock
    requests_per_user: int = 60
    requests_per_address: int = 300
    window_seconds: float = 10.0
    breakage: Breakage = field(default_factory=Breakage)
    documents: dict[str, Document] = field(default_factory=dict)
    _users: WindowLimit = field(init=False, repr=False)
    _addresses: WindowLimit = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Starts counting."""
        window = self.window_seconds
        self._users = WindowLimit(limit=self.requests_per_user, seconds=window, clock=self.clock)
        self._addresses = WindowLimit(limit=self.requests_per_address, seconds=window, clock=self.clock)

    def retry_after(self, *, address: str | None = None, user: str | None = None) -> int | None:
        """Counts a request of an address or of a user.

        Returns:
            None when it is allowed, else seconds to wait.
        """
        if self.breakage.no_rate_limit:
            return None
        if user is not None:
            return self._users.retry_after(user)
        return self._addresses.retry_after(address or "")

    def add_document(self, *, tenant: str, title: str, body: str = "", created_by: str = "seed") -> Document:
        """A new document.

        Args:
            tenant: The organization's slug (its id when it has none).
            title: Title.
            body: Text.
            created_by: A user's id.
        """
        document = Document(
            id=f"doc_{secrets.token_hex(8)}",
            tenant=tenant,
            title=title,
            body=body,
            created_by=created_by,
            created_at=int(self.clock()),
        )
        self.documents[document.id] = document
        return document

    def visible(self, tenant: Tenant) -> Iterable[Document]:
        """The documents that a tenant's users may see."""
        everything = self.breakage.leaks_other_tenants
        return [one for one in self.documents.values() if everything or one.tenant in tenant.names]
