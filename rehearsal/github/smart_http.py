"""github.com for git itself: clone, fetch and push over HTTPS, by git's own `http-backend`."""

import asyncio
import base64
import binascii
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from rehearsal.github.git import git
from rehearsal.github.state import GitHub, Token

SERVICES = ("git-upload-pack", "git-receive-pack")


def _token(github: GitHub, header: str) -> Token | None:
    """The token in a Basic header, whose user name does not matter."""
    try:
        given = base64.b64decode(header.removeprefix("Basic "), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return github.token(given.partition(":")[2])


def _cgi(repository: Path, request: Request, *, path: str, body: bytes, user: str) -> Response:
    """Runs `git http-backend` for one request."""
    environment = {
        "GIT_PROJECT_ROOT": str(repository),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": path,
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.url.query,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "REMOTE_USER": user,
        "REMOTE_ADDR": request.client.host if request.client else "",
    }
    head, _, content = git("http-backend", repository=repository, stdin=body, extra=environment).partition(
        b"\r\n\r\n"
    )
    headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n"))
    status = int(headers.pop("Status", "200").split(" ")[0])
    return Response(content, status, headers)


def create_git(github: GitHub) -> Starlette:
    """The repositories, for git.

    Args:
        github: The state, which stays changeable while the app runs.
    """

    async def serve(request: Request) -> Response:
        service = request.query_params.get("service") or request.url.path.rpartition("/")[2]
        if github.faults.down or service not in SERVICES:
            return PlainTextResponse("unavailable\n", 503 if github.faults.down else 404)
        token = _token(github, request.headers.get("authorization", ""))
        if token is None:
            challenge = {"www-authenticate": 'Basic realm="GitHub"'}
            return PlainTextResponse("Invalid username or token.\n", 401, challenge)
        owner, name = request.path_params["owner"], request.path_params["repo"].removesuffix(".git")
        repository = github.repository(f"{owner}/{name}", token)
        if repository is None:
            return PlainTextResponse("Repository not found.\n", 404)
        if service == "git-receive-pack" and not token.write:
            return PlainTextResponse(f"Write access to {owner}/{name} not granted.\n", 403)
        path = "/info/refs" if request.method == "GET" else f"/{service}"
        return await asyncio.to_thread(
            _cgi, repository, request, path=path, body=await request.body(), user=owner
        )

    return Starlette(
        routes=[
            Route("/{owner}/{repo}/info/refs", serve, methods=["GET"]),
            *(Route("/{owner}/{repo}/" + service, serve, methods=["POST"]) for service in SERVICES),
        ]
    )
