from typing import Any

import pytest

pytestmark = pytest.mark.anyio
GOOD = {"email_address": ["new@example.com"], "password": "a-Long-enough-Passw0rd"}


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "authorization_header_format_invalid"),
        ("sk_live_without_scheme", "authorization_header_format_invalid"),
        ("Bearer ", "authorization_header_format_invalid"),
        ("Bearer sk_live_other", "clerk_key_invalid"),
    ],
)
async def test_wrong_keys_are_refused_everywhere(call: Any, header: str, code: str) -> None:
    for path in ("/v1/jwks", "/v1/users", "/v1/instance"):
        answer = await call("GET", f"https://api.clerk.com{path}", headers={"authorization": header})

        assert call.code(answer) == (401, code)


async def test_each_of_two_secret_keys_works_until_it_is_removed(call: Any, instance: Any) -> None:
    instance.secret_keys.insert(0, "sk_live_rotated")

    assert (await call.backend("GET", "/jwks", key="sk_live_rotated")).status_code == 200
    assert (await call.backend("GET", "/jwks")).status_code == 200
    del instance.secret_keys[1]
    assert call.code(await call.backend("GET", "/jwks")) == (401, "clerk_key_invalid")


async def test_both_apis_publish_the_same_key_whose_id_is_the_instance(call: Any, instance: Any) -> None:
    backend = (await call.backend("GET", "/jwks")).json()
    frontend = (await call("GET", "https://clerk.yourapp.com/.well-known/jwks.json")).json()

    assert backend == frontend
    assert [key["kid"] for key in backend["keys"]] == [instance.id]
    assert set(backend["keys"][0]) == {"use", "kty", "kid", "alg", "n", "e"}


async def test_users_are_found_by_address_whatever_its_case(call: Any) -> None:
    answer = await call.backend("GET", "/users", params={"email_address": "ALICE@example.com", "limit": 1})
    count = await call.backend("GET", "/users/count", params={"email_address": "nobody@example.com"})

    assert [one["email_addresses"][0]["email_address"] for one in answer.json()] == ["alice@example.com"]
    assert count.json() == {"object": "total_count", "total_count": 0}


async def test_newest_users_come_first_and_pages_are_cut(call: Any) -> None:
    answer = await call.backend("GET", "/users", params={"limit": "1", "offset": "1"})

    assert [one["email_addresses"][0]["email_address"] for one in answer.json()] == ["bob@example.com"]
    for params in ({"limit": "0"}, {"limit": "501"}, {"limit": "x"}, {"offset": "-1"}):
        refused = await call.backend("GET", "/users", params=params)
        assert call.code(refused) == (400, "invalid_query_parameter_value")


async def test_created_user_can_be_read_and_verified_but_shows_no_password(call: Any) -> None:
    created = await call.backend("POST", "/users", json={**GOOD, "public_metadata": {"tenant": "t"}})
    id_ = created.json()["id"]
    read = await call.backend("GET", f"/users/{id_}")

    assert created.status_code == 200
    assert read.json() == created.json()
    assert read.json()["public_metadata"] == {"tenant": "t"}
    assert GOOD["password"] not in created.text
    verified = await call.backend(
        "POST", f"/users/{id_}/verify_password", json={"password": GOOD["password"]}
    )
    assert verified.json() == {"verified": True}


