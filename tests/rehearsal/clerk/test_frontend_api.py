import base64
import json
from typing import Any

import pytest

from rehearsal.clerk.tokens import session_token

pytestmark = pytest.mark.anyio


def claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def header(token: str) -> dict[str, Any]:
    part = token.split(".")[0]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


async def fresh(call: Any, body: dict[str, Any], token: str, **data: str) -> Any:
    session = body["response"]["created_session_id"]
    return await call.frontend("POST", f"/client/sessions/{session}/tokens", token=token, data=data)


async def test_ticket_signs_in_once(call: Any, instance: Any) -> None:
    ticket = await call.ticket(instance.user_by_email("alice@example.com").id)
    form = {"strategy": "ticket", "ticket": ticket}
    first = await call.frontend("POST", "/client/sign_ins", data=form)

    body = first.json()
    assert body["response"]["object"] == "sign_in_attempt"
    assert body["response"]["status"] == "complete"
    assert body["response"]["created_session_id"] == body["client"]["last_active_session_id"]
    assert first.headers["authorization"].count(".") == 2
    again = await call.frontend("POST", "/client/sign_ins", data=form)
    assert call.code(again) == (400, "sign_in_token_already_used_code")


async def test_expired_and_invented_tickets_are_refused(call: Any, instance: Any, clock: Any) -> None:
    ticket = await call.ticket(instance.user_by_email("alice@example.com").id, expires_in_seconds=60)
    clock.now += 60

    for given, code in ((ticket, "ticket_expired_code"), ("invented", "ticket_invalid_code")):
        answer = await call.frontend("POST", "/client/sign_ins", data={"strategy": "ticket", "ticket": given})
        assert call.code(answer) == (400, code)


async def test_password_signs_in_with_the_users_organization(call: Any) -> None:
    form = {"strategy": "password", "identifier": "Alice@example.com", "password": "alice-Passw0rd"}
    body = (await call.frontend("POST", "/client/sign_ins", data=form)).json()

    token = body["client"]["sessions"][0]["last_active_token"]["jwt"]
    assert claims(token)["o"]["slg"] == "tenant_production_001"


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"identifier": "alice@example.com", "password": "wrong"}, 422, "form_password_incorrect"),
        ({"identifier": "alice@example.com"}, 422, "form_password_incorrect"),
        ({"identifier": "nobody@example.com", "password": "x"}, 422, "form_identifier_not_found"),
        ({"identifier": "nopw@example.com", "password": "x"}, 400, "strategy_for_user_invalid"),
        ({"password": "x"}, 422, "form_param_missing"),
        ({"strategy": ""}, 422, "form_param_missing"),
        ({"strategy": "carrier_pigeon"}, 422, "form_param_value_invalid"),
    ],
)
async def test_wrong_credentials_are_refused(call: Any, form: dict[str, str], status: int, code: str) -> None:
    answer = await call.frontend("POST", "/client/sign_ins", data={"strategy": "password", **form})

    assert call.code(answer) == (status, code)


async def test_locked_and_banned_users_are_refused(call: Any, instance: Any) -> None:
    alice = instance.user_by_email("alice@example.com")
    ticket = await call.ticket(alice.id)
    for name in ("locked", "banned"):
        setattr(alice, name, True)
        form = {"strategy": "ticket", "ticket": ticket}
        answer = await call.frontend("POST", "/client/sign_ins", data=form)
        assert call.code(answer) == (403, f"user_{name}")


async def test_bodies_of_another_type_are_refused(call: Any) -> None:
    answer = await call.frontend("POST", "/client/sign_ins", json={"strategy": "ticket"})

    assert call.code(answer) == (415, "unsupported_content_type")


async def test_session_token_has_the_claims_of_version_2(call: Any, instance: Any, clock: Any) -> None:
    alice = instance.user_by_email("alice@example.com")
    body, token = await call.sign_in(alice.id)
    jwt = (await fresh(call, body, token)).json()["jwt"]

    assert header(jwt) == {"alg": "RS256", "kid": instance.id, "typ": "JWT", "cat": "cl_B7d4PD111AAA"}
    told = claims(jwt)
    organization = instance.organization("tenant_production_001")
    assert told["o"] == {"id": organization.id, "slg": "tenant_production_001", "rol": "member"}
    assert (told["iss"], told["sub"], told["v"], told["sts"]) == (
        "https://clerk.yourapp.com",
        alice.id,
        2,
        "active",
    )
    assert (told["iat"], told["nbf"], told["exp"]) == (clock(), clock() - 10, clock() + 60)
    assert "azp" not in told


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        ({"token_version": 1}, {"org_slug": "tenant_production_001", "org_role": "org:member"}),
        ({"tenancy": "metadata"}, {"tenant": "tenant_production_001"}),
        ({"organization_claims": False}, {}),
    ],
)
async def test_tenant_claims_follow_the_switches(
    call: Any, instance: Any, switches: dict[str, Any], expected: dict[str, str]
) -> None:
    alice = instance.user_by_email("alice@example.com")
    alice.public_metadata = {"tenant": "tenant_production_001"}
    for name, value in switches.items():
        setattr(instance.behaviour, name, value)
    body, token = await call.sign_in(alice.id)

    told = claims((await fresh(call, body, token)).json()["jwt"])

    assert {name: told.get(name) for name in expected} == expected
    assert "o" not in told


