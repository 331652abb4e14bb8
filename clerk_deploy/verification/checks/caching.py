"""What may be kept by caches, and what must not."""

import re
from typing import Final

from clerk_deploy.verification.context import Context
from clerk_deploy.verification.findings import Finding, failed, passed, verdict
from clerk_deploy.verification.http import Response
from clerk_deploy.verification.pages import asset_urls, assets, html_page, scripts
from clerk_deploy.verification.registry import EVERY_RUN, THOROUGH, WITH_CANDIDATE, Need, Severity, check
from clerk_deploy.verification.sessions import ME, SIGN_IN, bearer, session

API_LINE: Final = "Performance Optimization > Don't cache authenticated API responses"
STATIC_LINE: Final = "Performance Optimization > Serve static assets from CDN, cache public resources"
COMPRESSION_LINE: Final = "Performance Optimization > Enable Compression"
YEAR: Final = 31_536_000
SMALL: Final = 1_400
"""Bytes below which no edge compresses."""

ASK_COMPRESSED: Final = {"Accept-Encoding": "br, gzip"}


@check(
    id="caching.api_private",
    title="API answers are private and never cached",
    guide=API_LINE,
    severity=Severity.CRITICAL,
    runs_in=EVERY_RUN,
    why="A cached answer of /api/auth shows one user's session to another.",
    next_step="send `Cache-Control: private, no-store` for /api (next.config); no caching of it at the edge",
)
def api_private(context: Context) -> Finding:
    """no-store on API answers, and no hit when the same is asked twice."""
    headers = bearer(session(context).access) if context.target.user else {}
    answers = [
        context.get(ME, headers=headers),
        context.get(ME, headers=headers),
        context.get("/api/health"),
        context.get("/api/health"),
        context.post(SIGN_IN, {}),
    ]
    problems = [f"{answer}: {reason}" for answer in answers for reason in _api_mistakes(answer)]
    return verdict(problems, otherwise="no-store, and no cache hit when asked twice")


def _api_mistakes(answer: Response) -> list[str]:
    control = {word.strip().lower() for word in answer.header("cache-control").split(",")}
    found = []
    if "no-store" not in control:
        found.append(f"Cache-Control: {answer.header('cache-control') or 'none'} lacks no-store")
    if {"public", "immutable"} & control or any(word.startswith("s-maxage") for word in control):
        found.append(f"Cache-Control: {answer.header('cache-control')} lets shared caches keep it")
    if hit := cache_hit(answer):
        found.append(f"it came from a cache ({hit})")
    return found


def cache_hit(answer: Response) -> str:
    """How an answer shows that a cache gave it; empty when none did."""
    for name in ("x-cache", "cf-cache-status", "x-vercel-cache", "cache-status", "x-cache-status"):
        value = answer.header(name).lower()
        if re.search(r"\bhit\b", value):
            return f"{name}: {value[:60]}"
    age = answer.header("age")
    return f"age: {age}" if age.isdigit() and int(age) > 0 else ""


@check(
    id="caching.token_pages",
    title="Pages are not kept with a session in them",
    guide=API_LINE,
    runs_in=THOROUGH,
    why="A shared cache that keeps a page with its Set-Cookie hands the session to the next visitor.",
    next_step="do not set cookies on pages that may be cached; send `private` with those that do",
)
def token_pages(context: Context) -> Finding:
    """No page that shared caches may keep sets a cookie."""
    problems = []
    for path in context.target.pages:
        answer = context.get(path, headers={"Cookie": "__session=clerk-deploy"})
        control = answer.header("cache-control").lower()
        if answer.cookies and ("s-maxage" in control or "public" in control):
            problems.append(f"{answer} sets a cookie with Cache-Control: {control[:80]}")
    return verdict(problems, otherwise=f"{len(context.target.pages)} pages asked for")


