"""The app with Clerk's own components, the guide's fallback."""

import re
from typing import Final
from urllib.parse import urljoin, urlsplit

from clerk_deploy.verification.context import Context
from clerk_deploy.verification.findings import Finding, failed, passed, verdict
from clerk_deploy.verification.pages import html_page
from clerk_deploy.verification.registry import EVERY_RUN, WITH_CANDIDATE, Need, Severity, check
from clerk_deploy.verification.sessions import SIGN_IN

LINE: Final = "Rollback Plan > Switch Back to Client-Side Clerk"
PROTECTED: Final = "/protected"
_SCRIPT: Final = re.compile(r"<script\b[^>]*\bdata-clerk-js-script\b[^>]*>")
_INTERFACE: Final = re.compile(r"""https://[^"'\s<>]+/npm/@clerk/ui@[\w.-]+/dist/ui\.browser\.js""")


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf"""\b{name}=["']([^"']*)["']""", tag)
    return found[1] if found else ""


def _script(context: Context) -> str:
    """The tag with Clerk's script on the sign-in page; empty without one."""
    found = _SCRIPT.search(html_page(context, "/sign-in").text)
    return found[0] if found else ""


def _script_mistakes(context: Context, url: str) -> list[str]:
    host = urlsplit(context.target.frontend_api).netloc
    if urlsplit(url).netloc != host:
        return [f"it comes from {urlsplit(url).netloc or 'nowhere'}, not from {host}"]
    answer = context.client.get(url, follow=2)
    if answer.status != 200 or "javascript" not in answer.header("content-type"):
        return [f"{answer} ({answer.header('content-type')[:40] or 'no type'})"]
    return []


@check(
    id="client_side.script",
    title="Clerk's script loads from the Frontend API",
    guide=LINE,
    severity=Severity.CRITICAL,
    needs={Need.CLIENT_SIDE, Need.PUBLISHABLE_KEY},
    runs_in=EVERY_RUN,
    why="Without the script nobody signs in, and whoever is signed in is signed out within a minute.",
    next_step="open the script's address; look at Clerk's Domains page and at status.clerk.com",
)
def script(context: Context) -> Finding:
    """The sign-in page names clerk-js, and the Frontend API answers with it."""
    if not (tag := _script(context)):
        return failed("the sign-in page names no script of Clerk: is <ClerkProvider> around it?")
    url = _attribute(tag, "src")
    return verdict(_script_mistakes(context, url), otherwise=url[:120])


@check(
    id="client_side.key",
    title="Clerk's script gets the environment's publishable key",
    guide=LINE,
    severity=Severity.CRITICAL,
    needs={Need.CLIENT_SIDE, Need.PUBLISHABLE_KEY},
    runs_in=WITH_CANDIDATE,
    why="With another key users would be asked for at another Clerk instance, where they have no account.",
    next_step="deploy the pushed revision (`cdk deploy`) and release again",
)
def key(context: Context) -> Finding:
    """The script's tag has the expected publishable key."""
    found = _attribute(_script(context), "data-clerk-publishable-key")
    if found.rstrip("=") != context.target.publishable_key.rstrip("="):
        return failed(f"the script's key is {found[:60] or 'absent'}, not {context.target.publishable_key}")
    return passed(f"the key of {urlsplit(context.target.frontend_api).netloc}")


@check(
    id="client_side.components",
    title="The sign-in page shows Clerk's components",
    guide=LINE,
    severity=Severity.CRITICAL,
    needs={Need.CLIENT_SIDE, Need.PUBLISHABLE_KEY},
    runs_in=WITH_CANDIDATE,
    why="The old form needs the app's own sign-in, which this app does not have.",
    next_step="put <SignIn /> on the page; the script of the components must load, as Clerk's own script",
)
def components(context: Context) -> Finding:
    """The page loads the components' script and has no form of its own; the app's sign-in is gone."""
    page = html_page(context, "/sign-in").text
    found = _INTERFACE.search(page)
    problems = _script_mistakes(context, found[0]) if found else ["the page names no script of components"]
    if re.search(r"""<input\b[^>]*\btype=["']password""", page):
        problems.append("the page has a password field of its own")
    own = context.post(SIGN_IN, {})
    if own.status != 404:
        problems.append(f"{own}: the app still signs users in by itself")
    return verdict(
        problems, otherwise="the components' script loads; no form and no sign-in of the app's own"
    )


@check(
    id="client_side.protected",
    title="A protected page leads to sign-in",
    guide=LINE,
    severity=Severity.CRITICAL,
    needs={Need.CLIENT_SIDE},
    runs_in=EVERY_RUN,
    why="Clerk's middleware does not see the page, or leads to an address that is not the site's.",
    next_step="see clerkMiddleware in proxy.ts; behind the edge it needs the site's own address",
)
def protected(context: Context) -> Finding:
    """Without a session /protected redirects to the site's own sign-in page."""
    answer = context.get(PROTECTED, headers={"Accept": "text/html", "Sec-Fetch-Dest": "document"})
    target = urlsplit(urljoin(answer.url, answer.header("location")))
    if answer.status not in (302, 303, 307) or not answer.header("location"):
        return failed(f"{answer} without a session, not a redirect")
    if f"{target.scheme}://{target.netloc}" != context.target.origin or target.path != "/sign-in":
        return failed(f"{answer}, leading to {target.scheme}://{target.netloc}{target.path}")
    return passed(f"{answer} to {target.path}")
