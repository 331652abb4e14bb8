import base64
import json
from typing import Any

import pytest

pytestmark = pytest.mark.anyio
ONE, TWO = "tenant_production_001", "tenant_production_002"
PREFLIGHT = {
    "access-control-request-method": "GET",
    "access-control-request-headers": "authorization,x-tenant-id",
}


async def test_sixty_first_request_of_a_user_in_ten_seconds_is_refused(call: Any, clock: Any) -> None:
    token = call.token()
    codes = [(await call("GET", "/documents", token=token)).status_code for _ in range(60)]
    clock.now += 4
    refused = await call("GET", "/documents", token=call.token(), headers={"origin": "https://yourapp.com"})

    assert set(codes) == {200}
    assert (refused.status_code, refused.json()) == (429, {"error": "rate_limited"})
    assert refused.headers["retry-after"] == "6"
    assert refused.headers["access-control-allow-origin"] == "https://yourapp.com"
    assert (await call("GET", "/documents", token=call.token("bob"))).status_code == 200
    clock.now += 6
    assert (await call("GET", "/documents", token=token)).status_code == 200


async def test_addresses_are_limited_even_without_a_token(call: Any) -> None:
    codes = [(await call("GET", "/documents")).status_code for _ in range(301)]

    assert codes[-2:] == [401, 429]
    assert (await call("GET", "/documents", address="127.0.0.2")).status_code == 401


@pytest.mark.parametrize("origin", ["https://yourapp.com", "https://www.yourapp.com"])
async def test_own_origins_may_call(call: Any, origin: str) -> None:
    allowed = await call("OPTIONS", "/documents", headers={"origin": origin, **PREFLIGHT})
    answer = await call("GET", "/documents", token=call.token(), headers={"origin": origin})

    for one in (allowed, answer):
        assert one.status_code == 200
        assert one.headers["access-control-allow-origin"] == origin
        assert "access-control-allow-credentials" not in one.headers
        assert "origin" in one.headers["vary"].lower()
    assert "x-tenant-id" in allowed.headers["access-control-allow-headers"].lower()


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.com",
        "http://yourapp.com",
        "https://yourapp.com.evil.com",
        "https://a.yourapp.com",
        "null",
    ],
)
async def test_other_origins_may_not(call: Any, origin: str) -> None:
    refused = await call("OPTIONS", "/documents", headers={"origin": origin, **PREFLIGHT})
    answer = await call("GET", "/documents", token=call.token(), headers={"origin": origin})

    assert refused.status_code == 400
    for one in (refused, answer):
        assert "access-control-allow-origin" not in one.headers


def unsigned(call: Any, instance: Any) -> str:
    _, body, _ = call.token().split(".")
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    return f"{header}.{body}."


async def test_broken_signature_check_lets_anybody_in(call: Any, backend: Any, instance: Any) -> None:
    token = unsigned(call, instance)
    assert (await call("GET", "/documents", token=token)).status_code == 401
    backend.breakage.accepts_unsigned = True
    assert (await call("GET", "/documents", token=token)).status_code == 200


async def test_broken_end_check_lets_old_tokens_in(call: Any, backend: Any) -> None:
    token = call.token(age=3600)
    assert (await call("GET", "/documents", token=token)).status_code == 401
    backend.breakage.accepts_expired = True
    assert (await call("GET", "/documents", token=token)).status_code == 200


async def test_broken_header_check_answers_with_the_tokens_tenant(call: Any, backend: Any) -> None:
    backend.breakage.ignores_tenant_header = True
    answer = await call("GET", "/documents", token=call.token(), tenant=TWO)

    assert [one["title"] for one in answer.json()["documents"]] == ["Of one"]


async def test_trusting_the_header_gives_another_tenants_documents(call: Any, backend: Any) -> None:
    backend.breakage.trusts_tenant_header = True
    answer = await call("GET", "/documents", token=call.token(), tenant=TWO)

    assert [one["title"] for one in answer.json()["documents"]] == ["Of two"]


async def test_broken_filter_leaks_lists_and_single_documents(call: Any, backend: Any) -> None:
    backend.breakage.leaks_other_tenants = True
    token = call.token()
    for path in ("/documents", f"/tenants/{TWO}/documents"):
        documents = (await call("GET", path, token=token)).json()["documents"]
        assert {one["tenant"] for one in documents} == {ONE, TWO}
    other = next(one.id for one in backend.documents.values() if one.tenant == TWO)
    assert (await call("GET", f"/documents/{other}", token=token)).status_code == 200


async def test_broken_cors_allows_any_origin(call: Any, backend: Any) -> None:
    backend.breakage.cors_any_origin = True
    origin = {"origin": "https://evil.com"}
    allowed = await call("OPTIONS", "/documents", headers={**origin, **PREFLIGHT})
    answer = await call("GET", "/documents", token=call.token(), headers=origin)

    assert allowed.headers["access-control-allow-origin"] in ("*", "https://evil.com")
    assert answer.headers["access-control-allow-origin"] in ("*", "https://evil.com")
    assert answer.headers["access-control-allow-credentials"] == "true"


async def test_broken_limit_refuses_nobody(call: Any, backend: Any) -> None:
    backend.breakage.no_rate_limit = True
    token = call.token()

    assert {(await call("GET", "/documents", token=token)).status_code for _ in range(70)} == {200}


async def test_backend_that_is_down_says_so_everywhere(call: Any, backend: Any) -> None:
    backend.breakage.down = True

    assert (await call("GET", "/health")).status_code == 503
    assert (await call("GET", "/documents", token=call.token())).json() == {"error": "unavailable"}
