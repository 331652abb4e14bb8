"""The backend at NEXT_PUBLIC_API_BASE_URL: another team's service, seen from outside."""

from typing import Final
from urllib.parse import urlsplit

from clerk_deploy.verification import probes
from clerk_deploy.verification.context import Context
from clerk_deploy.verification.findings import Finding, Status, failed, passed, skipped, verdict
from clerk_deploy.verification.http import Response
from clerk_deploy.verification.probes import cors_problems, lookalikes, preflight, refusal_problems
from clerk_deploy.verification.registry import (
    EVERY_RUN,
    LIVE,
    THOROUGH,
    WITH_CANDIDATE,
    Need,
    Severity,
    check,
)
from clerk_deploy.verification.sessions import bearer, session

UP_LINE: Final = "Deployment Checklist > Backend APIs deployed and accessible"
ACCEPTS_LINE: Final = "Backend Configuration > Backend accepts tokens from Clerk"
SIGNATURE_LINE: Final = "Backend Configuration > Backend validates JWT signatures"
CORS_LINE: Final = "Security Checklist > CORS is configured correctly on backend"
NO_LIST: Final = "no path is set: `verification.backend.list` names what needs a token"


def backend_url(context: Context, path: str) -> str:
    """The address of a path of the backend."""
    return f"{context.target.api_base_url}{path}"


def as_tenant(context: Context, token: str, tenant: str) -> dict[str, str]:
    """The headers that the app's API client sends."""
    return {**bearer(token), context.target.backend.header: tenant}


def ask_list(context: Context) -> Response:
    """The run's one list of the own tenant's resources."""

    def ask(own: Context) -> Response:
        url = backend_url(own, own.target.backend.list)
        return own.client.get(url, headers=as_tenant(own, session(own).access, own.target.tenant))

    return context.once("backend list", ask)


@check(
    id="backend.reachable",
    title="The backend answers",
    guide=UP_LINE,
    severity=Severity.CRITICAL,
    needs={Need.BACKEND},
    runs_in=EVERY_RUN,
    tags={"backend-team"},
    why="The backend is down, or NEXT_PUBLIC_API_BASE_URL names another host.",
    next_step="ask the backend's team (`contacts.backendTeam`); compare the address with theirs",
)
def reachable(context: Context) -> Finding:
    """Its health path is 2xx, or without one its root answers below 500."""
    path = context.target.backend.health
    answer = context.client.get(backend_url(context, path or "/"))
    if path and not 200 <= answer.status < 300:
        return failed(f"{answer} at {urlsplit(answer.url).netloc}")
    if answer.status >= 500:
        return failed(f"{answer} at {urlsplit(answer.url).netloc}")
    return passed(f"{answer} at {urlsplit(answer.url).netloc}")


@check(
    id="backend.https",
    title="The backend is asked over HTTPS",
    guide="Security Checklist > HTTPS is enabled for production",
    severity=Severity.CRITICAL,
    needs={Need.BACKEND, Need.HTTPS},
    runs_in=WITH_CANDIDATE,
    why="The user's token would travel in clear text, and browsers block it from a secure page.",
    next_step="set NEXT_PUBLIC_API_BASE_URL to an https address and build again",
)
def https(context: Context) -> Finding:
    """The address begins with https."""
    if not context.target.api_base_url.startswith("https://"):
        return failed(f"NEXT_PUBLIC_API_BASE_URL is {context.target.api_base_url[:80]}")
    return passed(context.target.api_base_url[:80])


@check(
    id="backend.accepts_token",
    title="The backend accepts Clerk's token",
    guide=ACCEPTS_LINE,
    severity=Severity.CRITICAL,
    needs={Need.BACKEND, Need.SMOKE_USER},
    runs_in=EVERY_RUN,
    tags={"backend-team"},
    why="It verifies against another Clerk instance, or cannot reach Clerk's JWKS.",
    next_step="give the backend's team the instance's JWKS address: https://FRONTEND_API/.well-known/jwks.json",
)
def accepts_token(context: Context) -> Finding:
    """The list path is 200 with a fresh token."""
    if not context.target.backend.list:
        return skipped(NO_LIST)
    answer = ask_list(context)
    if answer.status != 200:
        return failed(f"{answer} to a fresh token of the deployment's own tenant")
    return passed(f"{answer} to a fresh token")


