"""Who asks: tokens, limits, and the headers that every answer of the REST API carries."""

import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from rehearsal.github.answers import GitHubError
from rehearsal.github.state import GitHub, Token

WRITES = ("POST", "PATCH", "PUT", "DELETE")


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request about a repository.

    Args:
        github: GitHub.
        request: The request.
        token: Who asks.
        full_name: The repository's name.
        repository: The bare repository.
    """

    github: GitHub
    request: Request
    token: Token
    full_name: str
    repository: Path


Handler = Callable[[Call], Awaitable[Response]]


def token_of(header: str) -> str | None:
    """The token in an Authorization header: `Bearer TOKEN` or `token TOKEN`."""
    scheme, _, value = header.partition(" ")
    return value.strip() if scheme.lower() in ("bearer", "token") and value.strip() else None


def endpoint(github: GitHub, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Authenticates, counts, checks permissions, then lets the handler answer."""

    async def answer(request: Request) -> Response:
        headers = {"x-github-request-id": secrets.token_hex(12).upper()}
        if github.faults.down:
            return HTMLResponse("<p>No server is currently available.</p>", 503, headers)
        try:
            token = _token(github, request)
            headers |= _token_headers(github, token)
            _check_write(github, request, token)
            answer = await handler(_call(github, request, token))
        except GitHubError as error:
            answer = error.answer()
        headers["x-github-media-type"] = "github.v3; format=json"
        answer.headers.update(headers)
        return answer

    return answer


def _token(github: GitHub, request: Request) -> Token:
    if not request.headers.get("user-agent"):
        message = (
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent header"
        )
        raise GitHubError(403, message)
    header = request.headers.get("authorization", "")
    if not header:
        # A private repository does not exist for strangers.
        raise GitHubError(404, "Not Found")
    token = github.token(token_of(header) or "")
    if token is None:
        raise GitHubError(401, "Bad credentials")
    return token


def _token_headers(github: GitHub, token: Token) -> dict[str, str]:
    retry_after = github.counter.retry_after(token.value)
    remaining = github.counter.remaining(token.value)
    headers = {
        "x-ratelimit-limit": str(github.limit),
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-used": str(github.limit - remaining),
        "x-ratelimit-reset": str(int(github.counter.resets_at(token.value))),
        "x-ratelimit-resource": "core",
    }
    if token.expires_at is not None:
        expires = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(token.expires_at))
        headers["github-authentication-token-expiration"] = expires
    if retry_after is not None:
        raise GitHubError(
            403,
            "API rate limit exceeded for user ID 1.",
            page="overview/rate-limits-for-the-rest-api",
            headers=headers,
        )
    return headers


def _check_write(github: GitHub, request: Request, token: Token) -> None:
    if request.method not in WRITES:
        return
    seconds = github.faults.secondary_limit_seconds
    if seconds is not None:
        raise GitHubError(
            403,
            "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
            page="overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
            headers={"retry-after": str(seconds)},
        )
    if not token.write:
        raise GitHubError(
            403,
            "Resource not accessible by personal access token",
            headers={"x-accepted-github-permissions": "contents=write"},
        )


def _call(github: GitHub, request: Request, token: Token) -> Call:
    full_name = f"{request.path_params['owner']}/{request.path_params['repo']}"
    repository = github.repository(full_name, token)
    if repository is None:
        raise GitHubError(404, "Not Found", page="repos/repos#get-a-repository")
    return Call(github=github, request=request, token=token, full_name=full_name, repository=repository)
