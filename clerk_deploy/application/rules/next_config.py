"""next.config: output and headers."""

import re
from collections.abc import Iterator

from clerk_deploy.application.javascript import without_comments
from clerk_deploy.application.repository import Repository
from clerk_deploy.application.rule import Level, Mistake, line_of, rule


def _config(repository: Repository) -> tuple[str, str]:
    name = repository.next_config
    return (name or "next.config.ts"), without_comments(repository.text(name) or "") if name else ""


def _all_code(repository: Repository) -> str:
    """Everything that can set headers: the configuration, proxy or middleware, and what they import."""
    return "\n".join(without_comments(text) for _, text in repository.code())


@rule(
    id="next.standalone",
    title="The build makes the server that the Dockerfile copies",
    guide="Docker Deployment > 1. Dockerfile",
    why="The guide copies .next/standalone and never says that next.config must ask for it.",
    next_step="set `output: 'standalone'` in next.config",
)
def standalone(repository: Repository) -> Iterator[Mistake]:
    """output: 'standalone' where a Dockerfile copies it."""
    name, text = _config(repository)
    if "standalone" not in (repository.text("Dockerfile") or ""):
        return
    if not re.search(r"output[\"']?\s*:[^,\n]*[\"'`]standalone[\"'`]", text) and not re.search(
        r"\.output\s*=\s*[\"'`]standalone", text
    ):
        yield Mistake(file=name, found="no output: 'standalone', yet the Dockerfile copies .next/standalone")


@rule(
    id="next.powered_by",
    title="Answers do not name the framework",
    guide="Deployment Checklist > No security warnings",
    level=Level.WARNING,
    why="X-Powered-By tells which known holes to try.",
    next_step="set `poweredByHeader: false` in next.config",
)
def powered_by(repository: Repository) -> Iterator[Mistake]:
    """The option poweredByHeader is false."""
    name, text = _config(repository)
    if not re.search(r"poweredByHeader[\"']?\s*:\s*false", text):
        yield Mistake(file=name, found="poweredByHeader is not switched off")


@rule(
    id="next.source_maps",
    title="No source maps for browsers",
    guide="Security Checklist > CLERK_SECRET_KEY is never exposed to client",
    why="They show the sources, comments included, to anybody.",
    next_step="remove `productionBrowserSourceMaps`, or upload the maps and delete them after the build",
)
def source_maps(repository: Repository) -> Iterator[Mistake]:
    """The option productionBrowserSourceMaps is not on."""
    name, text = _config(repository)
    if match := re.search(r"productionBrowserSourceMaps[\"']?\s*:\s*true", text):
        yield Mistake(file=name, line=line_of(text, match.start()), found="productionBrowserSourceMaps is on")


@rule(
    id="next.api_caching",
    title="API answers are never cached",
    guide="Performance Optimization > 1. Enable Caching",
    why="Next gives route handlers no Cache-Control: a cache may show one user's session to another.",
    next_step="send `Cache-Control: private, no-store` for /api/:path* from headers() in next.config",
)
def api_caching(repository: Repository) -> Iterator[Mistake]:
    """no-store somewhere in the configuration or the routes."""
    name, text = _config(repository)
    if "no-store" not in text and not re.search(
        r"[\"'`]?cache-control[\"'`]?.{0,80}no-store|no-store.{0,80}cache-control",
        _all_code(repository),
        re.IGNORECASE | re.DOTALL,
    ):
        yield Mistake(file=name, found="nothing sends Cache-Control: no-store for /api")


@rule(
    id="next.security_headers",
    title="Pages carry the security headers",
    guide="Deployment Checklist > No security warnings",
    level=Level.WARNING,
    why="Without a Content-Security-Policy an injected script reads the session; the guide has none.",
    next_step="send them from next.config or proxy.ts; `app adopt` copies a set that admits Clerk",
)
def security_headers(repository: Repository) -> Iterator[Mistake]:
    """CSP, nosniff, Referrer-Policy and HSTS are set somewhere, HSTS also by hosts."""
    code = _all_code(repository).lower()
    wanted = ("content-security-policy", "x-content-type-options", "referrer-policy")
    missing = [name for name in wanted if name not in code]
    # Clerk's middleware can make the policy itself.
    if "contentsecuritypolicy" in code:
        missing = [name for name in missing if name != "content-security-policy"]
    if missing:
        yield Mistake(file=_config(repository)[0], found=f"nothing sends {', '.join(missing)}")