@check(
    id="backend.refuses_bad_tokens",
    title="The backend refuses bad tokens",
    guide=SIGNATURE_LINE,
    severity=Severity.CRITICAL,
    needs={Need.BACKEND},
    runs_in=WITH_CANDIDATE,
    tags={"backend-team"},
    deadline=30,
    why="It decodes tokens without verifying them: anybody can read any tenant's data.",
    next_step="tell the backend's team: verify RS256 against Clerk's JWKS, `exp`, `nbf` and `iss`",
)
def refuses_bad_tokens(context: Context) -> Finding:
    """Missing, malformed, tampered, unsigned, foreign, other instance's and expired tokens are 401."""
    if not context.target.backend.list:
        return skipped(NO_LIST)
    credentials = tuple(
        each
        for make in (
            probes.missing_and_malformed,
            probes.tampered,
            probes.unsigned,
            probes.foreign,
            probes.of_other_instance,
            probes.expired,
        )
        for each in make(context)
    )
    problems = refusal_problems(
        context,
        credentials,
        url=backend_url(context, context.target.backend.list),
        headers={context.target.backend.header: context.target.tenant} if context.target.tenant else {},
    )
    return verdict(problems, otherwise=f"401 to {len(credentials)} bad tokens")


@check(
    id="backend.cors_app",
    title="The backend lets the app's pages in",
    guide=CORS_LINE,
    needs={Need.BACKEND},
    runs_in=LIVE,
    tags={"cors", "backend-team"},
    why="Browsers block the protected page's calls, while curl sees nothing wrong.",
    next_step="let the backend admit the app's origin, and the headers Authorization and X-Tenant-ID",
)
def cors_app(context: Context) -> Finding:
    """A preflight from the app's origin is admitted with the headers that the app sends."""
    if _is_same_site(context):
        return passed("the backend is on the app's own origin: no CORS is needed")
    url = backend_url(context, context.target.backend.list or context.target.backend.health or "/")
    header = context.target.backend.header.lower()
    answer = preflight(context, url, context.target.origin, "GET", f"authorization,{header}")
    allowed = answer.header("access-control-allow-origin")
    admitted = {word.strip().lower() for word in answer.header("access-control-allow-headers").split(",")}
    problems = []
    if not 200 <= answer.status < 300:
        problems.append(f"{answer} to a preflight from {context.target.origin}")
    elif allowed not in (context.target.origin, "*"):
        problems.append(f"{answer} with Access-Control-Allow-Origin: {allowed or 'none'}")
    else:
        problems += [
            f"{answer} does not admit the header {name}"
            for name in ("authorization", header)
            if name not in admitted
        ]
    return verdict(problems, otherwise=f"{answer} admits {context.target.origin}")


@check(
    id="backend.cors_foreign",
    title="The backend lets no other site in",
    guide=CORS_LINE,
    severity=Severity.CRITICAL,
    needs={Need.BACKEND},
    runs_in=WITH_CANDIDATE,
    tags={"cors", "backend-team"},
    why="`*` or an echoed Origin lets any page that the user opens read the tenant's data.",
    next_step="let the backend compare Origin with a list, whole and exactly",
)
def cors_foreign(context: Context) -> Finding:
    """No foreign, look-alike or `null` origin is admitted."""
    path = context.target.backend.list or context.target.backend.health or "/"
    headers = {}
    if context.target.user and context.target.backend.list:
        headers = as_tenant(context, session(context).access, context.target.tenant)
    problems: list[str] = []
    for origin in lookalikes(context.target.origin):
        problems += cors_problems(context, backend_url(context, path), origin, headers)
    return verdict(
        list(dict.fromkeys(problems)), otherwise="foreign, look-alike and null origins are refused"
    )


@check(
    id="backend.never_5xx",
    title="The backend does not break on odd requests",
    guide=UP_LINE,
    needs={Need.BACKEND},
    runs_in=THOROUGH,
    tags={"backend-team"},
    why="Each 5xx is an error that anybody can cause.",
    next_step="tell the backend's team which request it was",
)
def never_5xx(context: Context) -> Finding:
    """Unknown paths, odd paths and unknown methods are below 500."""
    paths = (f"/{probes.unlikely_name()}", "/%00", "/..%2f..%2fetc%2fpasswd", "/?" + "a" * 3_000)
    answers = [context.client.get(backend_url(context, path)) for path in paths]
    answers.append(context.client.request("PATCH", backend_url(context, context.target.backend.list or "/")))
    problems = [f"{each}" for each in answers if each.status >= 500]
    found = verdict(problems, otherwise=f"{len(answers)} odd requests")
    leaks = [f"{each} shows a stack trace" for each in answers if b"Traceback (most" in each.body]
    return failed(leaks[0]) if leaks and found.status is Status.PASSED else found


def _is_same_site(context: Context) -> bool:
    parts = urlsplit(context.target.api_base_url)
    return f"{parts.scheme}://{parts.netloc}" == context.target.origin
