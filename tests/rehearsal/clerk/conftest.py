from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from rehearsal.clerk import Clerk, Instance, create_app
from rehearsal.clerk.keys import SigningKey

SECRET = "sk_live_" + "x" * 30
SIGNING = SigningKey.generate(kid="shared").key.as_pem(private=True).decode()


@dataclass
class FakeClock:
    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def clerk(clock: FakeClock) -> Clerk:
    return Clerk(clock=clock)


@pytest.fixture
def instance(clerk: Clerk, clock: FakeClock) -> Instance:
    one = Instance.create(
        frontend_host="clerk.yourapp.com",
        clock=clock,
        key=SECRET,
        private_key_pem=SIGNING,
        organizations=["tenant_production_001", "tenant_production_002"],
        redirect_urls=["https://yourapp.com/api/auth/social/callback"],
    )
    one.add_user(email="alice@example.com", password="alice-Passw0rd", organization="tenant_production_001")
    one.add_user(email="bob@example.com", password="bob-Passw0rd", organization="tenant_production_002")
    one.add_user(email="nopw@example.com")
    return clerk.add(one)


class Caller:
    """Calls the stand-in by its production names; state and time are the test's."""

    def __init__(self, clerk: Clerk) -> None:
        self.app = create_app(clerk)

    async def __call__(
        self, method: str, url: str, *, address: str = "127.0.0.1", **kwargs: Any
    ) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app, client=(address, 50000))
        async with httpx.AsyncClient(transport=transport) as http:
            return await http.request(method, url, **kwargs)

    async def backend(self, method: str, path: str, *, key: str = SECRET, **kwargs: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {key}", **kwargs.pop("headers", {})}
        return await self(method, f"https://api.clerk.com/v1{path}", headers=headers, **kwargs)

    async def frontend(
        self, method: str, path: str, *, token: str | None = None, **kwargs: Any
    ) -> httpx.Response:
        headers = {**({"authorization": token} if token else {}), **kwargs.pop("headers", {})}
        params = {"_is_native": "1", "__clerk_api_version": "2026-05-12", **kwargs.pop("params", {})}
        host = kwargs.pop("host", "clerk.yourapp.com")
        return await self(method, f"https://{host}/v1{path}", headers=headers, params=params, **kwargs)

    @staticmethod
    def code(answer: httpx.Response) -> tuple[int, str]:
        body = answer.json()
        assert set(body) == {"errors", "clerk_trace_id"}
        assert {"message", "long_message", "code"} <= set(body["errors"][0])
        return answer.status_code, body["errors"][0]["code"]

    async def ticket(self, user_id: str, **body: Any) -> str:
        answer = await self.backend("POST", "/sign_in_tokens", json={"user_id": user_id, **body})
        return str(answer.json()["token"])

    async def sign_in(self, user_id: str) -> tuple[dict[str, Any], str]:
        ticket = await self.ticket(user_id)
        answer = await self.frontend(
            "POST", "/client/sign_ins", data={"strategy": "ticket", "ticket": ticket}
        )
        assert answer.status_code == 200, answer.text
        return answer.json(), answer.headers["authorization"]


@pytest.fixture
def call(clerk: Clerk, instance: Instance) -> Caller:
    return Caller(clerk)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
