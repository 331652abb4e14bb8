"""The documented calls of api.vercel.com that a release needs.

Source: vercel.com/docs/rest-api. What differs from Vercel is in README.md beside this file.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rehearsal.vercel import views
from rehearsal.vercel.state import PROMOTED, Fault, Made, Site, Vercel

Handler = Callable[["Vercel", Request, frozenset[str]], Awaitable[Response]]


class RefusedError(Exception):
    """The API's answer is an error.

    Args:
        status: HTTP status.
        code: Vercel's error code.
        message: Its message.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def create_app(vercel: Vercel) -> Starlette:
    """The API."""
    calls: tuple[tuple[str, str, str, Handler], ...] = (
        ("create", "POST", "/v13/deployments", _create),
        ("deployment", "GET", "/v13/deployments/{deployment}", _deployment),
        ("deployments", "GET", "/v7/deployments", _deployments),
        ("project", "GET", "/v9/projects/{project}", _project),
        ("domain", "GET", "/v9/projects/{project}/domains/{domain}", _domain),
        ("promote", "POST", "/v10/projects/{project}/promote/{deployment}", _promote),
        ("rollback", "POST", "/v1/projects/{project}/rollback/{deployment}", _roll_back),
        ("variables", "GET", "/v10/projects/{project}/env", _variables),
    )
    return Starlette(
        routes=[
            Route(path, _answering(vercel, name, handler), methods=[method])
            for name, method, path, handler in calls
        ]
    )


def _answering(vercel: Vercel, name: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        vercel.calls.append(name)
        try:
            if fault := vercel.take_fault(name, after_effect=False):
                return _faulty(fault)
            answered = await handler(vercel, request, _teams(vercel, request))
            fault = vercel.take_fault(name, after_effect=True)
            return _faulty(fault) if fault else answered
        except RefusedError as error:
            return JSONResponse(
                {"error": {"code": error.code, "message": error.message}}, status_code=error.status
            )

    return answer


def _faulty(fault: Fault) -> Response:
    error: dict[str, Any] = {"code": fault.code, "message": fault.message}
    if fault.limit_reset is not None:
        error["limit"] = {"total": 100, "remaining": 0, "reset": int(fault.limit_reset)}
    return JSONResponse({"error": error}, status_code=fault.status)


def _teams(vercel: Vercel, request: Request) -> frozenset[str]:
    """The teams that the token opens; the one that is asked for must be among them."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise RefusedError(401, "forbidden", "The request is missing an authentication token")
    teams = vercel.tokens.get(token)
    if teams is None:
        raise RefusedError(403, "forbidden", "Not authorized")
    team = request.query_params.get("teamId", "")
    if team not in teams:
        raise RefusedError(
            403, "forbidden", f'Not authorized: Trying to access resource under scope "{team}"'
        )
    return frozenset({team})


def _site(vercel: Vercel, name: str, teams: frozenset[str]) -> Site:
    site = vercel.site(name)
    if site is None or site.team not in teams:
        raise RefusedError(404, "not_found", "Project not found.")
    return site


def _made(vercel: Vercel, name: str, *, site: Site | None = None) -> Made:
    made = vercel.deployment(name)
    if made is None or (site and made.project != site.id):
        raise RefusedError(404, "not_found", f"Can't find the deployment: {name}")
    return made


async def _create(vercel: Vercel, request: Request, teams: frozenset[str]) -> Response:
    try:
        body = json.loads(await request.body())
        source = body["gitSource"]
        name, commit, ref = str(body["project"]), str(source["sha"]), str(source["ref"])
        place = f"{source['org']}/{source['repo']}"
    except (ValueError, KeyError, TypeError):
        raise RefusedError(400, "bad_request", "Invalid request: gitSource is incomplete") from None
    site = _site(vercel, name, teams)
    if place != site.repository or not vercel.knows_commit(place, commit):
        raise RefusedError(400, "incorrect_git_source_info", f"The commit {commit} was not found in {place}.")
    made = vercel.create(site, commit=commit, ref=ref, meta=body.get("meta") or {})
    return JSONResponse(views.deployment(made))


async def _deployment(vercel: Vercel, request: Request, teams: frozenset[str]) -> Response:
    made = _made(vercel, request.path_params["deployment"])
    _site(vercel, made.project, teams)
    return JSONResponse(views.deployment(made))


async def _deployments(vercel: Vercel, request: Request, teams: frozenset[str]) -> Response:
    query = request.query_params
    site = _site(vercel, query.get("projectId", ""), teams)
    found = vercel.deployments(site)
    if sha := query.get("sha"):
        found = [made for made in found if made.commit == sha]
    if query.get("rollbackCandidate") == "true":
        found = [made for made in found if _can_go_back_to(site, made)]
    listed = [views.listed(made) for made in found[: int(query.get("limit", "20"))]]
    return JSONResponse({"deployments": listed, "pagination": {"count": len(listed), "next": None}})


def _can_go_back_to(site: Site, made: Made) -> bool:
    if made.state != "READY" or made.substate != PROMOTED or made.id == site.live:
        return False
    return not site.hobby or made.id == site.before


async def _project(vercel: Vercel, request: Request, teams: frozenset[str]) -> Response:
    return JSONResponse(views.project(_site(vercel, request.path_params["project"], teams)))


async def _domain(vercel: Vercel, request: Request, teams: frozenset[str]) -> Response:
    site = _site(vercel, request.path_params["project"], teams)
    name = request.path_params["domain"]
    if name not in site.domains:
        raise RefusedError(404, "not_found", f"The domain {name} was not found on this project.")
    return JSONResponse(views.domain(site, name))


async def _promote(vercel: Vercel, request: Request, teams: frozenset[str]) -> Response:
    site = _site(vercel, request.path_params["project"], teams)
    made = _made(vercel, request.path_params["deployment"], site=site)
    if made.state != "READY":
        raise RefusedError(422, "unprocessable_entity", "The deployment is not ready.")
    _refuse_moving(vercel, site)
    at_once = vercel.move(site, made, kind="promote")
    return JSONResponse({}, status_code=201 if at_once else 202)


async def _roll_back(vercel: Vercel, request: Request, teams: frozenset[str]) -> Response:
    site = _site(vercel, request.path_params["project"], teams)
    name = request.path_params["deployment"]
    made = vercel.deployment(name)
    if made is None:
        raise RefusedError(410, "deployment_deleted", f"The deployment {name} was deleted.")
    _refuse_moving(vercel, site)
    if made.state != "READY" or made.substate != PROMOTED:
        raise RefusedError(422, "unprocessable_entity", "The deployment was never promoted.")
    if site.hobby and made.id != site.before:
        raise RefusedError(402, "payment_required", "Upgrade to Pro to roll back further.")
    vercel.move(site, made, kind="rollback")
    return JSONResponse({}, status_code=201)


def _refuse_moving(vercel: Vercel, site: Site) -> None:
    if vercel.is_moving(site):
        raise RefusedError(409, "conflict", "Another alias request is in progress.")


async def _variables(vercel: Vercel, request: Request, teams: frozenset[str]) -> Response:
    site = _site(vercel, request.path_params["project"], teams)
    return JSONResponse({"envs": [views.variable(each) for each in site.variables.values()]})
