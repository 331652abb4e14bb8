"""Dependencies: what is asked for, locked, and fits together."""

import re
from collections.abc import Iterator
from typing import Final

from clerk_deploy.application.repository import Repository
from clerk_deploy.application.rule import Level, Mistake, rule

LINE: Final = "Deployment Checklist > Build succeeds without errors"
LOCKS: Final = (
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "bun.lockb",
)
OLDEST_NEXT: Final = (15, 2, 3)
"""Older ones let a header skip the middleware (CVE-2025-29927)."""


def _numbers(version: str) -> tuple[int, ...]:
    match = re.search(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?", version)
    return tuple(int(part or 0) for part in match.groups()) if match else ()


@rule(
    id="dependencies.lock",
    title="Dependencies are locked",
    guide="AWS Amplify Deployment > 2. Build Settings",
    why="`npm ci` fails without a lock file, and builds without one are never the same twice.",
    next_step="commit package-lock.json",
)
def lock(repository: Repository) -> Iterator[Mistake]:
    """A lock file in git; that of a monorepo stands above."""
    above = any((parent / name).is_file() for parent in repository.root.parents[:3] for name in LOCKS)
    if not above and not any(name in repository.files for name in LOCKS):
        yield Mistake(file="package-lock.json", found="there is no lock file in git")


@rule(
    id="dependencies.next",
    title="Next.js is supported",
    guide=LINE,
    why="Before 15.2.3 and 14.2.25 a header skips the middleware, and Clerk's protection with it.",
    next_step="update next to 15.5 or 16",
)
def next_version(repository: Repository) -> Iterator[Mistake]:
    """A Next version without the known hole; 14.2.25 and up have it mended too."""
    version = repository.version_of("next") or ""
    numbers = _numbers(version)
    is_mended = numbers >= OLDEST_NEXT or (numbers[:2] == (14, 2) and numbers >= (14, 2, 25))
    is_range_of_mended = version.startswith(("^", "~")) and numbers[:1] in ((14,), (15,))
    if numbers and not is_mended and not is_range_of_mended:
        yield Mistake(file="package.json", found=f"next {version}")


@rule(
    id="dependencies.next_on_amplify",
    title="Amplify lists this version of Next.js",
    guide="AWS Amplify Deployment",
    level=Level.WARNING,
    why="Amplify's documentation lists Next 12 to 15; 16 works on other hosts and is unproven there.",
    next_step="try it on a branch of its own first, or stay on 15.5",
)
def next_on_amplify(repository: Repository) -> Iterator[Mistake]:
    """Next 16 together with amplify.yml."""
    version = repository.version_of("next") or ""
    if repository.has("amplify.yml") and _numbers(version)[:1] >= (16,):
        yield Mistake(file="package.json", found=f"next {version} with amplify.yml")


@rule(
    id="dependencies.proxy",
    title="This version of Next.js runs proxy.ts",
    guide="Deployment Checklist > No security warnings",
    why="Before Next 16 nothing runs a file of that name, and pages have no Content-Security-Policy.",
    next_step="call it middleware.ts, its function `middleware`, and give its config `runtime: 'nodejs'` "
    "(stable since Next 15.5); or update next to 16",
)
def proxy(repository: Repository) -> Iterator[Mistake]:
    """No proxy.ts beside an older Next."""
    version = repository.version_of("next") or ""
    file = repository.first("proxy.ts", "src/proxy.ts", "proxy.js", "src/proxy.js")
    if file and _numbers(version) and _numbers(version) < (16,):
        yield Mistake(file=file, found=f"proxy with next {version}")


@rule(
    id="dependencies.node",
    title="The Node version is named and supported",
    guide="Docker Deployment > 1. Dockerfile",
    level=Level.WARNING,
    why="Hosts pick their own version otherwise; next 16 refuses anything before 20.9.",
    next_step='add "engines": { "node": ">=22" } to package.json',
)
def node(repository: Repository) -> Iterator[Mistake]:
    """engines.node, .nvmrc or .node-version, 20 or newer."""
    engines = repository.package.get("engines")
    told = str(engines.get("node", "")) if isinstance(engines, dict) else ""
    told = told or (repository.text(".nvmrc") or repository.text(".node-version") or "").strip()
    numbers = _numbers(told)
    if not told:
        yield Mistake(file="package.json", found="no Node version is named")
    elif numbers and numbers[0] < 20:
        yield Mistake(file="package.json", found=f"Node {told} is at its end of life")


@rule(
    id="dependencies.clerk",
    title="Clerk's SDK is of today",
    guide="Overview",
    level=Level.WARNING,
    why="Old versions verify tokens of the second format wrongly and get no fixes.",
    next_step="update Clerk's packages to their newest major version",
)
def clerk(repository: Repository) -> Iterator[Mistake]:
    """@clerk/nextjs 6 or @clerk/backend 2 at least; the retired packages not at all."""
    for name, least in (("@clerk/nextjs", 6), ("@clerk/backend", 2)):
        version = repository.version_of(name) or ""
        if _numbers(version) and _numbers(version)[0] < least:
            yield Mistake(file="package.json", found=f"{name} {version}")
    for name in ("@clerk/clerk-sdk-node", "@clerk/edge"):
        if retired := repository.version_of(name):
            yield Mistake(file="package.json", found=f"{name} {retired} is retired")
