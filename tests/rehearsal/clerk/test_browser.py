"""What browsers do at the Frontend API: cookies, Origin, handshake."""

from http.cookies import SimpleCookie
from typing import Any

import pytest

from rehearsal.clerk import ProviderAccount
from rehearsal.clerk.tokens import REGISTRY

pytestmark = pytest.mark.anyio
SITE = "https://yourapp.com"
API = "https://clerk.yourapp.com/v1"
ALICE = {"strategy": "password", "identifier": "alice@example.com", "password": "alice-Passw0rd"}


def cookies_of(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for line in answer.headers.get_list("set-cookie"):
        found.update(SimpleCookie(line))
    return found


async def browser(call: Any, method: str, path: str, client: str = "", **options: Any) -> Any:
    headers = {"origin": SITE, **options.pop("headers", {})}
    if client:
        headers["cookie"] = f"__client={client}"
    return await call(method, f"{API}{path}", headers=headers, **options)


async def signed_in(call: Any) -> tuple[dict[str, Any], str]:
    answer = await browser(call, "POST", "/client/sign_ins", data=ALICE)
    return answer.json(), cookies_of(answer)["__client"].value


def claims(instance: Any, token: str) -> dict[str, Any]:
    from joserfc import jwt

    return dict(jwt.decode(token, instance.signing.key, algorithms=["RS256"], registry=REGISTRY).claims)


async def test_the_client_is_a_cookie_that_no_script_reads_and_no_header(call: Any) -> None:
    answer = await browser(call, "POST", "/client/sign_ins", data=ALICE)

    assert "authorization" not in answer.headers
    client = cookies_of(answer)["__client"]
    assert client["httponly"]
    assert client["secure"]
    assert not client["domain"]


async def test_the_sites_servers_see_by_a_cookie_whether_somebody_is_signed_in(call: Any, clock: Any) -> None:
    body, client = await signed_in(call)
    answer = await browser(call, "GET", "/client", client)
    uat = cookies_of(answer)["__client_uat"]
    assert (uat.value, uat["domain"]) == (str(int(clock.now)), "yourapp.com")
    assert len([name for name in cookies_of(answer) if name.startswith("__client_uat_")]) == 1

    session = body["response"]["created_session_id"]
    removed = await browser(call, "POST", f"/client/sessions/{session}/remove", client)
    assert cookies_of(removed)["__client_uat"].value == "0"


async def test_a_browsers_token_names_the_site_and_a_native_one_does_not(call: Any, instance: Any) -> None:
    body, client = await signed_in(call)
    session = body["response"]["created_session_id"]
    answer = await browser(call, "POST", f"/client/sessions/{session}/tokens", client)
    assert claims(instance, answer.json()["jwt"])["azp"] == SITE

    native, _ = await call.sign_in(instance.user_by_email("alice@example.com").id)
    assert "azp" not in claims(instance, native["client"]["sessions"][0]["last_active_token"]["jwt"])


async def test_only_the_instances_own_site_may_read_answers(call: Any) -> None:
    own = await browser(call, "GET", "/environment")
    assert own.headers["access-control-allow-origin"] == SITE
    assert own.headers["access-control-allow-credentials"] == "true"
    sub = await browser(call, "GET", "/environment", headers={"origin": "https://www.yourapp.com"})
    assert sub.headers["access-control-allow-origin"] == "https://www.yourapp.com"
    for origin in ("https://evil.example", "https://notyourapp.com", "http://yourapp.com", "null"):
        other = await browser(call, "GET", "/client", headers={"origin": origin})
        assert call.code(other) == (400, "origin_invalid")
        assert "access-control-allow-origin" not in other.headers


async def test_a_preflight_is_answered(call: Any) -> None:
    headers = {"access-control-request-method": "POST", "access-control-request-headers": "x-test"}
    answer = await browser(call, "OPTIONS", "/client", headers=headers)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-headers"] == "x-test"


async def test_browsers_of_development_instances_are_refused(call: Any, instance: Any) -> None:
    instance.production = False
    answer = await call("GET", f"{API}/client")
    assert call.code(answer) == (401, "dev_browser_unauthenticated")


async def test_signs_up_by_address_and_password_into_no_organization(call: Any, instance: Any) -> None:
    form = {"email_address": "new@example.com", "password": "correct-horse-battery-9"}
    answer = await browser(call, "POST", "/client/sign_ups", data=form)

    assert answer.json()["response"]["status"] == "complete"
    assert instance.user_by_email("new@example.com").organization_id is None
    again = await browser(call, "POST", "/client/sign_ups", data=form)
    assert call.code(again) == (422, "form_identifier_exists")
    weak = await browser(
        call, "POST", "/client/sign_ups", data={**form, "email_address": "b@c.de", "password": "x"}
    )
    assert weak.status_code == 422


async def test_signs_in_in_two_steps(call: Any) -> None:
    first = await browser(call, "POST", "/client/sign_ins", data={"identifier": "alice@example.com"})
    assert first.json()["response"]["status"] == "needs_first_factor"
    assert first.json()["response"]["supported_first_factors"] == [{"strategy": "password"}]
    attempt = f"/client/sign_ins/{first.json()['response']['id']}/attempt_first_factor"
    client = cookies_of(first)["__client"].value
    wrong = await browser(call, "POST", attempt, client, data={**ALICE, "password": "wrong"})
    assert call.code(wrong) == (422, "form_password_incorrect")
    right = await browser(call, "POST", attempt, client, data=ALICE)
    assert right.json()["response"]["status"] == "complete"
    stranger = await browser(call, "PUT", "/client")
    other = await browser(call, "POST", attempt, cookies_of(stranger)["__client"].value, data=ALICE)
    assert call.code(other) == (404, "resource_not_found")


async def test_a_touch_makes_an_own_organization_the_active_one(call: Any, instance: Any) -> None:
    body, client = await signed_in(call)
    touch = f"/client/sessions/{body['response']['created_session_id']}/touch"
    own, other = instance.organizations.values()
    none = await browser(call, "POST", touch, client, data={"active_organization_id": ""})
    assert none.json()["response"]["last_active_organization_id"] is None
    answer = await browser(call, "POST", touch, client, data={"active_organization_id": own.id})
    assert answer.json()["response"]["last_active_organization_id"] == own.id
    foreign = await browser(call, "POST", touch, client, data={"active_organization_id": other.id})
    assert call.code(foreign) == (404, "organization_not_found_or_unauthorized")


async def test_a_handshake_brings_a_fresh_session_back_to_the_site(call: Any, instance: Any) -> None:
    _, client = await signed_in(call)
    query = {"redirect_url": f"{SITE}/protected"}
    answer = await browser(call, "GET", "/client/handshake", client, params=query)

    assert (answer.status_code, answer.headers["location"]) == (307, f"{SITE}/protected")
    token = cookies_of(answer)["__clerk_handshake"].value
    directives = claims(instance, token)["handshake"]
    session = next(line for line in directives if line.startswith("__session="))
    assert claims(instance, session.partition("=")[2].partition(";")[0])["azp"] == SITE


async def test_a_handshake_of_nobody_takes_the_sites_session_away(call: Any, instance: Any) -> None:
    answer = await browser(call, "GET", "/client/handshake", params={"redirect_url": SITE})
    directives = claims(instance, cookies_of(answer)["__clerk_handshake"].value)["handshake"]
    assert any(line.startswith("__session=; Max-Age=0") for line in directives)


async def test_a_handshake_leads_to_no_other_site(call: Any) -> None:
    answer = await browser(call, "GET", "/client/handshake", params={"redirect_url": "https://evil.example/"})
    assert call.code(answer) == (422, "form_param_value_invalid")


async def test_a_social_sign_in_comes_back_signed_in_where_nothing_more_is_to_be_done(
    call: Any, clerk: Any
) -> None:
    account = ProviderAccount(provider="github", id="1", email="alice@example.com")
    clerk.providers.accounts["github"] = account
    form = {
        "strategy": "oauth_github",
        "redirect_url": f"{SITE}/sign-in/sso-callback",
        "action_complete_redirect_url": f"{SITE}/protected",
    }
    begun = await browser(call, "POST", "/client/sign_ins", data=form)
    client = cookies_of(begun)["__client"].value
    verification = begun.json()["response"]["first_factor_verification"]
    at_provider = await call("GET", verification["external_verification_redirect_url"])
    back = await call("GET", at_provider.headers["location"], headers={"cookie": f"__client={client}"})

    assert back.headers["location"].startswith(f"{SITE}/protected?")
    after = await browser(call, "GET", "/client", cookies_of(back)["__client"].value)
    assert len(after.json()["response"]["sessions"]) == 1
    stranger = await call("GET", at_provider.headers["location"])
    assert call.code(stranger) == (400, "oauth_callback_invalid")


async def test_servers_at_the_same_address_use_up_no_sign_ins_of_a_browser(call: Any) -> None:
    for _ in range(5):
        assert (await call.frontend("POST", "/client/sign_ins", data=ALICE)).status_code == 200
    assert (await call.frontend("POST", "/client/sign_ins", data=ALICE)).status_code == 429
    for _ in range(5):
        assert (await browser(call, "POST", "/client/sign_ins", data=ALICE)).status_code == 200
    assert (await browser(call, "POST", "/client/sign_ins", data=ALICE)).status_code == 429
