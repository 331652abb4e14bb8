"""Secrets and internals in what the site shows to anybody."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urljoin

from clerk_deploy.verification import shapes
from clerk_deploy.verification.context import Context
from clerk_deploy.verification.findings import Finding, passed, skipped, unknown, verdict
from clerk_deploy.verification.http import NoAnswerError, Response
from clerk_deploy.verification.pages import assets, html_pages, page, scripts
from clerk_deploy.verification.probes import me_url, unlikely_name
from clerk_deploy.verification.registry import EVERY_RUN, THOROUGH, WITH_CANDIDATE, Need, Severity, check
from clerk_deploy.verification.sessions import SIGN_IN
from clerk_deploy.verification.which_app import is_client_side

LINE: Final = "Security Checklist > CLERK_SECRET_KEY is never exposed to client"
FILES_LINE: Final = "Security Checklist > .env.local is in .gitignore"
MOST_MAPS: Final = 40

DOTFILES: Final = (
    "/.env",
    "/.env.local",
    "/.env.production",
    "/.env.production.local",
    "/.git/HEAD",
    "/.git/config",
    "/.npmrc",
    "/.aws/credentials",
    "/.dockerenv",
    "/.DS_Store",
)
BUILD_FILES: Final = (
    "/.next/required-server-files.json",
    "/.next/BUILD_ID",
    "/.next/build-manifest.json",
    "/.next/server/app/api/auth/signin/route.js",
    "/required-server-files.json",
    "/server.js",
    "/next.config.js",
    "/next.config.mjs",
    "/next.config.ts",
    "/package.json",
    "/package-lock.json",
    "/docker-compose.yml",
    "/Dockerfile",
    "/amplify.yml",
    "/node_modules/next/package.json",
    "/_next/server/middleware-manifest.json",
    "/_next/../.env",
    "/_next/static/../../.env",
    "/..%2f.env",
)
_STACK: Final = re.compile(
    r"\bat [\w.<>$ ]+ \(?(?:file://|/|webpack|node:)[^\s)]{0,200}:\d+:\d+|/node_modules/[\w@./-]+\.[cm]?js|"
    r"Traceback \(most recent"
)
_ASSIGNMENT: Final = re.compile(r"(?m)^\s*(?:export\s+)?[A-Z][A-Z0-9_]{2,}\s*=\s*\S")


def _secret_lines(answers: Iterable[Response]) -> list[str]:
    found = []
    for answer in answers:
        text = answer.body + b"\n" + repr(list(answer.headers.items())).encode()
        for match in shapes.find(text):
            found.append(f"{answer.path} holds a {match.kind} ({match.shown}, {match.encoding})")
    return list(dict.fromkeys(found))


@check(
    id="leakage.pages",
    title="No secret in the pages",
    guide=LINE,
    severity=Severity.CRITICAL,
    runs_in=EVERY_RUN,
    why="A server component handed the secret to the page's data, or next.config has it under `env`.",
    next_step="take the page off now, replace the secret at its issuer, then find how it got there",
)
def pages(context: Context) -> Finding:
    """No secret's shape in the HTML and headers of any page."""
    answers = html_pages(context)
    return verdict(_secret_lines(answers), otherwise=f"{len(answers)} pages")


@check(
    id="leakage.scripts",
    title="No secret in the scripts",
    guide=LINE,
    severity=Severity.CRITICAL,
    runs_in=EVERY_RUN,
    why="`env: { CLERK_SECRET_KEY }` in next.config, as the guide has it, writes the key into the scripts.",
    next_step="take the release back now, replace the secret at its issuer, remove `env` from next.config",
)
def script_files(context: Context) -> Finding:
    """No secret's shape in any script or style sheet."""
    answers = assets(context)
    problems = _secret_lines(answers)
    if cut := [each for each in answers if each.is_cut]:
        return (
            unknown(f"{cut[0].path} is too large to look through")
            if not problems
            else verdict(problems, otherwise="")
        )
    return verdict(
        problems, otherwise=f"{len(answers)} files, {sum(len(each.body) for each in answers)} bytes"
    )


@check(
    id="leakage.source_maps",
    title="No source maps",
    guide=LINE,
    severity=Severity.MEDIUM,
    runs_in=THOROUGH,
    why="Source maps show the app's sources, comments included.",
    next_step="leave `productionBrowserSourceMaps` off in next.config, or upload maps and delete them",
)
def source_maps(context: Context) -> Finding:
    """Neither the scripts' own comment nor `.map` behind their address leads to a map."""
    problems = []
    for script in scripts(context)[:MOST_MAPS]:
        named = re.search(rb"//# sourceMappingURL=(\S+)", script.body[-4_096:])
        if named and named[1].startswith(b"data:"):
            problems.append(f"{script.path} holds its own source map")
            continue
        urls = {f"{script.url.partition('?')[0]}.map"}
        if named:
            urls.add(urljoin(script.url, named[1].decode("ascii", "replace")))
        for url in sorted(urls):
            answer = context.client.get(url)
            if answer.status == 200 and b'"mappings"' in answer.body:
                problems.append(f"{answer}")
                problems += _secret_lines([answer])
    return verdict(problems, otherwise=f"none of {len(scripts(context))} scripts has one")


def _files(context: Context, paths: tuple[str, ...]) -> Finding:
    problems = []
    for path in paths:
        answer = context.get(path)
        if answer.status != 200:
            continue
        is_page = "html" in answer.header("content-type") and b"<html" in answer.body[:4_096].lower()
        if not is_page or _ASSIGNMENT.search(answer.text[:65_536]):
            problems.append(f"{answer} with {len(answer.body)} bytes")
        problems += _secret_lines([answer])
    return verdict(problems, otherwise=f"none of {len(paths)} such files is served")


