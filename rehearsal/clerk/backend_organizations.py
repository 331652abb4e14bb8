"""The Backend API's organizations, which are the tenants."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rehearsal.clerk import shapes
from rehearsal.clerk.bodies import data_page, json_object
from rehearsal.clerk.errors import body_invalid, parameter_missing
from rehearsal.clerk.instance import Instance


async def list_organizations(instance: Instance, request: Request) -> Response:
    """GET /v1/organizations: newest first; `query` matches id, slug or name."""
    text = request.query_params.get("query", "").lower()
    rows = [
        shapes.organization(instance, one)
        for one in reversed(instance.organizations.values())
        if text in one.name.lower() or text in (one.id.lower(), one.slug)
    ]
    return data_page(request, rows)


async def create_organization(instance: Instance, request: Request) -> Response:
    """POST /v1/organizations."""
    body = await json_object(request)
    public, private = body.get("public_metadata") or {}, body.get("private_metadata") or {}
    if not isinstance(public, dict) or not isinstance(private, dict):
        raise body_invalid()
    organization = instance.add_organization(
        name=str(body.get("name") or ""), slug=body.get("slug"), created_by=body.get("created_by")
    )
    organization.public_metadata, organization.private_metadata = public, private
    return JSONResponse(shapes.organization(instance, organization))


async def get_organization(instance: Instance, request: Request) -> Response:
    """GET /v1/organizations/{id or slug}."""
    return JSONResponse(shapes.organization(instance, instance.organization(request.path_params["id"])))


async def create_membership(instance: Instance, request: Request) -> Response:
    """POST /v1/organizations/{id}/memberships."""
    organization = instance.organization(request.path_params["id"])
    body = await json_object(request)
    for name in ("user_id", "role"):
        if not body.get(name):
            raise parameter_missing(name)
    membership = instance.add_membership(organization, user_id=body["user_id"], role=body["role"])
    return JSONResponse(shapes.membership(instance, membership))


async def list_memberships(instance: Instance, request: Request) -> Response:
    """GET /v1/organizations/{id}/memberships."""
    organization = instance.organization(request.path_params["id"])
    rows = [
        shapes.membership(instance, one)
        for one in instance.memberships.values()
        if one.organization_id == organization.id
    ]
    return data_page(request, rows)


ORGANIZATION_ROUTES = [
    ("GET", "/v1/organizations", list_organizations),
    ("POST", "/v1/organizations", create_organization),
    ("GET", "/v1/organizations/{id}", get_organization),
    ("POST", "/v1/organizations/{id}/memberships", create_membership),
    ("GET", "/v1/organizations/{id}/memberships", list_memberships),
]