@pytest.mark.parametrize(
    ("change", "status", "code", "parameter"),
    [
        ({"email_address": ["ALICE@example.com"]}, 422, "form_identifier_exists", "email_address"),
        ({"email_address": ["no-address"]}, 422, "form_param_format_invalid", "email_address"),
        ({"email_address": "x@example.com"}, 422, "form_param_value_invalid", "email_address"),
        ({"email_address": []}, 422, "form_data_missing", None),
        ({"password": None}, 422, "form_data_missing", None),
        ({"password": 7}, 422, "form_param_value_invalid", "password"),
        ({"password": "short"}, 422, "form_password_length_too_short", "password"),
        ({"password": "Password123"}, 422, "form_password_pwned", "password"),
        ({"password": "x" * 73}, 422, "form_password_size_in_bytes_exceeded", "password"),
        ({"public_metadata": "x"}, 400, "request_body_invalid", None),
    ],
)
async def test_unusable_users_are_refused_with_the_parameter(
    call: Any, change: dict[str, Any], status: int, code: str, parameter: str | None
) -> None:
    answer = await call.backend("POST", "/users", json={**GOOD, **change})

    assert call.code(answer) == (status, code)
    assert answer.json()["errors"][0].get("meta", {}).get("param_name") == parameter
    assert (await call.backend("GET", "/users/count")).json()["total_count"] == 3


async def test_password_checks_can_be_skipped(call: Any) -> None:
    answer = await call.backend(
        "POST", "/users", json={**GOOD, "password": "pw", "skip_password_checks": True}
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
async def test_bodies_that_are_no_object_are_refused(call: Any, body: bytes) -> None:
    answer = await call.backend("POST", "/users", content=body)

    assert call.code(answer) == (400, "request_body_invalid")


async def test_deleted_user_is_gone_with_sessions_and_memberships(call: Any, instance: Any) -> None:
    alice = instance.user_by_email("alice@example.com")
    ticket = await call.ticket(alice.id)
    body, token = await call.sign_in(alice.id)
    session = body["response"]["created_session_id"]

    answer = await call.backend("DELETE", f"/users/{alice.id}")

    assert answer.json() == {"object": "user", "id": alice.id, "deleted": True}
    assert call.code(await call.backend("GET", f"/users/{alice.id}")) == (404, "resource_not_found")
    assert call.code(await call.backend("GET", f"/sessions/{session}")) == (404, "resource_not_found")
    refused = await call.frontend("POST", f"/client/sessions/{session}/tokens", token=token)
    assert call.code(refused) == (404, "resource_not_found")
    used = await call.frontend("POST", "/client/sign_ins", data={"strategy": "ticket", "ticket": ticket})
    assert call.code(used) == (400, "ticket_invalid_code")


async def test_password_verification_tells_wrong_from_none(call: Any, instance: Any) -> None:
    alice = instance.user_by_email("alice@example.com")
    other = instance.user_by_email("nopw@example.com")

    async def verify(id_: str) -> Any:
        return call.code(await call.backend("POST", f"/users/{id_}/verify_password", json={"password": "no"}))

    assert await verify(alice.id) == (422, "incorrect_password")
    assert await verify(other.id) == (400, "no_password_set")
    assert await verify("user_none") == (404, "resource_not_found")


async def test_organizations_are_found_by_id_and_slug(call: Any, instance: Any) -> None:
    slug = "tenant_production_001"
    by_slug = (await call.backend("GET", f"/organizations/{slug}")).json()
    by_id = (await call.backend("GET", f"/organizations/{by_slug['id']}")).json()
    listed = (await call.backend("GET", "/organizations", params={"query": slug})).json()

    assert by_slug == by_id
    assert (by_slug["slug"], by_slug["members_count"]) == (slug, 1)
    assert (listed["total_count"], listed["data"][0]["id"]) == (1, by_slug["id"])
    assert call.code(await call.backend("GET", "/organizations/none")) == (404, "resource_not_found")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "form_param_missing"),
        ({"name": "x", "slug": "Not a slug"}, 422, "form_param_format_invalid"),
        ({"name": "x", "slug": "tenant_production_001"}, 422, "form_identifier_exists"),
        ({"name": "x", "created_by": "user_none"}, 404, "resource_not_found"),
        ({"name": "x", "public_metadata": []}, 200, None),
        ({"name": "x", "public_metadata": "x"}, 400, "request_body_invalid"),
    ],
)
async def test_organizations_are_created_or_refused(
    call: Any, body: dict[str, Any], status: int, code: str | None
) -> None:
    answer = await call.backend("POST", "/organizations", json=body)

    assert answer.status_code == status
    assert code is None or call.code(answer) == (status, code)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"role": ""}, 422, "form_param_missing"),
        ({"role": "org:king"}, 404, "resource_not_found"),
        ({"user_id": "user_none"}, 404, "resource_not_found"),
        ({}, 400, "already_a_member_in_organization"),
    ],
)
async def test_unusable_memberships_are_refused(
    call: Any, instance: Any, change: dict[str, Any], status: int, code: str
) -> None:
    alice = instance.user_by_email("alice@example.com")
    body = {"user_id": alice.id, "role": "org:member", **change}

    answer = await call.backend("POST", "/organizations/tenant_production_001/memberships", json=body)

    assert call.code(answer) == (status, code)


