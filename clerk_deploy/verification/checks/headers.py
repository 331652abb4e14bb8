"""Security headers of pages, scripts and the API."""

import re
from typing import Final

from clerk_deploy.verification.context import Context
from clerk_deploy.verification.findings import Finding, failed, passed, skipped, verdict
from clerk_deploy.verification.http import Response
from clerk_deploy.verification.pages import assets, html_page, html_pages, page
from clerk_deploy.verification.probes import me_url
from clerk_deploy.verification.registry import WITH_CANDIDATE, Severity, check

LINE: Final = "Deployment Checklist > No security warnings"
_WEAK_REFERRERS: Final = {"unsafe-url", "no-referrer-when-downgrade", "origin-when-cross-origin", "origin"}
_POWERFUL: Final = ("camera", "microphone", "geolocation")


def _me(context: Context) -> Response:
    return context.once("anonymous me", lambda own: own.client.get(me_url(own)))


@check(
    id="headers.nosniff",
    title="Answers are not guessed to be scripts",
    guide=LINE,
    severity=Severity.MEDIUM,
    runs_in=WITH_CANDIDATE,
    why="Browsers may run what they take for a script, such as an upload or a JSON answer.",
    next_step="send `X-Content-Type-Options: nosniff` with everything (next.config, headers())",
)
def nosniff(context: Context) -> Finding:
    """X-Content-Type-Options on a page, a script and an API answer."""
    answers = (html_page(context), assets(context)[0], _me(context))
    problems = [
        f"{each} without X-Content-Type-Options: nosniff"
        for each in answers
        if each.header("x-content-type-options").lower() != "nosniff"
    ]
    return verdict(problems, otherwise="on a page, a script and an API answer")


@check(
    id="headers.referrer_policy",
    title="Addresses of pages stay with the site",
    guide=LINE,
    severity=Severity.LOW,
    runs_in=WITH_CANDIDATE,
    why="Addresses can hold tickets and ids; other sites would see them as Referer.",
    next_step="send `Referrer-Policy: strict-origin-when-cross-origin` or stricter",
)
def referrer_policy(context: Context) -> Finding:
    """A Referrer-Policy that gives other sites the origin at most, and over HTTPS alone."""
    problems = []
    for each in html_pages(context):
        policies = [word.strip().lower() for word in each.header("referrer-policy").split(",")]
        if policies[-1] in _WEAK_REFERRERS or not policies[-1]:
            problems.append(f"{each} with Referrer-Policy: {policies[-1] or 'none'}")
    return verdict(problems, otherwise=f"Referrer-Policy: {page(context).header('referrer-policy')[:80]}")


@check(
    id="headers.permissions_policy",
    title="Pages give up what they do not use",
    guide=LINE,
    severity=Severity.LOW,
    runs_in=WITH_CANDIDATE,
    why="A script that is not the app's could ask for camera, microphone or position in the app's name.",
    next_step="send `Permissions-Policy: camera=(), microphone=(), geolocation=()`",
)
def permissions_policy(context: Context) -> Finding:
    """A Permissions-Policy that leaves the powerful features to nobody, or to the site itself."""
    problems = []
    for each in html_pages(context):
        value = each.header("permissions-policy").replace(" ", "").lower()
        missing = [word for word in _POWERFUL if f"{word}=(" not in value]
        if not value:
            problems.append(f"{each} without Permissions-Policy")
        elif missing or "=*" in value:
            problems.append(
                f"{each} whose Permissions-Policy leaves {', '.join(missing) or 'a feature'} open"
            )
    return verdict(
        problems, otherwise=f"Permissions-Policy: {page(context).header('permissions-policy')[:80]}"
    )


@check(
    id="headers.framing",
    title="No other site can frame the pages",
    guide=LINE,
    runs_in=WITH_CANDIDATE,
    why="A sign-in page in a foreign frame can be clicked without the user's knowledge.",
    next_step="send `frame-ancestors 'none'` (or 'self') in Content-Security-Policy",
)
def framing(context: Context) -> Finding:
    """frame-ancestors, or X-Frame-Options for old browsers, on every page."""
    problems = []
    for each in html_pages(context):
        ancestors = parse_csp(each.header("content-security-policy")).get("frame-ancestors")
        options = each.header("x-frame-options").upper()
        if ancestors is None and options not in ("DENY", "SAMEORIGIN"):
            problems.append(f"{each} without frame-ancestors or X-Frame-Options")
        elif ancestors is not None and {"*", "https:", "http:"} & ancestors:
            problems.append(f"{each} with frame-ancestors {' '.join(sorted(ancestors))}")
    return verdict(problems, otherwise="no page can be framed")


@check(
    id="headers.powered_by",
    title="Answers do not tell what made them",
    guide=LINE,
    severity=Severity.LOW,
    runs_in=WITH_CANDIDATE,
    why="Versions tell an attacker which known holes to try.",
    next_step="set `poweredByHeader: false` in next.config; hide the server's version at the edge",
)
def powered_by(context: Context) -> Finding:
    """No X-Powered-By, and no version in Server."""
    problems = []
    for each in (page(context), _me(context)):
        if value := each.header("x-powered-by"):
            problems.append(f"{each} with X-Powered-By: {value[:60]}")
        if re.search(r"/\d", server := each.header("server")):
            problems.append(f"{each} with Server: {server[:60]}")
    return verdict(problems, otherwise="neither X-Powered-By nor a server's version")


