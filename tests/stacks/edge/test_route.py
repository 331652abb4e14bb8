"""What the edge's function does with a request, by the state in the store."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

ORIGIN = "0" * 31 + "a"
RELEASE = "0" * 31 + "b"
OLDER_RELEASE = "0" * 31 + "c"
DOMAINS = {slot: f"{slot}.d1example.amplifyapp.com" for slot in ("slot-a", "slot-b", "slot-c")}
FILE = "/_slots/slot-b/_next/static/chunks/main-0123.js"

Invoke = Callable[..., dict[str, Any]]


def state(**changed: Any) -> str:
    return json.dumps(
        {
            "v": 1,
            "live": "slot-a",
            "candidate": "",
            "percentage": 0,
            "slots": DOMAINS,
            "origin": ORIGIN,
            "release": [RELEASE, OLDER_RELEASE],
            "fence": 12,
            **changed,
        }
    )


def slot_of(result: dict[str, Any]) -> str:
    """The slot that a request went to, looked at from all sides."""
    assert "request" in result, result
    slot = result["request"]["headers"]["x-release-slot"]["value"]
    assert result["origin"] == {"domainName": DOMAINS[slot], "hostHeader": DOMAINS[slot]}
    assert result["reads"] == ["state"]
    return slot


def answer_of(result: dict[str, Any]) -> dict[str, Any]:
    """The function's own answer, which went to no slot."""
    assert "response" in result, result
    assert result["origin"] is None
    response = result["response"]
    assert response["headers"]["cache-control"] == {"value": "no-store"}
    assert response["headers"]["strict-transport-security"]["value"].startswith("max-age=")
    return response


