"""Tenant isolation, with smoke users of two tenants. Each probe is one that must be refused."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from clerk_deploy.verification.checks.backend import NO_LIST, as_tenant, ask_list, backend_url
from clerk_deploy.verification.context import Context, PrerequisiteError
from clerk_deploy.verification.findings import Finding, failed, passed, skipped, unknown, verdict
from clerk_deploy.verification.http import Response
from clerk_deploy.verification.probes import unlikely_name
from clerk_deploy.verification.registry import EVERY_RUN, WITH_CANDIDATE, Need, Severity, check
from clerk_deploy.verification.sessions import ME, SIGN_IN, bearer, credentials, other_token, session
from clerk_deploy.verification.target import SmokeUser

LINE: Final = "Deployment Checklist > Multi-tenant isolation works"
BACKEND_LINE: Final = "Backend Configuration > Backend enforces tenant isolation"
REFUSED: Final = (401, 403, 404)
BACKEND_STEP: Final = (
    "tell the backend's team: take the tenant from the token's verified claims, never from the request alone"
)


def _other(context: Context) -> SmokeUser:
    if context.target.other_user is None:
        raise PrerequisiteError("there is no smoke user of another tenant")
    return context.target.other_user


@check(
    id="tenants.signin",
    title="Another tenant's user cannot sign in here",
    guide=LINE,
    severity=Severity.CRITICAL,
    needs={Need.BACKEND_SIGN_IN, Need.OTHER_TENANT_USER},
    runs_in=EVERY_RUN,
    why="The app does not compare the user's organization with NEXT_PUBLIC_TENANT_ID.",
    next_step="refuse with 403 after the password was right, when the user is no member of the tenant",
)
def signin(context: Context) -> Finding:
    """Sign-in of the other tenant's user is 403, without tokens."""
    answer = context.post(SIGN_IN, credentials(_other(context)))
    if answer.status != 403:
        return failed(f"{answer} {str(answer.field('error') or '')[:60]} to another tenant's user, not 403")
    if answer.field("accessToken") or answer.cookies:
        return failed(f"{answer}, yet with a token")
    return passed(f"{answer} {str(answer.field('error') or '')[:60]}")


@check(
    id="tenants.me",
    title="Another tenant's token opens nothing here",
    guide=LINE,
    severity=Severity.CRITICAL,
    needs={Need.OTHER_TENANT_USER, Need.PUBLISHABLE_KEY},
    runs_in=WITH_CANDIDATE,
    why="The token is genuine, so only a comparison of its tenant with the deployment's can refuse it.",
    next_step="compare the verified claims' organization with NEXT_PUBLIC_TENANT_ID and answer 403",
)
def me(context: Context) -> Finding:
    """GET /api/auth/me with the other tenant's genuine token is 403."""
    answer = context.get(ME, headers=bearer(other_token(context)))
    if answer.status not in (401, 403):
        return failed(f"{answer} to another tenant's token, not 403")
    return passed(f"{answer} to another tenant's token")


def _pairs(context: Context) -> tuple[tuple[str, str, str], ...]:
    """(token, own tenant, other tenant), in both directions."""
    own, other = context.target.tenant, _other(context).tenant
    return ((session(context).access, own, other), (other_token(context), other, own))


def _refusals(answers: Mapping[str, Response]) -> Finding:
    problems = [f"{each} to {what}" for what, each in answers.items() if each.status not in REFUSED]
    return verdict(
        problems, otherwise="; ".join(f"{each.status} to {what}" for what, each in answers.items())
    )


@check(
    id="tenants.header",
    title="A header does not change the tenant",
    guide=BACKEND_LINE,
    severity=Severity.CRITICAL,
    needs={Need.BACKEND, Need.SMOKE_USER, Need.OTHER_TENANT_USER, Need.PUBLISHABLE_KEY},
    runs_in=WITH_CANDIDATE,
    tags={"backend-team"},
    why="The backend believes X-Tenant-ID, which any client can set.",
    next_step=BACKEND_STEP,
)
def header(context: Context) -> Finding:
    """The list with one tenant's token and the other's header is refused, both ways."""
    if not context.target.backend.list:
        return skipped(NO_LIST)
    url = backend_url(context, context.target.backend.list)
    return _refusals(
        {
            f"{own}'s token with {other}'s header": context.client.get(
                url, headers=as_tenant(context, token, other)
            )
            for token, own, other in _pairs(context)
        }
    )


@check(
    id="tenants.path",
    title="A path does not change the tenant",
    guide=BACKEND_LINE,
    severity=Severity.CRITICAL,
    needs={Need.BACKEND, Need.SMOKE_USER, Need.OTHER_TENANT_USER, Need.PUBLISHABLE_KEY},
    runs_in=WITH_CANDIDATE,
    tags={"backend-team"},
    why="The backend takes the tenant from the path and does not compare it with the token.",
    next_step=BACKEND_STEP,
)
def path(context: Context) -> Finding:
    """The other tenant's list by path is refused, with the own and with the other's header."""
    if not context.target.backend.tenant_list:
        return skipped("no path is set: `verification.backend.tenantList`, with {tenant} in it")
    answers = {}
    for token, own, other in _pairs(context):
        place = context.target.backend.tenant_list.replace("{tenant}", quote(other, safe=""))
        for named in (own, other):
            answers[f"{own}'s token at {other}'s path with {named}'s header"] = context.client.get(
                backend_url(context, place), headers=as_tenant(context, token, named)
            )
    return _refusals(answers)