@check(
    id="caching.static_immutable",
    title="Static files are kept for a year",
    guide=STATIC_LINE,
    severity=Severity.MEDIUM,
    runs_in=WITH_CANDIDATE,
    why="Without it every visit loads all scripts again.",
    next_step="let the edge pass Next's own `public, max-age=31536000, immutable` for /_next/static",
)
def static_immutable(context: Context) -> Finding:
    """Everything under _next/static is immutable for a year, and nothing else is."""
    found = [each for each in assets(context) if "/_next/static/" in each.url]
    problems = []
    for each in found:
        control = each.header("cache-control").lower()
        age = re.search(r"max-age=(\d+)", control)
        if each.status == 200 and ("immutable" not in control or age is None or int(age[1]) < YEAR):
            problems.append(f"{each} with Cache-Control: {control or 'none'}")
    if "immutable" in html_page(context).header("cache-control").lower():
        problems.append("GET / is immutable: browsers would keep the page for ever")
    return verdict(problems, otherwise=f"{len(found)} files under _next/static")


@check(
    id="caching.static_found",
    title="A page's own files are found",
    guide=STATIC_LINE,
    severity=Severity.CRITICAL,
    runs_in=EVERY_RUN,
    why="The page came from one release and its scripts are asked from another, or the prefix is not routed.",
    next_step="the page's prefix (/_slots/SLOT, /_releases/RELEASE) must lead to the release that made it",
)
def static_found(context: Context) -> Finding:
    """Every script and style sheet that a page names answers 200 with the right type."""
    found = assets(context)
    problems = []
    for each in found:
        kind = each.header("content-type")
        wanted = "javascript" if each.path.endswith(".js") else "css"
        if each.status != 200:
            problems.append(f"{each}")
        elif wanted not in kind:
            problems.append(f"{each} as {kind or 'no type'}")
        elif not each.body:
            problems.append(f"{each} with nothing in it")
    return verdict(problems, otherwise=f"{len(found)} files")


@check(
    id="caching.earlier_assets",
    title="Files of the page before the switch are found",
    guide=STATIC_LINE,
    severity=Severity.CRITICAL,
    needs={Need.EARLIER_ASSETS},
    why="A page that was loaded before the switch breaks on its next script.",
    next_step="keep the previous release's slot (or its static files) until the next release",
)
def earlier_assets(context: Context) -> Finding:
    """Static files that were noted before the switch still answer 200."""
    answers = [context.get(path) for path in context.target.earlier_assets]
    problems = [f"{each}" for each in answers if each.status != 200]
    return verdict(problems, otherwise=f"{len(answers)} files from before the switch")


@check(
    id="caching.compression",
    title="Pages and scripts travel compressed",
    guide=COMPRESSION_LINE,
    severity=Severity.MEDIUM,
    runs_in=WITH_CANDIDATE,
    why="Scripts are three to four times as large without it.",
    next_step="switch compression on at the edge (CloudFront: the cache policy must accept gzip and brotli)",
)
def compression(context: Context) -> Finding:
    """Gzip or brotli on the front page and on its largest script."""
    largest = max(scripts(context), key=lambda each: len(each.body), default=None)
    urls = [context.url("/")] + ([largest.url] if largest else [])
    problems, facts = [], []
    for url in urls:
        answer = context.client.get(url, headers=ASK_COMPRESSED, follow=5)
        encoding = answer.header("content-encoding").lower()
        if answer.wire_bytes < SMALL and not encoding:
            facts.append(f"{answer.path}: too small")
        elif encoding not in ("gzip", "br", "zstd"):
            problems.append(f"{answer} with {answer.wire_bytes} bytes and no Content-Encoding")
        else:
            facts.append(f"{answer.path}: {encoding}")
    return verdict(problems, otherwise=", ".join(facts))


@check(
    id="caching.prefixes_closed",
    title="Only static files are served under a release's prefix",
    guide=API_LINE,
    runs_in=WITH_CANDIDATE,
    why="An idle slot's API under /_slots would let old code run with today's secrets.",
    next_step="let the edge answer 404 to everything under /_slots except GET and HEAD of _next/static",
)
def prefixes_closed(context: Context) -> Finding:
    """The page's own prefix leads to no API and no page."""
    prefixes = {
        match[1]
        for url in asset_urls(html_page(context))
        if (match := re.search(r"://[^/]+((?:/[\w.-]+)+)/_next/static/", url))
    }
    if not prefixes:
        return passed("files have no prefix")
    answers = [
        context.get(f"{prefix}{path}") for prefix in sorted(prefixes) for path in ("/api/health", "/sign-in")
    ]
    open_ones = [f"{each}" for each in answers if each.status < 400]
    if open_ones:
        return failed(open_ones[0], *open_ones[1:])
    return passed(f"nothing else under {', '.join(sorted(prefixes))}")
