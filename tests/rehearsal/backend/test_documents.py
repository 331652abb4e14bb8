from typing import Any

import pytest

pytestmark = pytest.mark.anyio
ONE, TWO = "tenant_production_001", "tenant_production_002"


def titles(answer: Any) -> list[str]:
    return [one["title"] for one in answer.json()["documents"]]


def id_of(backend: Any, title: str) -> str:
    return next(str(one.id) for one in backend.documents.values() if one.title == title)


async def test_each_tenant_sees_its_own(call: Any) -> None:
    assert titles(await call("GET", "/documents", token=call.token("alice"))) == ["Of one"]
    assert titles(await call("GET", "/documents", token=call.token("bob"))) == ["Of two"]


async def test_tenant_header_may_be_id_or_slug_or_absent(call: Any, instance: Any) -> None:
    for tenant in (ONE, instance.organization(ONE).id, None):
        assert (await call("GET", "/documents", token=call.token(), tenant=tenant)).status_code == 200


@pytest.mark.parametrize("path", ["/documents", "/documents/doc_x", f"/tenants/{ONE}/documents"])
async def test_tenant_header_that_differs_from_the_token_is_refused(call: Any, path: str) -> None:
    answer = await call("GET", path, token=call.token(), tenant=TWO)

    assert (answer.status_code, answer.json()) == (403, {"error": "tenant_mismatch"})


async def test_user_without_tenant_is_refused(call: Any) -> None:
    answer = await call("GET", "/documents", token=call.token("nobody"), tenant=ONE)

    assert (answer.status_code, answer.json()) == (403, {"error": "tenant_missing"})


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_other_tenants_documents_do_not_exist(call: Any, backend: Any, method: str) -> None:
    other = id_of(backend, "Of two")
    answer = await call(method, f"/documents/{other}", token=call.token())
    unknown = await call(method, "/documents/doc_unknown", token=call.token())

    assert (answer.status_code, answer.json()) == (404, {"error": "not_found"})
    assert (unknown.status_code, unknown.json()) == (404, {"error": "not_found"})
    assert other in backend.documents


async def test_other_tenants_lists_do_not_exist(call: Any, instance: Any) -> None:
    token = call.token()

    assert titles(await call("GET", f"/tenants/{ONE}/documents", token=token)) == ["Of one"]
    for tenant in (TWO, instance.organization(TWO).id, "none"):
        answer = await call("GET", f"/tenants/{tenant}/documents", token=token)
        assert (answer.status_code, answer.json()) == (404, {"error": "not_found"})


async def test_document_lives_from_creation_to_deletion(call: Any) -> None:
    token = call.token()
    made = await call("POST", "/documents", token=token, json={"title": "New", "body": "x", "tenant": TWO})
    path = made.headers["location"]

    assert made.status_code == 201
    assert set(made.json()) == {"id", "tenant", "title", "body", "created_by", "created_at"}
    assert made.json()["tenant"] == ONE
    assert (await call("GET", path, token=token)).json() == made.json()
    assert (await call("GET", path, token=call.token("bob"))).status_code == 404
    assert (await call("DELETE", path, token=token)).status_code == 204
    assert (await call("GET", path, token=token)).status_code == 404


@pytest.mark.parametrize(
    ("content", "status", "error"),
    [
        (b"", 400, "bad_request"),
        (b"[]", 400, "bad_request"),
        (b"\xff", 400, "bad_request"),
        (b'{"title": ""}', 400, "bad_request"),
        (b'{"title": 5}', 400, "bad_request"),
        (b'{"title": "x", "body": []}', 400, "bad_request"),
        (b'{"title": "' + b"x" * 201 + b'"}', 400, "bad_request"),
        (b'{"title": "x", "body": "' + b"x" * 65536 + b'"}', 413, "too_large"),
    ],
)
async def test_unusable_documents_are_refused(call: Any, content: bytes, status: int, error: str) -> None:
    answer = await call("POST", "/documents", token=call.token(), content=content)

    assert (answer.status_code, answer.json()) == (status, {"error": error})


async def test_errors_of_the_router_are_json_too(call: Any) -> None:
    assert (await call("GET", "/nothing")).json() == {"error": "not_found"}
    refused = await call("PUT", "/documents", token=call.token())
    assert (refused.status_code, refused.json()) == (405, {"error": "method_not_allowed"})


async def test_every_answer_is_kept_out_of_caches(call: Any) -> None:
    for path in ("/health", "/documents", "/nothing"):
        for token in (None, call.token()):
            headers = (await call("GET", path, token=token)).headers
            assert headers["cache-control"] == "private, no-store"
            assert headers["x-content-type-options"] == "nosniff"


async def test_health_is_open(call: Any) -> None:
    answer = await call("GET", "/health")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
