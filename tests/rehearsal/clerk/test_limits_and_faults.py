import asyncio
from typing import Any

import httpx
import pytest

from rehearsal.clerk import Behaviour, Clerk, Instance, create_app, create_control_app
from rehearsal.clerk.keys import frontend_host_of, publishable_key
from rehearsal.clerk.switches import change

pytestmark = pytest.mark.anyio
PASSWORD = {"strategy": "password", "identifier": "alice@example.com", "password": "wrong"}


async def sign_in(call: Any, **kwargs: Any) -> httpx.Response:
    answer = await call.frontend("POST", "/client/sign_ins", data=PASSWORD, **kwargs)
    assert isinstance(answer, httpx.Response)
    return answer


async def test_sixth_sign_in_of_an_address_in_ten_seconds_is_refused(call: Any, clock: Any) -> None:
    for _ in range(5):
        assert (await sign_in(call)).status_code == 422
        clock.now += 1
    refused = await sign_in(call)

    assert call.code(refused) == (429, "too_many_requests")
    assert refused.headers["retry-after"] == "5"
    assert (await sign_in(call, address="127.0.0.2")).status_code == 422
    clock.now += 5
    assert (await sign_in(call)).status_code == 422


async def test_without_proxy_forwarded_addresses_do_not_count(call: Any) -> None:
    answers = [await sign_in(call, headers={"x-forwarded-for": f"192.0.2.{n}"}) for n in range(6)]

    assert [answer.status_code for answer in answers] == [422] * 5 + [429]


