"""Clerk itself: keys, Frontend API, social providers."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urljoin, urlsplit

from clerk_deploy.environment.keys import InstanceType, MalformedKeyError, decode_publishable_key
from clerk_deploy.verification import clerk_api
from clerk_deploy.verification.context import Context, patient
from clerk_deploy.verification.findings import Finding, failed, passed, skipped, unknown, verdict
from clerk_deploy.verification.http import RateLimitedError, Response
from clerk_deploy.verification.pages import html_pages, scripts
from clerk_deploy.verification.registry import EVERY_RUN, WITH_CANDIDATE, Moment, Need, Severity, check

KEY_LINE: Final = "Troubleshooting > Check CLERK_SECRET_KEY matches production key"
SOCIAL_LINE: Final = "Post-Deployment Verification > Verify Social Login"
HOSTS: Final = {
    "google": ("accounts.google.com",),
    "facebook": ("www.facebook.com", "facebook.com", "m.facebook.com"),
    "github": ("github.com",),
}
CLERKS_WINDOW: Final = 10
"""Seconds in which Clerk takes five sign-ins of an address."""

CALLBACK: Final = "/api/auth/social/callback"
"""Where native sign-ins come back to: Clerk refuses addresses that are not on the instance's list."""

SHARED_HOSTS: Final = ("lcl.dev", "lclclerk.com", "clerk.shared.lcl.dev", "accounts.dev")
"""Where Clerk's own development credentials call back."""


@check(
    id="clerk.frontend_health",
    title="Clerk's Frontend API is well",
    guide="Troubleshooting > Verify backend can reach Clerk API",
    severity=Severity.CRITICAL,
    needs={Need.PUBLISHABLE_KEY},
    runs_in=EVERY_RUN,
    why="Its CNAME or certificate is missing, or Clerk has an incident.",
    next_step="look at Clerk's Domains page and at status.clerk.com; `contacts.clerkSupport` is whom to ask",
)
def frontend_health(context: Context) -> Finding:
    """GET /v1/health at the key's host is 200."""
    answer = context.client.get(f"{context.target.frontend_api}/v1/health", follow=2)
    if answer.status != 200:
        return failed(f"{answer} at {urlsplit(answer.url).netloc}")
    return passed(f"{answer} at {urlsplit(answer.url).netloc}")


@check(
    id="clerk.jwks",
    title="The keys that verify tokens are published",
    guide="Backend Configuration > Backend validates JWT signatures",
    severity=Severity.CRITICAL,
    needs={Need.PUBLISHABLE_KEY},
    runs_in=WITH_CANDIDATE,
    why="The backend takes the keys from there; without them every token is refused.",
    next_step="open https://FRONTEND_API/.well-known/jwks.json; ask Clerk's support when it has no keys",
)
def jwks(context: Context) -> Finding:
    """The Frontend API's JWKS has RS256 keys."""
    keys = clerk_api.public_keys(context)
    good = [key for key in keys if key.get("kty") == "RSA" and key.get("kid") and key.get("n")]
    if not good:
        return failed(f"no RSA key at {context.target.frontend_api}/.well-known/jwks.json")
    return passed(f"{len(good)} key(s): {', '.join(str(key['kid'])[:12] for key in good)}")


@check(
    id="clerk.key_pair",
    title="Secret key and publishable key are of one instance",
    guide=KEY_LINE,
    severity=Severity.CRITICAL,
    needs={Need.PUBLISHABLE_KEY, Need.CLERK_SECRET},
    runs_in=WITH_CANDIDATE,
    why="With keys of two instances every sign-in succeeds and every token is refused.",
    next_step="copy both keys from the same instance in Clerk's dashboard, and push the environment again",
)
def key_pair(context: Context) -> Finding:
    """The Backend API's and the Frontend API's key ids have one in common."""
    answer = clerk_api.backend_api(context, "GET", "/jwks")
    if answer.status in (401, 403):
        return failed(f"Clerk refuses the secret key: {answer.status} {clerk_api.error_code(answer)}")
    ours = {str(key.get("kid")) for key in clerk_api.keys_of(answer)}
    theirs = {str(key.get("kid")) for key in clerk_api.public_keys(context)}
    if not ours or not theirs:
        return unknown(f"{answer} at Clerk's Backend API; one side shows no keys")
    if not ours & theirs:
        return failed("the secret key is of another instance: the key ids have nothing in common")
    return passed(f"key id {', '.join(sorted(ours & theirs))[:40]} on both sides")


