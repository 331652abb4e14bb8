from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from rehearsal.backend import Backend, KeySet, create_app, fetch_with
from rehearsal.clerk import Clerk, Instance
from rehearsal.clerk import create_app as create_clerk
from rehearsal.clerk.tokens import session_token

ONE, TWO = "tenant_production_001", "tenant_production_002"


@dataclass
class FakeClock:
    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Fetched:
    """Fetches from the Clerk stand-in, counts, and can fail."""

    clerk: Clerk
    urls: list[str] = field(default_factory=list)
    fails: bool = False

    async def __call__(self, url: str) -> Mapping[str, Any]:
        self.urls.append(url)
        if self.fails:
            raise httpx.ConnectError("refused")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=create_clerk(self.clerk))) as http:
            return await fetch_with(http)(url)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def clerk(clock: FakeClock) -> Clerk:
    return Clerk(clock=clock)


@pytest.fixture
def instance(clerk: Clerk, clock: FakeClock) -> Instance:
    one = Instance.create(frontend_host="clerk.yourapp.com", clock=clock, organizations=[ONE, TWO])
    one.add_user(email="alice@example.com", organization=ONE)
    one.add_user(email="bob@example.com", organization=TWO)
    one.add_user(email="nobody@example.com")
    return clerk.add(one)


@pytest.fixture
def fetched(clerk: Clerk) -> Fetched:
    return Fetched(clerk)


@pytest.fixture
def backend(instance: Instance, fetched: Fetched, clock: FakeClock) -> Backend:
    keys = KeySet(url=f"{instance.issuer}/.well-known/jwks.json", fetch=fetched, clock=clock)
    origins = ("https://yourapp.com", "https://www.yourapp.com")
    made = Backend(issuer=instance.issuer, origins=origins, keys=keys, clock=clock)
    made.add_document(tenant=ONE, title="Of one")
    made.add_document(tenant=TWO, title="Of two")
    return made


class Caller:
    def __init__(self, backend: Backend, instance: Instance) -> None:
        self.app = create_app(backend)
        self.instance = instance

    def token(self, name: str = "alice", *, age: float = 0) -> str:
        user = self.instance.user_by_email(f"{name}@example.com")
        assert user
        session = self.instance.add_session(self.instance.add_client(), user=user)
        return session_token(self.instance, session, issued_at=self.instance.clock() - age)

    async def __call__(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        tenant: str | None = None,
        address: str = "127.0.0.1",
        **kwargs: Any,
    ) -> httpx.Response:
        headers = dict(kwargs.pop("headers", {}))
        if token:
            headers["authorization"] = f"Bearer {token}"
        if tenant:
            headers["x-tenant-id"] = tenant
        transport = httpx.ASGITransport(app=self.app, client=(address, 50000))
        async with httpx.AsyncClient(transport=transport, base_url="https://api.yourapp.com") as http:
            return await http.request(method, path, headers=headers, **kwargs)


@pytest.fixture
def call(backend: Backend, instance: Instance) -> Caller:
    return Caller(backend, instance)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