async def test_with_proxy_the_leftmost_forwarded_address_counts(call: Any, instance: Any) -> None:
    instance.behaviour.proxy_url = "https://yourapp.com/__clerk"

    async def proxied(user: str) -> httpx.Response:
        return await sign_in(
            call,
            host="frontend-api.clerk.dev",
            headers={
                "clerk-proxy-url": "https://yourapp.com/__clerk",
                "clerk-secret-key": instance.secret_key,
                "x-forwarded-for": f"{user}, 198.51.100.1",
            },
        )

    assert [(await proxied(f"192.0.2.{n}")).status_code for n in range(7)] == [422] * 7
    assert [(await proxied("192.0.2.0")).status_code for _ in range(5)] == [422] * 4 + [429]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, (400, "proxy_request_missing_secret_key")),
        ({"clerk-secret-key": "sk_live_other"}, (401, "proxy_request_invalid_secret_key")),
        ({"clerk-proxy-url": "https://other.com/__clerk"}, (400, "proxy_request_missing_secret_key")),
        ({"clerk-proxy-url": "https://other.com/__clerk", "clerk-secret-key": "own"}, (400, "host_invalid")),
    ],
)
async def test_proxies_have_to_prove_themselves(
    call: Any, instance: Any, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    instance.behaviour.proxy_url = "https://yourapp.com/__clerk"
    given = {"clerk-proxy-url": "https://yourapp.com/__clerk", **headers}
    if given.get("clerk-secret-key") == "own":
        given["clerk-secret-key"] = instance.secret_key

    assert call.code(await sign_in(call, headers=given)) == expected


@pytest.mark.parametrize(("production", "limit"), [(True, 1000), (False, 100)])
async def test_backend_api_limit_depends_on_the_kind_of_instance(
    production: bool, limit: int, clock: Any
) -> None:
    clerk = Clerk(clock=clock)
    one = clerk.add(Instance.create(frontend_host="clerk.yourapp.com", clock=clock, production=production))
    headers = {"authorization": f"Bearer {one.secret_key}"}
    transport = httpx.ASGITransport(app=create_app(clerk))
    async with httpx.AsyncClient(transport=transport, base_url="https://api.clerk.com/v1") as http:
        codes = [(await http.get("/instance", headers=headers)).status_code for _ in range(limit)]
        refused = await http.get("/instance", headers=headers)
        keys = await http.get("/jwks", headers=headers)
        clock.now += 10
        later = await http.get("/instance", headers=headers)

    assert set(codes) == {200}
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
    assert (keys.status_code, later.status_code) == (200, 200)


async def test_load_tests_can_switch_the_limits_off(call: Any, instance: Any) -> None:
    instance.behaviour.rate_limits = False

    assert {(await sign_in(call)).status_code for _ in range(20)} == {422}


async def test_two_instances_do_not_know_each_other(clerk: Any, call: Any, clock: Any) -> None:
    other = clerk.add(Instance.create(frontend_host="clerk.staging.com", clock=clock, production=False))
    users = await call.backend("GET", "/users", key=other.secret_key)
    keys = await call("GET", "https://clerk.staging.com/.well-known/jwks.json")

    assert users.json() == []
    assert [key["kid"] for key in keys.json()["keys"]] == [other.id]
    assert call.code(await call("GET", "https://clerk.staging.com/v1/client")) == (
        401,
        "dev_browser_unauthenticated",
    )


@pytest.mark.parametrize("api", ["backend_api", "frontend_api"])
async def test_an_api_that_is_down_answers_503_while_the_other_works(
    call: Any, instance: Any, api: str
) -> None:
    getattr(instance.behaviour, api).down = True
    backend = await call.backend("GET", "/jwks")
    frontend = await call("GET", "https://clerk.yourapp.com/.well-known/jwks.json")

    down, up = (backend, frontend) if api == "backend_api" else (frontend, backend)
    assert (down.status_code, up.status_code) == (503, 200)
    assert down.headers["content-type"].startswith("text/plain")


async def test_a_hanging_api_answers_once_it_is_released_with_the_body_intact(
    call: Any, instance: Any
) -> None:
    instance.behaviour.frontend_api.hang = True
    pending = asyncio.create_task(sign_in(call))
    done, _ = await asyncio.wait({pending}, timeout=0.3)
    assert not done
    instance.behaviour.frontend_api.hang = False

    assert call.code(await pending) == (422, "form_password_incorrect")


async def test_a_hanging_api_forgets_callers_that_gave_up(clerk: Any, instance: Any) -> None:
    instance.behaviour.frontend_api.hang = True
    messages = [{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}]
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/v1/health",
        "query_string": b"",
        "headers": [(b"host", b"clerk.yourapp.com")],
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    await asyncio.wait_for(create_app(clerk)(scope, receive, send), timeout=5)

    assert sent == []
    assert not clerk.asked


async def test_slowness_is_waited_for(call: Any, instance: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("rehearsal.clerk.guard.asyncio.sleep", sleep)
    instance.behaviour.backend_api.slow_seconds = 2.5

    assert (await call.backend("GET", "/jwks")).status_code == 200
    assert waited == [2.5]


async def test_what_was_asked_is_noted_without_secrets(call: Any, clerk: Any, instance: Any) -> None:
    await call.sign_in(instance.user_by_email("alice@example.com").id)

    assert [(one.api, one.method, one.path, one.status) for one in clerk.asked] == [
        ("backend", "POST", "/v1/sign_in_tokens", 200),
        ("frontend", "POST", "/v1/client/sign_ins", 200),
    ]


def test_secrets_are_in_no_representation(instance: Any) -> None:
    user = instance.user_by_email("alice@example.com")
    shown = repr(user) + repr(instance)

    assert "alice-Passw0rd" not in shown
    assert instance.secret_key not in shown
    assert "PRIVATE" not in shown


async def control(clerk: Clerk, method: str, path: str, **kwargs: Any) -> httpx.Response:
    base = kwargs.pop("base", "http://127.0.0.1:4000")
    transport = httpx.ASGITransport(
        app=create_control_app(clerk), client=(kwargs.pop("peer", "127.0.0.1"), 1)
    )
    async with httpx.AsyncClient(transport=transport, base_url=base) as http:
        return await http.request(method, path, **kwargs)


async def test_control_changes_switches_at_run_time(clerk: Any, instance: Any, call: Any) -> None:
    path = f"/_control/instances/{instance.frontend_host}/behaviour"
    changes = {"token_ttl_seconds": 5, "backend_api": {"down": True}, "social": ["github"]}
    changed = await control(clerk, "PATCH", path, json=changes)

    assert changed.status_code == 200
    assert instance.behaviour.social == ("github",)
    assert (await call.backend("GET", "/jwks")).status_code == 503
    shown = await control(clerk, "GET", "/_control")
    assert shown.json()["instances"][0]["behaviour"]["token_ttl_seconds"] == 5
    assert instance.secret_key not in shown.text


@pytest.mark.parametrize(
    "changes",
    [
        {"token_ttl": 5},
        {"native_api": "off"},
        {"native_api": 0},
        {"token_ttl_seconds": True},
        {"token_ttl_seconds": "60"},
        {"token_version": 3},
        {"tenancy": "cookie"},
        {"social": ["myspace"]},
        {"social": "google"},
        {"backend_api": True},
        {"backend_api": {"broken": True}},
        {"proxy_url": 5},
    ],
)
def test_changes_that_make_no_sense_change_nothing(changes: dict[str, Any]) -> None:
    behaviour = Behaviour()

    with pytest.raises(ValueError, match=next(iter(changes))):
        change(behaviour, {"device_trust": True, **changes})
    assert behaviour == Behaviour()


async def test_control_makes_expired_tokens(clerk: Any, instance: Any) -> None:
    path = f"/_control/instances/{instance.id}/session_tokens"
    user = instance.user_by_email("alice@example.com")

    answer = await control(clerk, "POST", path, json={"user_id": user.id, "age_seconds": 600})
    unknown = await control(clerk, "POST", path, json={"user_id": "user_none"})

    assert answer.json()["jwt"].count(".") == 2
    assert unknown.status_code == 404


async def test_control_answers_on_loopback_only(clerk: Any, call: Any, instance: Any) -> None:
    for base in ("https://api.clerk.com", "https://clerk.yourapp.com"):
        assert (await control(clerk, "GET", "/_control", base=base)).status_code == 404
        assert (await call("GET", f"{base}/_control")).status_code == 404
    assert (await control(clerk, "GET", "/_control", peer="192.0.2.1")).status_code == 404


@pytest.mark.parametrize("host", ["clerk.yourapp.com", "a.b.c.d", "happy-fox-12.clerk.accounts.dev"])
@pytest.mark.parametrize("production", [True, False])
def test_publishable_key_holds_the_host_unpadded(host: str, production: bool) -> None:
    key = publishable_key(frontend_host=host, production=production)

    assert frontend_host_of(key) == host
    assert key.startswith("pk_live_" if production else "pk_test_")
    assert "=" not in key


@pytest.mark.parametrize(
    "key", ["pk_live_", "pk_other_Y2xlcmsueW91cmFwcC5jb20k", "pk_live_Y2xlcms", "sk_live_x"]
)
def test_other_keys_have_no_host(key: str) -> None:
    with pytest.raises(ValueError, match="publishable key"):
        frontend_host_of(key)