def _published_keys(context: Context) -> tuple[str, ...]:
    """Publishable keys that pages and scripts hold, decoded ones alone."""
    found: dict[str, None] = {}
    for answer in (*html_pages(context), *scripts(context)):
        for key in re.findall(r"pk_(?:live|test)_[A-Za-z0-9+/]{8,200}={0,2}", answer.text):
            try:
                decode_publishable_key(key)
            except MalformedKeyError:
                continue
            found[key] = None
    return tuple(found)


@check(
    id="clerk.page_key",
    title="The pages were built with the right publishable key",
    guide="Deployment Checklist > All environment variables configured",
    severity=Severity.CRITICAL,
    needs={Need.PUBLISHABLE_KEY},
    runs_in=WITH_CANDIDATE,
    why="NEXT_PUBLIC values are fixed at build time: a build before the push has the old ones.",
    next_step="deploy the pushed revision (`cdk deploy`) and release again",
)
def page_key(context: Context) -> Finding:
    """Every publishable key in pages and scripts is the expected one."""
    wanted = context.target.publishable_key.rstrip("=")
    found = _published_keys(context)
    strangers = [key for key in found if key.rstrip("=") != wanted]
    if strangers:
        hosts = ", ".join(decode_publishable_key(key).host for key in strangers)
        return failed(f"the scripts hold a publishable key of {hosts}, not of {_host(context)}")
    if not found:
        return failed("neither pages nor scripts hold a publishable key")
    return passed(f"the key of {_host(context)}")


def _host(context: Context) -> str:
    return context.target.clerk_key.host if context.target.clerk_key else ""


@check(
    id="clerk.live_keys",
    title="Production uses production keys",
    guide="OAuth Configuration > Social provider credentials are production keys",
    severity=Severity.CRITICAL,
    needs={Need.PUBLISHABLE_KEY},
    runs_in=WITH_CANDIDATE,
    why="A development instance has 100 users, shared social credentials and a banner.",
    next_step="make a production instance at Clerk and push its pk_live_ and sk_live_ keys",
)
def live_keys(context: Context) -> Finding:
    """The publishable key is a live one, and fits the site's domain."""
    key = context.target.clerk_key
    if key is None or not context.target.production:
        return skipped("the environment is not production")
    if key.instance is not InstanceType.LIVE:
        return failed(f"the publishable key is of a development instance ({key.host})")
    return passed(f"a live key of {key.host}")


@dataclass(frozen=True, kw_only=True)
class HandedOut:
    """Where a social sign-in leads.

    Args:
        url: The provider's authorize URL; empty when there is none.
        told: What came instead, or from where the URL came.
    """

    url: str
    told: str


def _handed_out(context: Context, provider: str) -> HandedOut:
    """The run's one social sign-in of a provider: each costs one of Clerk's five sign-ins in ten seconds.

    The app's own button is asked; an app without the reference's route leaves Clerk to be asked directly.
    """

    def ask(own: Context) -> HandedOut:
        answer = patient(own, lambda: _asked_for(own, provider))
        if answer.status not in (404, 405):
            location = answer.header("location") or str(answer.field("url") or "")
            leads = urlsplit(urljoin(answer.url, location))
            if leads.hostname in HOSTS[provider] or (leads.hostname or "") not in _own_hosts(own):
                return HandedOut(url=location, told=f"{answer}")
            return HandedOut(url="", told=f"{answer}, leading to {leads.path}?{leads.query}"[:160])
        form = {
            "strategy": f"oauth_{provider}",
            "redirect_url": f"{own.target.origin}{CALLBACK}",
            "action_complete_redirect_url": f"{own.target.origin}{CALLBACK}",
        }
        asked = patient(own, lambda: clerk_api.frontend_api(own, "/client/sign_ins", form))
        told = f"Clerk answered {asked.status} {clerk_api.error_code(asked)}"
        return HandedOut(url=_authorize_url(asked.json()), told=told)

    return context.once(("social", provider), ask)


