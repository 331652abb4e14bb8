from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from rehearsal.clerk import Instance, ProviderAccount

pytestmark = pytest.mark.anyio
BACK = "https://yourapp.com/api/auth/social/callback"
SHAPES = {
    "google": ("accounts.google.com", "/o/oauth2/v2/auth"),
    "facebook": ("www.facebook.com", "/v19.0/dialog/oauth"),
    "github": ("github.com", "/login/oauth/authorize"),
}


async def begin(call: Any, provider: str = "google", back: str = BACK) -> tuple[dict[str, Any], str]:
    form = {"strategy": f"oauth_{provider}", "redirect_url": back}
    answer = await call.frontend("POST", "/client/sign_ins", data=form)
    assert answer.status_code == 200, answer.text
    return answer.json()["response"], answer.headers["authorization"]


async def through(call: Any, attempt: dict[str, Any]) -> dict[str, str]:
    """Follows the browser to the application's callback and gives back its query."""
    url = attempt["first_factor_verification"]["external_verification_redirect_url"]
    for _ in range(2):
        answer = await call("GET", url)
        assert answer.status_code == 303, answer.text
        url = answer.headers["location"]
    return {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}


async def reload(call: Any, attempt: dict[str, Any], token: str, nonce: str | None) -> Any:
    params = {"rotating_token_nonce": nonce} if nonce else {}
    return await call.frontend("GET", f"/client/sign_ins/{attempt['id']}", token=token, params=params)


@pytest.mark.parametrize("provider", SHAPES)
async def test_sign_in_leads_to_the_providers_own_page(call: Any, provider: str) -> None:
    attempt, _ = await begin(call, provider)
    verification = attempt["first_factor_verification"]
    url = urlsplit(verification["external_verification_redirect_url"])
    query = parse_qs(url.query)

    assert (attempt["status"], verification["status"]) == ("needs_identifier", "unverified")
    assert (url.hostname, url.path) == SHAPES[provider]
    assert query["redirect_uri"] == ["https://clerk.yourapp.com/v1/oauth_callback"]
    assert {"client_id", "state", "scope", "response_type"} <= set(query)


async def test_known_address_is_signed_in_and_linked(call: Any, clerk: Any, instance: Any) -> None:
    clerk.providers.accounts["google"] = ProviderAccount(
        provider="google", id="g1", email="alice@example.com"
    )
    attempt, old = await begin(call)
    query = await through(call, attempt)

    assert set(query) == {"created_session_id", "rotating_token_nonce"}
    answer = await reload(call, attempt, old, query["rotating_token_nonce"])
    assert answer.json()["response"]["status"] == "complete"
    assert answer.json()["response"]["created_session_id"] == query["created_session_id"]
    new = answer.headers["authorization"]
    tokens = await call.frontend("POST", f"/client/sessions/{query['created_session_id']}/tokens", token=new)
    assert tokens.status_code == 200
    linked = instance.user_by_email("alice@example.com").external_accounts
    assert [one.provider_user_id for one in linked] == ["g1"]


async def test_linked_account_finds_its_user_after_a_change_of_address(
    call: Any, clerk: Any, instance: Any
) -> None:
    clerk.providers.accounts["google"] = ProviderAccount(
        provider="google", id="g1", email="alice@example.com"
    )
    await through(call, (await begin(call))[0])
    clerk.providers.accounts["google"] = ProviderAccount(
        provider="google", id="g1", email="renamed@example.com"
    )
    query = await through(call, (await begin(call))[0])

    session = instance.session(query["created_session_id"])
    assert session.user_id == instance.user_by_email("alice@example.com").id


async def test_nonce_is_good_once_and_for_a_minute(call: Any, clerk: Any, clock: Any) -> None:
    clerk.providers.accounts["google"] = ProviderAccount(
        provider="google", id="g1", email="alice@example.com"
    )
    attempt, old = await begin(call)
    nonce = (await through(call, attempt))["rotating_token_nonce"]

    assert call.code(await reload(call, attempt, old, None)) == (400, "cookie_invalid")
    assert call.code(await reload(call, attempt, old, "invented")) == (400, "cookie_invalid")
    assert (await reload(call, attempt, old, nonce)).status_code == 200
    assert call.code(await reload(call, attempt, old, nonce)) == (400, "cookie_invalid")

    attempt, old = await begin(call)
    nonce = (await through(call, attempt))["rotating_token_nonce"]
    clock.now += 60
    assert call.code(await reload(call, attempt, old, nonce)) == (400, "cookie_invalid")


async def test_redirect_urls_outside_the_allow_list_get_no_nonce(call: Any, clerk: Any) -> None:
    clerk.providers.accounts["google"] = ProviderAccount(
        provider="google", id="g1", email="alice@example.com"
    )
    attempt, _ = await begin(call, back="https://yourapp.com/elsewhere?keep=1")
    query = await through(call, attempt)

    assert set(query) == {"keep", "created_session_id"}


async def test_unknown_address_is_transferred_to_a_sign_up(call: Any, instance: Any) -> None:
    attempt, token = await begin(call)
    query = await through(call, attempt)
    told = (await reload(call, attempt, token, query["rotating_token_nonce"])).json()["response"]

    assert "created_session_id" not in query
    assert told["first_factor_verification"]["status"] == "transferable"
    assert told["first_factor_verification"]["error"]["code"] == "external_account_not_found"
    answer = await call.frontend("POST", "/client/sign_ups", token=token, data={"transfer": "true"})
    body = answer.json()["response"]
    assert (body["object"], body["status"]) == ("sign_up_attempt", "complete")
    assert instance.user_by_email("google.user@example.com").id == body["created_user_id"]
    again = await call.frontend(
        "POST", "/client/sign_ups", token=answer.headers["authorization"], data={"transfer": "true"}
    )
    assert call.code(again) == (400, "account_transfer_invalid")


