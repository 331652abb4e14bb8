"""Documents, which belong to tenants."""

import json
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rehearsal.backend.access import Handler, Refusal
from rehearsal.backend.state import Backend, Caller, Document

MAXIMUM_BYTES = 64 * 1024
MAXIMUM_TITLE = 200


async def list_documents(backend: Backend, caller: Caller, _: Request) -> Response:
    """GET /documents."""
    return _listed(backend, caller)


async def list_tenant_documents(backend: Backend, caller: Caller, request: Request) -> Response:
    """GET /tenants/{tenant}/documents: another tenant does not exist."""
    wanted = request.path_params["tenant"]
    if wanted not in caller.tenant.names and not backend.breakage.leaks_other_tenants:
        raise Refusal(404, "not_found")
    return _listed(backend, caller)


def _listed(backend: Backend, caller: Caller) -> Response:
    return JSONResponse({"documents": [asdict(one) for one in backend.visible(caller.tenant)]})


async def read_document(backend: Backend, caller: Caller, request: Request) -> Response:
    """GET /documents/{id}."""
    return JSONResponse(asdict(_found(backend, caller, request)))


async def create_document(backend: Backend, caller: Caller, request: Request) -> Response:
    """POST /documents: in the caller's tenant, whatever the body says."""
    body = await _json(request)
    title, text = body.get("title"), body.get("body", "")
    if not isinstance(title, str) or not 0 < len(title) <= MAXIMUM_TITLE or not isinstance(text, str):
        raise Refusal(400, "bad_request")
    document = backend.add_document(tenant=caller.tenant.name, title=title, body=text, created_by=caller.user)
    return JSONResponse(asdict(document), 201, headers={"location": f"/documents/{document.id}"})


async def delete_document(backend: Backend, caller: Caller, request: Request) -> Response:
    """DELETE /documents/{id}."""
    del backend.documents[_found(backend, caller, request).id]
    return Response(status_code=204)


def _found(backend: Backend, caller: Caller, request: Request) -> Document:
    """The document in the path; another tenant's does not exist."""
    wanted = request.path_params["id"]
    for document in backend.visible(caller.tenant):
        if document.id == wanted:
            return document
    raise Refusal(404, "not_found")


async def _json(request: Request) -> dict[str, Any]:
    raw = await request.body()
    if len(raw) > MAXIMUM_BYTES:
        raise Refusal(413, "too_large")
    try:
        body = json.loads(raw)
    except ValueError:
        raise Refusal(400, "bad_request") from None
    if not isinstance(body, dict):
        raise Refusal(400, "bad_request")
    return body


DOCUMENT_ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/documents", list_documents),
    ("POST", "/documents", create_document),
    ("GET", "/documents/{id}", read_document),
    ("DELETE", "/documents/{id}", delete_document),
    ("GET", "/tenants/{tenant}/documents", list_tenant_documents),
]