@check(
    id="tenants.query",
    title="A query does not change the tenant",
    guide=BACKEND_LINE,
    severity=Severity.CRITICAL,
    needs={Need.BACKEND, Need.SMOKE_USER, Need.OTHER_TENANT_USER, Need.PUBLISHABLE_KEY},
    runs_in=WITH_CANDIDATE,
    tags={"backend-team"},
    why="The backend lets a query parameter override the token's tenant.",
    next_step=BACKEND_STEP,
)
def query(context: Context) -> Finding:
    """With the other tenant in the query the list is refused, or the same as without it."""
    if not context.target.backend.list:
        return skipped(NO_LIST)
    problems = []
    for token, own, other in _pairs(context):
        plain = _ids(_list_as(context, token, own))
        name = context.target.backend.query
        place = (
            f"{context.target.backend.list}?{name}={quote(other, safe='')}&{name}_id={quote(other, safe='')}"
        )
        answer = context.client.get(backend_url(context, place), headers=as_tenant(context, token, own))
        if answer.status not in REFUSED and (answer.status != 200 or _ids(answer) - plain):
            problems.append(f"{answer} to {own}'s token with {name}={other}, with what is not {own}'s")
    return verdict(problems, otherwise="refused or without effect, both ways")


@check(
    id="tenants.lists",
    title="The tenants' lists have nothing in common",
    guide=BACKEND_LINE,
    severity=Severity.CRITICAL,
    needs={Need.BACKEND, Need.SMOKE_USER, Need.OTHER_TENANT_USER, Need.PUBLISHABLE_KEY},
    runs_in=WITH_CANDIDATE,
    tags={"backend-team"},
    why="A query lacks the tenant in its condition.",
    next_step="tell the backend's team: every query must include the tenant (guide, Troubleshooting 4)",
)
def lists(context: Context) -> Finding:
    """No resource is in both lists."""
    if not context.target.backend.list:
        return skipped(NO_LIST)
    (token, own, other), (other_users, _, _) = _pairs(context)
    ours, theirs = _list_as(context, token, own), _list_as(context, other_users, other)
    if ours.status != 200 or theirs.status != 200:
        return unknown(f"{ours}, {theirs}: see backend.accepts_token")
    if common := _ids(ours) & _ids(theirs):
        return failed(f"{len(common)} resources are in both tenants' lists")
    if not _ids(ours) or not _ids(theirs):
        return unknown(
            "a list is empty or has no ids, so nothing is compared: make a resource in each tenant"
        )
    return passed(f"{len(_ids(ours))} of {own}, {len(_ids(theirs))} of {other}, none in both")


@check(
    id="tenants.read",
    title="Another tenant's resource cannot be read",
    guide=BACKEND_LINE,
    severity=Severity.CRITICAL,
    needs={Need.BACKEND, Need.SMOKE_USER, Need.OTHER_TENANT_USER, Need.PUBLISHABLE_KEY},
    runs_in=WITH_CANDIDATE,
    tags={"backend-team"},
    why="A resource is found by its id alone, without its tenant.",
    next_step=BACKEND_STEP,
)
def read(context: Context) -> Finding:
    """A resource of each tenant is refused to the other."""
    backend = context.target.backend
    if not backend.list or not backend.read:
        return skipped("no paths are set: `verification.backend.list` and `.read`, with {id} in it")
    (token, own, other), (other_users, _, _) = _pairs(context)
    answers = {}
    for reader, reads_as, owner, owned_by in (
        (token, own, other_users, other),
        (other_users, other, token, own),
    ):
        ids = sorted(_ids(_list_as(context, owner, owned_by)))
        if ids:
            url = backend_url(context, backend.read.replace("{id}", quote(ids[0], safe="")))
            for named in (reads_as, owned_by):
                answers[f"{reads_as}'s token at {owned_by}'s resource with {named}'s header"] = (
                    context.client.get(url, headers=as_tenant(context, reader, named))
                )
    if not answers:
        return unknown("neither tenant has a resource to ask for: make one in each")
    return _refusals(answers)


@check(
    id="tenants.write",
    title="Another tenant cannot be written to",
    guide=BACKEND_LINE,
    severity=Severity.CRITICAL,
    needs={Need.BACKEND, Need.SMOKE_USER, Need.OTHER_TENANT_USER, Need.PUBLISHABLE_KEY},
    runs_in=WITH_CANDIDATE,
    tags={"backend-team"},
    why="The backend stores what a request names as tenant.",
    next_step=BACKEND_STEP,
)
def write(context: Context) -> Finding:
    """A POST with one tenant's token under the other's header is refused, and leaves nothing behind."""
    if not context.target.backend.write:
        return skipped("no path is set: `verification.backend.write`")
    url = backend_url(context, context.target.backend.write)
    answers = {}
    for token, own, other in _pairs(context):
        document = {"title": unlikely_name(), "tenant": other, "tenant_id": other, "tenantId": other}
        answers[f"{own}'s token writing under {other}'s header"] = context.client.post(
            url, document, headers=as_tenant(context, token, other)
        )
    found = [each for each in answers.values() if each.status not in (*REFUSED, 400, 422)]
    if found:
        return failed(*(f"{each} to {what}" for what, each in answers.items() if each in found))
    return passed("; ".join(f"{each.status} to {what}" for what, each in answers.items()))


def _list_as(context: Context, token: str, tenant: str) -> Response:
    if tenant == context.target.tenant:
        return ask_list(context)

    def ask(own: Context) -> Response:
        return own.client.get(
            backend_url(own, own.target.backend.list), headers=as_tenant(own, token, tenant)
        )

    return context.once(("backend list", tenant), ask)


def _ids(answer: Response) -> set[str]:
    """The ids of the resources in a list, however it is wrapped."""
    return {str(item["id"]) for item in _items(answer.json()) if isinstance(item, dict) and "id" in item}


def _items(document: Any) -> list[Any]:
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        return next((value for value in document.values() if isinstance(value, list)), [])
    return []