async def test_new_membership_is_listed_on_both_sides_and_active_in_the_next_session(
    call: Any, instance: Any
) -> None:
    user = instance.user_by_email("nopw@example.com")
    body = {"user_id": user.id, "role": "org:admin"}
    made = await call.backend("POST", "/organizations/tenant_production_002/memberships", json=body)
    of_user = await call.backend("GET", f"/users/{user.id}/organization_memberships", params={"limit": 2})
    members = await call.backend("GET", "/organizations/tenant_production_002/memberships")
    signed_in, _ = await call.sign_in(user.id)

    assert made.json()["public_user_data"]["user_id"] == user.id
    assert [one["id"] for one in of_user.json()["data"]] == [made.json()["id"]]
    assert members.json()["total_count"] == 2
    active = signed_in["client"]["sessions"][0]["last_active_organization_id"]
    assert active == made.json()["organization"]["id"]


async def test_tickets_are_refused_for_foreign_organizations(call: Any, instance: Any) -> None:
    alice = instance.user_by_email("alice@example.com")
    foreign = instance.organization("tenant_production_002").id

    for body, expected in (
        ({"user_id": alice.id, "org_id": foreign}, (404, "resource_not_found")),
        ({"user_id": "user_none"}, (404, "resource_not_found")),
        ({}, (422, "form_param_missing")),
        ({"user_id": alice.id, "expires_in_seconds": "soon"}, (422, "form_param_value_invalid")),
    ):
        assert call.code(await call.backend("POST", "/sign_in_tokens", json=body)) == expected


async def test_instance_and_domain_tell_kind_and_hosts(call: Any, instance: Any) -> None:
    told = (await call.backend("GET", "/instance")).json()
    domain = (await call.backend("GET", "/domains")).json()["data"][0]

    assert (told["id"], told["environment_type"]) == (instance.id, "production")
    assert (domain["name"], domain["frontend_api_url"]) == ("yourapp.com", "https://clerk.yourapp.com")


async def test_testing_token_ends_within_an_hour(call: Any, clock: Any) -> None:
    token = (await call.backend("POST", "/testing_tokens")).json()

    assert set(token) == {"object", "token", "expires_at"}
    assert token["expires_at"] == int(clock()) + 3600


async def test_redirect_urls_are_kept_once(call: Any) -> None:
    url = {"url": "https://yourapp.com/back"}
    made = (await call.backend("POST", "/redirect_urls", json=url)).json()

    assert call.code(await call.backend("POST", "/redirect_urls", json=url)) == (400, "duplicate_record")
    assert made["id"] in [one["id"] for one in (await call.backend("GET", "/redirect_urls")).json()]
    assert (await call.backend("DELETE", f"/redirect_urls/{made['id']}")).json()["deleted"] is True
    gone = await call.backend("DELETE", f"/redirect_urls/{made['id']}")
    assert call.code(gone) == (404, "resource_not_found")


async def test_unknown_paths_and_methods_answer_in_clerks_shape(call: Any) -> None:
    assert call.code(await call.backend("GET", "/nothing")) == (404, "resource_not_found")
    assert call.code(await call.backend("PUT", "/users")) == (405, "resource_not_found")
