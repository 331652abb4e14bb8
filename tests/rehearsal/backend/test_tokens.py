import base64
import hmac
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from rehearsal.clerk.tokens import REGISTRY

pytestmark = pytest.mark.anyio


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def sign(
    instance: Any, clock: Any, *, key: RSAKey | None = None, kid: str | None = None, **claims: Any
) -> str:
    given = {
        "iss": instance.issuer,
        "sub": "user_x",
        "exp": int(clock()) + 60,
        "nbf": int(clock()) - 10,
        "o": {"id": "org_x", "slg": "tenant_production_001", "rol": "member"},
        **claims,
    }
    kept = {name: value for name, value in given.items() if value is not None}
    header = {"alg": "RS256", "kid": kid or instance.signing.kid}
    return jwt.encode(header, kept, key or instance.signing.key, registry=REGISTRY)


async def status(call: Any, token: str) -> tuple[int, str]:
    answer = await call("GET", "/documents", token=token)
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")
    return answer.status_code, answer.json().get("error", "")


async def test_clerks_token_is_accepted(call: Any) -> None:
    assert await status(call, call.token()) == (200, "")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic eDp5", "Token x"])
async def test_without_a_bearer_token_nothing_is_given(call: Any, header: str) -> None:
    answer = await call("GET", "/documents", headers={"authorization": header})

    assert (answer.status_code, answer.json()) == (401, {"error": "unauthenticated"})


@pytest.mark.parametrize(
    "token", ["x", "a.b", "a.b.c", "a.b.c.d", f"{part([])}.{part({})}.x", "e30.e30." + "x" * 9000]
)
async def test_malformed_tokens_are_refused(call: Any, token: str) -> None:
    assert await status(call, token) == (401, "unauthenticated")


async def test_tampered_token_is_refused(call: Any) -> None:
    header, body, signature = call.token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["o"]["slg"] = "tenant_production_002"

    assert await status(call, f"{header}.{part(claims)}.{signature}") == (401, "unauthenticated")


async def test_unsigned_and_symmetric_tokens_are_refused(call: Any, instance: Any) -> None:
    _, body, _ = call.token().split(".")
    unsigned = f"{part({'alg': 'none', 'kid': instance.id})}.{body}."
    # The public key as a shared secret: the classic confusion of algorithms.
    signed = f"{part({'alg': 'HS256', 'kid': instance.id})}.{body}"
    digest = hmac.digest(instance.signing.public_pem().encode(), signed.encode(), "sha256")
    symmetric = f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"

    assert await status(call, unsigned) == (401, "unauthenticated")
    assert await status(call, symmetric) == (401, "unauthenticated")


async def test_another_key_under_the_same_id_is_refused(call: Any, instance: Any, clock: Any) -> None:
    other = RSAKey.generate_key(2048)

    assert await status(call, sign(instance, clock, key=other)) == (401, "unauthenticated")
    assert await status(call, sign(instance, clock, key=other, kid="ins_other")) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, 200),
        ({"iss": "https://clerk.other.com"}, 401),
        ({"iss": None}, 401),
        ({"sub": None}, 401),
        ({"sub": ""}, 401),
        ({"exp": None}, 401),
        ({"exp": "soon"}, 401),
        ({"sts": "pending"}, 401),
        ({"sts": "active"}, 200),
        ({"azp": "https://yourapp.com"}, 200),
        ({"azp": "https://evil.com"}, 401),
        ({"o": None}, 403),
        ({"o": {}}, 403),
        ({"o": {"id": "org_x"}}, 200),
        ({"o": None, "org_id": "org_x", "org_slug": "tenant_production_001"}, 200),
        ({"o": None, "tenant": "tenant_production_001"}, 200),
    ],
)
async def test_claims_are_checked(
    call: Any, instance: Any, clock: Any, claims: dict[str, Any], expected: int
) -> None:
    assert (await status(call, sign(instance, clock, **claims)))[0] == expected


@pytest.mark.parametrize(
    ("claim", "offset", "expected"), [("exp", -4, 200), ("exp", -5, 401), ("nbf", 5, 200), ("nbf", 6, 401)]
)
async def test_five_seconds_of_skew_are_allowed(
    call: Any, instance: Any, clock: Any, claim: str, offset: int, expected: int
) -> None:
    token = sign(instance, clock, **{claim: int(clock()) + offset})

    assert (await status(call, token))[0] == expected


async def test_keys_are_fetched_once_in_five_minutes(call: Any, fetched: Any, clock: Any) -> None:
    for _ in range(3):
        await status(call, call.token())
    assert fetched.urls == ["https://clerk.yourapp.com/.well-known/jwks.json"]
    clock.now += 300
    assert await status(call, call.token()) == (200, "")
    assert len(fetched.urls) == 2


async def test_unknown_key_ids_are_asked_for_at_most_every_ten_seconds(
    call: Any, fetched: Any, instance: Any, clock: Any
) -> None:
    await status(call, call.token())
    for _ in range(5):
        await status(call, sign(instance, clock, kid="ins_other"))
    assert len(fetched.urls) == 1
    clock.now += 10
    await status(call, sign(instance, clock, kid="ins_other"))
    assert len(fetched.urls) == 2


async def test_kept_keys_are_used_while_clerk_is_down(call: Any, fetched: Any, clock: Any) -> None:
    await status(call, call.token())
    fetched.fails = True
    clock.now += 1000

    assert await status(call, call.token()) == (200, "")


async def test_without_any_key_the_backend_is_unavailable_not_the_token_bad(call: Any, fetched: Any) -> None:
    fetched.fails = True

    assert await status(call, call.token()) == (503, "unavailable")
    fetched.fails = False
    assert await status(call, call.token()) == (200, "")


async def test_clerk_answering_an_error_page_counts_as_down(call: Any, instance: Any) -> None:
    instance.behaviour.frontend_api.down = True

    assert await status(call, call.token()) == (503, "unavailable")