@pytest.mark.parametrize(
    "uri", ["/", "/sign-in", "/api/auth/me", "/_next/data/x.json", "/slots", "/_slotsy/x"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_what_is_live_answers(uri: str, method: str, invoke: Invoke) -> None:
    result = invoke(value=state(), uri=uri, method=method)
    assert slot_of(result) == "slot-a"
    assert result["request"]["uri"] == uri


@pytest.mark.parametrize("host", ["yourapp.com", "www.yourapp.com"])
def test_every_host_of_the_site_is_treated_alike(host: str, invoke: Invoke) -> None:
    assert slot_of(invoke(value=state(live="slot-c"), headers={"host": host})) == "slot-c"


@pytest.mark.parametrize("ip", ["203.0.113.7", "2001:db8::7"])
def test_the_app_is_told_the_client_the_slot_and_the_origin_token(ip: str, invoke: Invoke) -> None:
    headers = invoke(value=state(), ip=ip)["request"]["headers"]
    assert headers["x-client-address"] == {"value": ip}
    assert headers["x-origin-token"] == {"value": ORIGIN}
    assert headers["x-release-slot"] == {"value": "slot-a"}


def test_what_a_client_claims_is_overwritten(invoke: Invoke) -> None:
    claimed = {
        "x-client-address": "198.51.100.1",
        "x-origin-token": "guess",
        "x-release-slot": "slot-b",
        "x-release-token": "guess",
        "authorization": "Bearer token",
        "cookie": "a=b",
    }
    result = invoke(value=state(), headers=claimed)
    assert slot_of(result) == "slot-a"
    headers = {name: header["value"] for name, header in result["request"]["headers"].items()}
    assert headers == {
        "host": "yourapp.com",
        "authorization": "Bearer token",
        "cookie": "a=b",
        "x-client-address": "203.0.113.7",
        "x-origin-token": ORIGIN,
        "x-release-slot": "slot-a",
    }


@pytest.mark.parametrize("token", [RELEASE, OLDER_RELEASE])
@pytest.mark.parametrize("live", ["slot-a", ""])
def test_a_verifier_reaches_the_slot_that_it_names(token: str, live: str, invoke: Invoke) -> None:
    headers = {"x-release-slot": "slot-b", "x-release-token": token}
    result = invoke(value=state(live=live), uri="/api/health", headers=headers)
    assert slot_of(result) == "slot-b"
    assert "x-release-token" not in result["request"]["headers"]


@pytest.mark.parametrize("token", ["", "guess", RELEASE[:-1], RELEASE + "0", RELEASE.upper(), ORIGIN])
def test_a_wrong_release_token_changes_nothing(token: str, invoke: Invoke) -> None:
    result = invoke(value=state(), headers={"x-release-slot": "slot-b", "x-release-token": token})
    assert slot_of(result) == "slot-a"
    assert "x-release-token" not in result["request"]["headers"]


@pytest.mark.parametrize("headers", [{"x-release-slot": "slot-b"}, {"x-release-token": RELEASE}])
def test_slot_and_token_go_together(headers: dict[str, str], invoke: Invoke) -> None:
    result = invoke(value=state(), headers=headers)
    assert slot_of(result) == "slot-a"
    assert "x-release-token" not in result["request"]["headers"]


@pytest.mark.parametrize("tokens", [[], [""], None])
def test_without_tokens_in_the_store_nobody_picks_a_slot(tokens: Any, invoke: Invoke) -> None:
    for token in ("", "undefined", "null"):
        headers = {"x-release-slot": "slot-b", "x-release-token": token}
        assert slot_of(invoke(value=state(release=tokens), headers=headers)) == "slot-a"


@pytest.mark.parametrize("slot", ["slot-d", "", "constructor", "__proto__", "toString"])
def test_a_verifier_is_not_led_elsewhere_when_its_slot_is_unknown(slot: str, invoke: Invoke) -> None:
    headers = {"x-release-slot": slot, "x-release-token": RELEASE}
    assert answer_of(invoke(value=state(), headers=headers))["statusCode"] == 503


def addresses(count: int) -> list[str]:
    return [f"10.{number // 65536}.{number // 256 % 256}.{number % 256}" for number in range(count)]


@pytest.mark.parametrize(
    ("percentage", "least", "most"), [(0, 0, 0), (5, 20, 90), (50, 430, 570), (100, 1000, 1000)]
)
def test_a_canary_gets_its_share_of_clients(percentage: int, least: int, most: int, invoke: Invoke) -> None:
    value = state(candidate="slot-b", percentage=percentage)
    slots = Counter(slot_of(invoke(value=value, ip=ip)) for ip in addresses(1000))
    assert least <= slots["slot-b"] <= most
    assert slots["slot-a"] == 1000 - slots["slot-b"]


def test_a_client_of_the_canary_stays_one_while_it_grows(invoke: Invoke) -> None:
    def clients(percentage: int) -> set[str]:
        value = state(candidate="slot-b", percentage=percentage)
        return {ip for ip in addresses(300) if slot_of(invoke(value=value, ip=ip)) == "slot-b"}

    assert clients(10) == clients(10)
    assert clients(10) < clients(40) < clients(80)


def test_the_next_canary_meets_other_clients(invoke: Invoke) -> None:
    def clients(candidate: str) -> set[str]:
        value = state(candidate=candidate, percentage=10)
        return {ip for ip in addresses(300) if slot_of(invoke(value=value, ip=ip)) == candidate}

    assert clients("slot-b") != clients("slot-c")


def test_a_candidate_without_a_domain_of_its_own_breaks_the_canarys_clients_only(invoke: Invoke) -> None:
    value = state(candidate="slot-z", percentage=50)
    results = [invoke(value=value, ip=ip) for ip in addresses(50)]
    assert {"slot-a"} == {slot_of(result) for result in results if "request" in result}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("live", ["slot-a", ""])
def test_files_come_from_the_slot_in_their_path_whatever_is_live(
    method: str, live: str, invoke: Invoke
) -> None:
    result = invoke(value=state(live=live), uri=FILE, method=method)
    assert slot_of(result) == "slot-b"
    assert result["request"]["uri"] == "/_next/static/chunks/main-0123.js"


@pytest.mark.parametrize("name", ["app/%5Btenant%5D/page-1.js", "media/a.b~c@2.woff2", "x/(group)/y.css"])
def test_names_that_next_makes_are_served(name: str, invoke: Invoke) -> None:
    result = invoke(value=state(), uri=f"/_slots/slot-c/_next/static/{name}")
    assert (slot_of(result), result["request"]["uri"]) == ("slot-c", f"/_next/static/{name}")


def test_the_slot_of_a_file_cannot_be_claimed_so_the_cache_is_not_poisoned(invoke: Invoke) -> None:
    headers = {"x-release-slot": "slot-c", "x-release-token": RELEASE}
    assert slot_of(invoke(value=state(), uri=FILE, headers=headers)) == "slot-b"


@pytest.mark.parametrize(
    "uri",
    [
        "/_slots",
        "/_slots/",
        "/_slots/slot-b",
        "/_slots/slot-b/",
        "/_slots/slot-b/api/auth/me",
        "/_slots/slot-b/_next/static/",
        "/_slots/slot-b/_next/image",
        "/_slots/slot-b/_next/data/x.json",
        "/_slots/slot-d/_next/static/x.js",
        "/_slots/SLOT-B/_next/static/x.js",
        "/_slots/slot-b/x/_next/static/x.js",
        "/_slots/slot-b/_next/static/../../api/auth/me",
        "/_slots/slot-b/_next/static/%2e%2e/%2E%2E/api/auth/me",
        "/_slots/slot-b/_next/static/..%2f..%2Fapi/health",
        "/_slots/slot-b/_next/static/..%5c..%5Capi/health",
        "/_slots/slot-b/_next/static/..\\..\\api/health",
        "/_slots/slot-b/_next/static//x.js",
        "/_slots/slot-b//_next/static/x.js",
    ],
)
def test_nothing_else_is_served_below_the_slots(uri: str, invoke: Invoke) -> None:
    headers = {"x-release-slot": "slot-b", "x-release-token": RELEASE}
    assert answer_of(invoke(value=state(), uri=uri, headers=headers))["statusCode"] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_files_are_only_read(method: str, invoke: Invoke) -> None:
    assert answer_of(invoke(value=state(), uri=FILE, method=method))["statusCode"] == 404


def test_a_file_of_a_slot_without_a_domain_is_not_found(invoke: Invoke) -> None:
    assert answer_of(invoke(value=state(slots={"slot-a": DOMAINS["slot-a"]}), uri=FILE))["statusCode"] == 404


UNUSABLE = {
    "no value": None,
    "empty": "",
    "no JSON": "{",
    "null": "null",
    "a number": "7",
    "a list": "[]",
    "no token": state(origin=""),
    "no slots": state(slots=None),
    "nothing is live": state(live=""),
    "live without a domain": state(live="slot-b", slots={"slot-a": DOMAINS["slot-a"]}),
    "a canary beside nothing": state(live="", candidate="slot-b", percentage=100),
}


@pytest.mark.parametrize("value", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_visitors_are_asked_to_come_back_while_nothing_can_answer(value: str | None, invoke: Invoke) -> None:
    response = answer_of(invoke(value=value))
    assert response["statusCode"] == 503
    assert response["headers"]["content-type"] == {"value": "text/html; charset=utf-8"}
    assert response["headers"]["retry-after"] == {"value": "30"}
    assert "not available right now" in response["body"]["data"]


@pytest.mark.parametrize("value", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_clients_of_the_api_are_told_so_in_its_own_words(value: str | None, invoke: Invoke) -> None:
    response = answer_of(invoke(value=value, uri="/api/auth/signin", method="POST"))
    assert response["statusCode"] == 503
    assert response["headers"]["content-type"] == {"value": "application/json"}
    assert json.loads(response["body"]["data"]) == {"error": "unavailable"}


def test_the_functions_own_answers_tell_nothing(invoke: Invoke) -> None:
    for result in (invoke(value=state(live="")), invoke(value=state(), uri="/_slots/")):
        text = json.dumps(answer_of(result))
        assert not any(word in text for word in (ORIGIN, RELEASE, "amplifyapp", "slot-"))


def test_a_full_state_fits_into_a_value_of_the_store(invoke: Invoke) -> None:
    domains = {slot: f"{slot}.d1abcdefghijkl.amplifyapp.com" for slot in DOMAINS}
    full = state(slots=domains, candidate="slot-b", percentage=100, fence=2**53)
    assert len(full.encode()) < 1024
    assert "request" in invoke(value=full)
