"""api.github.com: a repository, its references, commits and branches."""

import asyncio
import json
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rehearsal.github import answers, refs
from rehearsal.github.access import Call, Handler, endpoint
from rehearsal.github.answers import GitHubError
from rehearsal.github.git import git_says
from rehearsal.github.state import GitHub


async def _json(call: Call) -> dict[str, Any]:
    try:
        body = json.loads(await call.request.body() or b"{}")
    except ValueError:
        raise GitHubError(400, "Problems parsing JSON") from None
    if not isinstance(body, dict):
        raise GitHubError(400, "Body should be a JSON object")
    return body


async def get_repository(call: Call) -> Response:
    """GET /repos/{owner}/{repo}."""
    head = await asyncio.to_thread(git_says, "symbolic-ref", "--short", "HEAD", repository=call.repository)
    return JSONResponse(
        answers.repository(call.full_name, default_branch=head or "main", write=call.token.write)
    )


async def get_ref(call: Call) -> Response:
    """GET /repos/{owner}/{repo}/git/ref/{ref}: heads/BRANCH or tags/TAG."""
    ref = f"refs/{call.request.path_params['ref']}"
    sha = await asyncio.to_thread(refs.commit_at, call.repository, ref)
    if sha is None:
        raise GitHubError(404, "Not Found", page="git/refs#get-a-reference")
    return JSONResponse(answers.reference(call.full_name, ref=ref, sha=sha))


async def matching_refs(call: Call) -> Response:
    """GET /repos/{owner}/{repo}/git/matching-refs/{ref}: those that begin so."""
    prefix = f"refs/{call.request.path_params['ref']}"
    rows = await asyncio.to_thread(refs.matching, call.repository, prefix)
    return JSONResponse([answers.reference(call.full_name, ref=ref, sha=sha) for ref, sha in rows])


async def create_ref(call: Call) -> Response:
    """POST /repos/{owner}/{repo}/git/refs."""
    body = await _json(call)
    sha = await asyncio.to_thread(refs.create, call.repository, ref=body.get("ref"), sha=body.get("sha"))
    made = answers.reference(call.full_name, ref=body["ref"], sha=sha)
    return JSONResponse(made, 201, headers={"location": made["url"]})


async def update_ref(call: Call) -> Response:
    """PATCH /repos/{owner}/{repo}/git/refs/{ref}."""
    body = await _json(call)
    ref = f"refs/{call.request.path_params['ref']}"
    sha = await asyncio.to_thread(
        refs.move,
        call.repository,
        ref=ref,
        sha=body.get("sha"),
        force=body.get("force") is True,
        pretend=call.github.faults.refuses_moves,
    )
    return JSONResponse(answers.reference(call.full_name, ref=ref, sha=sha))


async def delete_ref(call: Call) -> Response:
    """DELETE /repos/{owner}/{repo}/git/refs/{ref}."""
    await asyncio.to_thread(refs.delete, call.repository, ref=f"refs/{call.request.path_params['ref']}")
    return Response(status_code=204)


async def get_commit(call: Call) -> Response:
    """GET /repos/{owner}/{repo}/commits/{ref}: a branch, a tag or a commit's id."""
    name = call.request.path_params["ref"]
    sha = await asyncio.to_thread(refs.resolve, call.repository, name)
    if sha is None:
        raise GitHubError(422, f"No commit found for SHA: {name}", page="commits/commits#get-a-commit")
    details = await asyncio.to_thread(refs.details, call.repository, sha)
    return JSONResponse(answers.commit(call.full_name, details))


async def get_branch(call: Call) -> Response:
    """GET /repos/{owner}/{repo}/branches/{branch}."""
    name = call.request.path_params["branch"]
    sha = await asyncio.to_thread(refs.commit_at, call.repository, f"refs/heads/{name}")
    if sha is None:
        raise GitHubError(404, "Branch not found", page="branches/branches#get-a-branch")
    details = await asyncio.to_thread(refs.details, call.repository, sha)
    return JSONResponse(answers.branch(call.full_name, name=name, details=details))


BASE = "/repos/{owner}/{repo}"
ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", BASE, get_repository),
    ("GET", BASE + "/git/ref/{ref:path}", get_ref),
    ("GET", BASE + "/git/matching-refs/{ref:path}", matching_refs),
    ("POST", BASE + "/git/refs", create_ref),
    ("PATCH", BASE + "/git/refs/{ref:path}", update_ref),
    ("DELETE", BASE + "/git/refs/{ref:path}", delete_ref),
    ("GET", BASE + "/commits/{ref:path}", get_commit),
    ("GET", BASE + "/branches/{branch:path}", get_branch),
]


async def _unknown(_: Request, __: Exception) -> Response:
    return GitHubError(404, "Not Found").answer()


def create_api(github: GitHub) -> Starlette:
    """The REST API.

    Args:
        github: The state, which stays changeable while the app runs.
    """
    routes = [Route(path, endpoint(github, handler), methods=[method]) for method, path, handler in ROUTES]
    return Starlette(routes=routes, exception_handlers={HTTPException: _unknown})