async def test_token_lifetime_is_a_switch_and_past_tokens_can_be_made(instance: Any, clock: Any) -> None:
    instance.behaviour.token_ttl_seconds = 5
    session = instance.add_session(instance.add_client(), user=instance.user_by_email("alice@example.com"))

    assert claims(session_token(instance, session))["exp"] == clock() + 5
    assert claims(session_token(instance, session, issued_at=clock() - 100))["exp"] == clock() - 95


async def test_sign_in_may_come_without_a_session_token(call: Any, instance: Any) -> None:
    instance.behaviour.last_active_token = False
    body, token = await call.sign_in(instance.user_by_email("alice@example.com").id)

    assert body["client"]["sessions"][0]["last_active_token"] is None
    assert (await fresh(call, body, token)).status_code == 200


async def test_new_token_can_switch_to_another_of_the_users_organizations(call: Any, instance: Any) -> None:
    alice = instance.user_by_email("alice@example.com")
    second = instance.organization("tenant_production_002")
    body, token = await call.sign_in(alice.id)

    refused = await fresh(call, body, token, organization_id=second.id)
    assert call.code(refused) == (404, "organization_not_found_or_unauthorized")
    instance.add_membership(second, user_id=alice.id, role="org:member")
    switched = await fresh(call, body, token, organization_id=second.id)
    assert claims(switched.json()["jwt"])["o"]["id"] == second.id


async def test_revoked_session_gets_no_token(call: Any, instance: Any) -> None:
    body, token = await call.sign_in(instance.user_by_email("alice@example.com").id)
    session = body["response"]["created_session_id"]
    await call.backend("POST", f"/sessions/{session}/revoke")

    assert call.code(await fresh(call, body, token)) == (401, "authentication_invalid")


@pytest.mark.parametrize("way", ["remove", "end", "delete", "delete-by-post"])
async def test_every_way_to_sign_out_ends_tokens(call: Any, instance: Any, way: str) -> None:
    body, token = await call.sign_in(instance.user_by_email("alice@example.com").id)
    session = body["response"]["created_session_id"]
    if way == "delete":
        answer = await call.frontend("DELETE", "/client/sessions", token=token)
    elif way == "delete-by-post":
        answer = await call.frontend("POST", "/client/sessions", token=token, params={"_method": "DELETE"})
    else:
        answer = await call.frontend("POST", f"/client/sessions/{session}/{way}", token=token)

    assert answer.status_code == 200
    assert (await fresh(call, body, token)).status_code in (401, 404)
    told = (await call.frontend("GET", "/client", token=token)).json()["response"]
    assert (told["sessions"], told["last_active_session_id"]) == ([], None)


async def test_client_of_another_user_cannot_use_a_session(call: Any, instance: Any) -> None:
    body, _ = await call.sign_in(instance.user_by_email("alice@example.com").id)
    _, other = await call.sign_in(instance.user_by_email("bob@example.com").id)

    assert call.code(await fresh(call, body, other)) == (404, "resource_not_found")
    assert call.code(await fresh(call, body, "")) == (401, "signed_out")
    assert call.code(await fresh(call, body, "a.b.c")) == (401, "signed_out")


async def test_client_token_rotates_with_each_sign_in(call: Any, instance: Any) -> None:
    alice = instance.user_by_email("alice@example.com")
    body, old = await call.sign_in(alice.id)
    form = {"strategy": "ticket", "ticket": await call.ticket(alice.id)}
    new = (await call.frontend("POST", "/client/sign_ins", token=old, data=form)).headers["authorization"]

    assert call.code(await fresh(call, body, old)) == (400, "cookie_invalid")
    assert (await fresh(call, body, new)).status_code == 200
    assert len((await call.frontend("GET", "/client", token=new)).json()["response"]["sessions"]) == 2


async def test_without_client_there_is_nothing(call: Any) -> None:
    assert (await call.frontend("GET", "/client")).json() == {"response": None, "client": None}


async def test_native_rules_are_enforced(call: Any, instance: Any) -> None:
    both = await call.frontend("GET", "/client", token="x", headers={"origin": "https://yourapp.com"})
    assert call.code(both) == (400, "origin_authorization_headers_conflict")
    instance.behaviour.native_api = False
    assert call.code(await call.frontend("GET", "/client")) == (400, "native_api_disabled")


async def test_device_trust_stops_passwords_but_not_tickets(call: Any, instance: Any) -> None:
    instance.behaviour.device_trust = True
    form = {"strategy": "password", "identifier": "alice@example.com", "password": "alice-Passw0rd"}
    body = (await call.frontend("POST", "/client/sign_ins", data=form)).json()

    assert body["response"]["status"] == "needs_client_trust"
    assert body["response"]["created_session_id"] is None
    assert body["client"]["sessions"] == []
    signed_in, _ = await call.sign_in(instance.user_by_email("alice@example.com").id)
    assert signed_in["response"]["status"] == "complete"


async def test_unknown_hosts_are_refused(call: Any) -> None:
    answer = await call("GET", "https://clerk.other.com/v1/health")

    assert answer.status_code == 421


async def test_anybody_may_ask_for_health_and_settings(call: Any, instance: Any) -> None:
    instance.behaviour.social = ("google",)
    health = await call("GET", "https://clerk.yourapp.com/v1/health")
    settings = (await call("GET", "https://clerk.yourapp.com/v1/environment")).json()

    assert health.json() == {"status": "healthy"}
    social = settings["user_settings"]["social"]
    assert {name: one["enabled"] for name, one in social.items()} == {
        "oauth_google": True,
        "oauth_facebook": False,
        "oauth_github": False,
    }
    assert settings["auth_config"]["native_settings"]["api_enabled"] is True