@check(
    id="headers.csp",
    title="Scripts come only from where they should",
    guide=LINE,
    runs_in=WITH_CANDIDATE,
    tags={"csp"},
    why="Without a Content-Security-Policy an injected script reads the session of whoever is signed in.",
    next_step="send a policy with default-src, script-src, object-src 'none' and base-uri 'self'",
)
def csp(context: Context) -> Finding:
    """A policy that restricts scripts, plug-ins and the base address on every page."""
    problems = []
    for each in html_pages(context):
        policy = parse_csp(each.header("content-security-policy"))
        problems += [f"{each}: {reason}" for reason in _weaknesses(policy)]
    return verdict(problems, otherwise="script-src, object-src and base-uri are restricted on every page")


def _weaknesses(policy: dict[str, set[str]]) -> list[str]:
    if not policy:
        return ["no Content-Security-Policy (a report-only one restricts nothing)"]
    found = []
    scripts = policy.get("script-src", policy.get("default-src"))
    if scripts is None:
        found.append("neither script-src nor default-src")
    elif wide := scripts & {"*", "https:", "http:", "data:"} - _ignored_by(scripts):
        found.append(f"script-src admits {' '.join(sorted(wide))}, that is everybody")
    if policy.get("object-src", policy.get("default-src")) not in ({"'none'"}, {"'self'"}):
        found.append("object-src is not 'none'")
    if "base-uri" not in policy:
        found.append("no base-uri, so an injected <base> leads scripts elsewhere")
    return found


def _ignored_by(sources: set[str]) -> set[str]:
    """With 'strict-dynamic' browsers ignore hosts and schemes."""
    return {"*", "https:", "http:"} if "'strict-dynamic'" in sources else set()


@check(
    id="headers.csp_admits_clerk",
    title="The policy lets Clerk work",
    guide="Troubleshooting > Social login not working",
    runs_in=WITH_CANDIDATE,
    tags={"csp", "clerk"},
    why="A policy that is too narrow blocks sign-in in browsers, while curl sees nothing wrong.",
    next_step="admit the Frontend API's host, challenges.cloudflare.com, img.clerk.com and worker-src blob:",
)
def csp_admits_clerk(context: Context) -> Finding:
    """Every source that Clerk's documentation asks for."""
    if context.target.clerk_key is None:
        return skipped("the publishable key is not known, so neither is Clerk's host")
    host = context.target.clerk_key.host
    wanted = [
        ("script-src", f"https://{host}"),
        ("script-src", "https://challenges.cloudflare.com"),
        ("connect-src", f"https://{host}"),
        ("img-src", "https://img.clerk.com"),
        ("worker-src", "'self'"),
        ("worker-src", "blob:"),
        ("frame-src", "https://challenges.cloudflare.com"),
    ]
    if context.target.api_base_url:
        wanted.append(("connect-src", context.target.api_base_url))
    policy = parse_csp(html_page(context).header("content-security-policy"))
    if not policy:
        return passed("there is no policy to block anything: see headers.csp")
    missing = [f"{name} lacks {source}" for name, source in wanted if not admits(policy, name, source)]
    return verdict(missing, otherwise=f"{len(wanted)} sources are admitted")


@check(
    id="headers.indexing",
    title="Search engines may find the live site",
    guide="Post-Deployment Verification",
    severity=Severity.LOW,
    runs_in=WITH_CANDIDATE,
    why="A noindex header on the live domain means that the origin token does not reach the app.",
    next_step="compare the edge's origin token with the secrets document: `clerk-deploy status`",
)
def indexing(context: Context) -> Finding:
    """No X-Robots-Tag: noindex on the front page."""
    value = page(context).header("x-robots-tag")
    if "noindex" in value.lower():
        return failed(f"GET / with X-Robots-Tag: {value[:80]}")
    return passed("no X-Robots-Tag: noindex")


def parse_csp(header: str) -> dict[str, set[str]]:
    """A policy's directives; the first of a name counts, as in browsers."""
    policy: dict[str, set[str]] = {}
    for directive in header.split(";"):
        name, *sources = directive.split()[:1] + directive.split()[1:] or [""]
        if name:
            policy.setdefault(name.lower(), {source.lower() for source in sources})
    return policy


def admits(policy: dict[str, set[str]], directive: str, source: str) -> bool:
    """Whether a policy lets a source through.

    Args:
        policy: Parsed policy.
        directive: Such as `connect-src`; falls back as browsers do.
        source: An origin, a scheme, or a keyword in quotes.
    """
    fallbacks = {"worker-src": ("child-src", "script-src"), "frame-src": ("child-src",)}
    names = (directive, *fallbacks.get(directive, ()), "default-src")
    sources = next((policy[name] for name in names if name in policy), None)
    if sources is None:
        return True
    if "'strict-dynamic'" in sources and directive == "script-src" and source.startswith("https://"):
        return True
    return any(_covers(pattern, source.lower()) for pattern in sources)


def _covers(pattern: str, source: str) -> bool:
    if pattern == source or pattern.rstrip("/") == source:
        return True
    if not source.startswith("https://"):
        return False
    host = source.removeprefix("https://").split("/")[0]
    bare = pattern.removeprefix("https://").split("/")[0].removesuffix(":443")
    return pattern in ("*", "https:") or bare == host or (bare.startswith("*.") and host.endswith(bare[1:]))