async def test_a_transfer_needs_the_client_that_was_at_the_provider(call: Any) -> None:
    answer = await call.frontend("POST", "/client/sign_ups", data={"transfer": "true"})

    assert call.code(answer) == (401, "signed_out")


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"strategy": "oauth_myspace", "redirect_url": BACK}, 400, "oauth_unsupported_provider"),
        ({"strategy": "oauth_github", "redirect_url": BACK}, 400, "oauth_provider_not_enabled"),
        ({"strategy": "oauth_google"}, 422, "form_param_missing"),
        ({"strategy": "oauth_google", "redirect_url": "/relative"}, 422, "invalid_redirect_url"),
    ],
)
async def test_unusable_social_sign_ins_are_refused(
    call: Any, instance: Any, form: dict[str, str], status: int, code: str
) -> None:
    instance.behaviour.social = ("google", "facebook")

    assert call.code(await call.frontend("POST", "/client/sign_ins", data=form)) == (status, code)


async def test_provider_refuses_unregistered_clients_and_redirects(call: Any, clerk: Any) -> None:
    attempt, _ = await begin(call)
    url = attempt["first_factor_verification"]["external_verification_redirect_url"]
    client_id = parse_qs(urlsplit(url).query)["client_id"][0]

    foreign = url.replace("clerk.yourapp.com", "clerk.evil.com")
    assert "redirect_uri_mismatch" in (await call("GET", foreign)).text
    assert (await call("GET", url.replace(client_id, "other"))).status_code == 401
    clerk.providers.redirect_uris[client_id] = set()
    assert (await call("GET", url)).status_code == 400


async def decide(call: Any, clerk: Any, attempt: dict[str, Any], decision: str) -> Any:
    clerk.providers.consent = "page"
    url = attempt["first_factor_verification"]["external_verification_redirect_url"]
    page = await call("GET", url)
    assert page.status_code == 200
    assert "Continue" in page.text
    query = parse_qs(urlsplit(url).query)
    form = {name: query[name][0] for name in ("redirect_uri", "client_id", "state")}
    return await call(
        "POST", "https://accounts.google.com/standin/decision", data={**form, "decision": decision}
    )


async def test_page_with_a_button_leads_back_as_well(call: Any, clerk: Any) -> None:
    attempt, _ = await begin(call)
    answer = await decide(call, clerk, attempt, "continue")

    assert answer.status_code == 303
    assert {"code", "state"} <= set(parse_qs(urlsplit(answer.headers["location"]).query))


async def test_cancelling_fails_the_attempt_and_comes_back_with_the_code(call: Any, clerk: Any) -> None:
    attempt, token = await begin(call)
    answer = await decide(call, clerk, attempt, "cancel")
    back = await call("GET", answer.headers["location"])
    query = parse_qs(urlsplit(back.headers["location"]).query)

    assert query["__clerk_status"] == ["failed"]
    assert query["__clerk_error_code"] == ["oauth_access_denied"]
    told = (await reload(call, attempt, token, None)).json()["response"]["first_factor_verification"]
    assert (told["status"], told["error"]["code"]) == ("failed", "oauth_access_denied")


async def test_callbacks_with_wrong_state_or_code_are_refused(call: Any) -> None:
    callback = "https://clerk.yourapp.com/v1/oauth_callback"
    attempt, _ = await begin(call)
    url = attempt["first_factor_verification"]["external_verification_redirect_url"]
    state = parse_qs(urlsplit(url).query)["state"][0]

    for params in ({"state": "invented", "code": "x"}, {"code": "x"}):
        answer = await call("GET", callback, params=params)
        assert call.code(answer) == (400, "oauth_callback_invalid")
    answer = await call("GET", callback, params={"state": state, "code": "invented"})
    assert call.code(answer) == (400, "oauth_token_exchange_error")


async def test_callback_cannot_be_replayed(call: Any, clerk: Any) -> None:
    clerk.providers.accounts["google"] = ProviderAccount(
        provider="google", id="g1", email="alice@example.com"
    )
    attempt, _ = await begin(call)
    url = attempt["first_factor_verification"]["external_verification_redirect_url"]
    callback = (await call("GET", url)).headers["location"]

    assert (await call("GET", callback)).status_code == 303
    assert call.code(await call("GET", callback)) == (400, "oauth_callback_invalid")


async def test_posted_callback_becomes_the_same_get(call: Any) -> None:
    answer = await call(
        "POST", "https://clerk.yourapp.com/v1/oauth_callback", data={"state": "s", "code": "c"}
    )

    assert answer.status_code == 303
    assert answer.headers["location"].endswith("/v1/oauth_callback?state=s&code=c")


async def test_locked_user_comes_back_without_a_session(call: Any, clerk: Any, instance: Any) -> None:
    instance.user_by_email("alice@example.com").locked = True
    clerk.providers.accounts["google"] = ProviderAccount(
        provider="google", id="g1", email="alice@example.com"
    )
    query = await through(call, (await begin(call))[0])

    assert query["__clerk_error_code"] == "user_locked"
    assert instance.sessions == {}


async def test_client_ids_are_the_given_ones(call: Any, clerk: Any, clock: Any) -> None:
    own = Instance.create(frontend_host="clerk.other.com", clock=clock)
    clerk.add(own, client_ids={"google": "1234.apps.googleusercontent.com"})
    url = clerk.providers.authorize_url(
        provider="google",
        instance_id=own.id,
        redirect_uri="https://clerk.other.com/v1/oauth_callback",
        state="s",
    )

    assert "client_id=1234.apps.googleusercontent.com&" in url
    assert (await call("GET", url)).status_code == 303