def _asked_for(context: Context, provider: str) -> Response:
    answer = context.get(f"/api/auth/social/{provider}")
    # A browser is led back to a page that says so; the status alone does not.
    if "error=rate_limited" in answer.header("location"):
        raise RateLimitedError(answer, seconds=CLERKS_WINDOW)
    return answer


def _own_hosts(context: Context) -> set[str]:
    return {context.target.host, *context.target.domains, urlsplit(context.target.origin).hostname or ""}


def _social(provider: str) -> Callable[[Context], Finding]:
    def verify(context: Context) -> Finding:
        """The authorize URL carries the expected client id and callback."""
        if not (client_id := context.target.social.get(provider)):
            return skipped(f"{provider} has no client id: its button is not shown")
        found = _handed_out(context, provider)
        if not found.url:
            return failed(f"no address of {provider} is handed out: {found.told}")
        return verdict(
            _authorize_mistakes(context, provider, client_id, found.url), otherwise=_told(found.url)
        )

    return verify


def _authorize_url(document: object) -> str:
    """Clerk's `external_verification_redirect_url`, wherever the answer has it."""
    response = document.get("response") if isinstance(document, Mapping) else None
    first = response.get("first_factor_verification") if isinstance(response, Mapping) else None
    url = first.get("external_verification_redirect_url") if isinstance(first, Mapping) else None
    return url if isinstance(url, str) else ""


def _authorize_mistakes(context: Context, provider: str, client_id: str, url: str) -> list[str]:
    parts, query = urlsplit(url), parse_qs(urlsplit(url).query)
    callback = query.get("redirect_uri", [""])[0]
    wanted = f"{context.target.frontend_api}/v1/oauth_callback"
    found = []
    if parts.hostname not in HOSTS[provider] or parts.scheme != "https":
        found.append(f"it leads to {parts.scheme}://{parts.netloc}, not to {HOSTS[provider][0]}")
    if query.get("client_id", [""])[0] != client_id:
        found.append(f"client_id is {query.get('client_id', ['absent'])[0][:60]}, not {client_id}")
    if (urlsplit(callback).hostname or "").endswith(SHARED_HOSTS):
        found.append(f"Clerk's shared development credentials are in use ({callback[:80]})")
    elif callback != wanted:
        found.append(f"redirect_uri is {callback[:80] or 'absent'}, not {wanted}")
    return found


def _told(url: str) -> str:
    query = parse_qs(urlsplit(url).query)
    return (
        f"{urlsplit(url).hostname} with client_id {query['client_id'][0][:40]} "
        f"and redirect_uri {query['redirect_uri'][0][:60]}"
    )


_TITLES: Final = {"google": "Google", "facebook": "Facebook", "github": "GitHub"}

for _provider, _title in _TITLES.items():
    check(
        id=f"clerk.social_{_provider}",
        title=f"{_title} is asked with the production client",
        guide=SOCIAL_LINE,
        severity=Severity.HIGH,
        needs={Need.PUBLISHABLE_KEY, Need.SOCIAL},
        runs_in={Moment.DOMAIN},
        tags={"social"},
        why="Clerk's dashboard holds other credentials than the page's variable, or the shared ones.",
        next_step=f"Clerk's dashboard, SSO connections > {_title}: use custom credentials; "
        "enter https://FRONTEND_API/v1/oauth_callback in the provider's console",
    )(_social(_provider))