@check(
    id="leakage.dotfiles",
    title="No environment file and no git folder",
    guide=FILES_LINE,
    severity=Severity.CRITICAL,
    runs_in=EVERY_RUN,
    why="The project's folder is served instead of the build's output.",
    next_step="take it off now, replace every secret that stood in it; serve .next/static and public alone",
)
def dotfiles(context: Context) -> Finding:
    """/.env*, /.git and their like are not served."""
    return _files(context, DOTFILES)


@check(
    id="leakage.build_files",
    title="No files of the build or the server",
    guide=FILES_LINE,
    severity=Severity.HIGH,
    runs_in=THOROUGH,
    why="required-server-files.json and server.js hold next.config with everything under `env`.",
    next_step="serve .next/static and public alone",
)
def build_files(context: Context) -> Finding:
    """Next's manifests, the server's files and the project's own are not served."""
    return _files(context, BUILD_FILES)


@check(
    id="leakage.error_pages",
    title="Errors tell nothing about the inside",
    guide=LINE,
    severity=Severity.MEDIUM,
    runs_in=WITH_CANDIDATE,
    why="Stack traces show paths, versions and sometimes values; a 5xx here is anybody's to cause.",
    next_step="run with NODE_ENV=production, and answer errors with a fixed word",
)
def error_pages(context: Context) -> Finding:
    """Unknown pages and routes, odd addresses and broken bodies: no stack trace, no secret, no 5xx."""
    broken = context.client.request(
        "POST", context.url(SIGN_IN), headers={"Content-Type": "application/json"}, body=b'{"email":'
    )
    answers = [
        context.get(f"/{unlikely_name()}"),
        context.get(f"/api/{unlikely_name()}"),
        context.get("/%E0%A4%A"),
        context.get("/?" + "a=1&" * 200),
        context.client.get(me_url(context), headers={"Authorization": "Bearer x.y.z"}),
        broken,
    ]
    problems = _secret_lines(answers)
    for each in answers:
        if each.status >= 500:
            problems.append(f"{each}")
        if _STACK.search(each.text[:200_000]):
            problems.append(f"{each} and shows a stack trace")
    return verdict(problems, otherwise=f"{len(answers)} errors looked at")


@check(
    id="leakage.headers",
    title="No internals in the headers",
    guide=LINE,
    severity=Severity.HIGH,
    runs_in=WITH_CANDIDATE,
    why="The edge's tokens belong between edge and app; seen outside they open the slots' own addresses.",
    next_step="let the edge drop them from answers, and rotate the tokens",
)
def header_values(context: Context) -> Finding:
    """Neither secrets nor the edge's own headers in answers."""
    answers = (page(context), context.get("/api/health"), context.client.get(me_url(context)))
    problems = _secret_lines(answers)
    for each in answers:
        problems += [
            f"{each} with the header {name}"
            for name in ("x-origin-token", "x-release-token", "x-client-address", "x-verification")
            if each.header(name)
        ]
    return verdict(problems, otherwise="nothing internal on a page, health and me")


@check(
    id="leakage.public_values",
    title="The pages were built with the expected public values",
    guide="Deployment Checklist > All environment variables configured",
    severity=Severity.HIGH,
    runs_in=WITH_CANDIDATE,
    tags={"build"},
    why="A blank build argument is built in as an empty text, and a value given at run time is ignored.",
    next_step="pass every NEXT_PUBLIC variable to the build, and release again",
)
def public_values(context: Context) -> Finding:
    """Tenant and backend's address stand in pages or scripts."""
    wanted = {
        "NEXT_PUBLIC_TENANT_ID": context.target.tenant,
        "NEXT_PUBLIC_API_BASE_URL": context.target.api_base_url,
    }
    given = {name: value for name, value in wanted.items() if value}
    if not given:
        return skipped("neither the tenant nor the backend's address is known")
    if is_client_side(context):
        return skipped(
            "the page that holds them is behind Clerk's sign-in: authentication.me tells the tenant"
        )
    texts = [each.text for each in (*html_pages(context), *scripts(context))]
    missing = [
        f"{name} ({value}) stands in no page or script"
        for name, value in given.items()
        if not any(value in text or value.replace("/", "\\/") in text for text in texts)
    ]
    return verdict(missing, otherwise=", ".join(given))


@check(
    id="leakage.origins",
    title="The slots' own addresses are of no use",
    guide="Security Checklist > HTTPS is enabled for production",
    severity=Severity.HIGH,
    needs={Need.ORIGINS},
    runs_in=WITH_CANDIDATE,
    why="Past the edge there is no firewall and no rate limit, and clients can name their own address.",
    next_step="set CLERK_DEPLOY_TRUST_EDGE for the app, so that it demands the origin token",
)
def origins(context: Context) -> Finding:
    """Without the origin token the API is 403 and pages are not indexed."""
    problems = []
    for origin in context.target.origins:
        try:
            me = context.client.get(f"{origin}/api/auth/me")
            front = context.client.get(f"{origin}/")
        except NoAnswerError:
            continue
        if me.status not in (403, 404):
            problems.append(f"{origin}/api/auth/me answered {me.status}, not 403")
        if front.status == 200 and "noindex" not in front.header("x-robots-tag"):
            problems.append(f"{origin}/ can be indexed by search engines")
    if problems:
        return verdict(problems, otherwise="")
    return passed(f"{len(context.target.origins)} addresses refuse")
