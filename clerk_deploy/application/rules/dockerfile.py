"""The Dockerfile."""

import re
from collections.abc import Iterator
from typing import Final

from clerk_deploy.application.docker import Instruction, arguments, bases, instructions, variables
from clerk_deploy.application.repository import Repository
from clerk_deploy.application.rule import Level, Mistake, rule
from clerk_deploy.application.rules.secrets import is_secret_name

LINE: Final = "Docker Deployment > 1. Dockerfile"
NAME: Final = "Dockerfile"
OLDEST_NODE: Final = 22
"""Node 20 reached its end of life in April 2026; odd versions are never supported for long."""

REQUIRED: Final = (
    "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY",
    "NEXT_PUBLIC_API_BASE_URL",
    "NEXT_PUBLIC_TENANT_ID",
    "NEXT_PUBLIC_APP_URL",
    "NEXT_PUBLIC_GOOGLE_CLIENT_ID",
    "NEXT_PUBLIC_FACEBOOK_APP_ID",
    "NEXT_PUBLIC_GITHUB_CLIENT_ID",
)


def _read(repository: Repository) -> tuple[Instruction, ...]:
    return instructions(repository.text(NAME) or "")


def _public_names(repository: Repository) -> set[str]:
    """NEXT_PUBLIC_ variables that the sources read."""
    return {
        name
        for _, text in repository.code()
        for name in re.findall(r"process\.env(?:\.|\[[\"'])(NEXT_PUBLIC_[A-Z0-9_]+)", text)
    }


@rule(
    id="dockerfile.build_arguments",
    title="The image's build gets every public variable",
    guide=LINE,
    why="NEXT_PUBLIC_ values are fixed at build time: the guide passes three, and not the publishable key.",
    next_step="add an ARG for each before the build, and refuse blanks: a blank one is built in as such",
)
def build_arguments(repository: Repository) -> Iterator[Mistake]:
    """ARG for each NEXT_PUBLIC_ variable that the sources or next.config read."""
    found = _read(repository)
    if not any(each.word == "RUN" and "build" in each.rest for each in found):
        return
    declared = arguments(found)
    # Clerk's own SDK reads the publishable key without the sources naming it.
    used = _public_names(repository)
    if any(repository.version_of(name) for name in ("@clerk/nextjs", "@clerk/clerk-react", "@clerk/backend")):
        used.add("NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY")
    if any(each.word == "RUN" and re.search(r">\s*\.env", each.rest) for each in found):
        # The build takes further variables in as a file; the guide's own are named all the same.
        used &= set(REQUIRED)
    missing = sorted(used - set(declared) - set(variables(found)))
    if missing:
        yield Mistake(file=NAME, found=f"no ARG {', '.join(missing)}")


@rule(
    id="dockerfile.secret_argument",
    title="The image's build gets no secret",
    guide="Security Checklist > CLERK_SECRET_KEY is never exposed to client",
    why="`docker history` shows build arguments and ENV to whoever has the image.",
    next_step="give it to the running container as a file (Docker secret); for npm `RUN --mount=type=secret`",
)
def secret_argument(repository: Repository) -> Iterator[Mistake]:
    """No secret as ARG or ENV."""
    found = _read(repository)
    named = arguments(found) | {name: line for name, (_, line) in variables(found).items()}
    for name, line in named.items():
        if is_secret_name(name):
            yield Mistake(file=NAME, line=line, found=f"{name} is an ARG or ENV")


@rule(
    id="dockerfile.base_image",
    title="The base image is supported",
    guide=LINE,
    why="node:18 gets no security fixes since April 2025, and next 16 refuses it.",
    next_step="start from node:22 or node:24",
)
def base_image(repository: Repository) -> Iterator[Mistake]:
    """A Node version that is still maintained, and named."""
    for image, line in bases(_read(repository)):
        if not re.search(r"(?:^|/)node(?=[:@]|$)", image):
            continue
        version = re.search(r"node:(\d+)", image)
        if version is None and not re.search(r"node:(?:lts|jod|krypton)", image):
            yield Mistake(file=NAME, line=line, found=f"{image} names no version")
        elif version and int(version[1]) < OLDEST_NODE:
            yield Mistake(file=NAME, line=line, found=f"{image} is at its end of life")
        elif version and int(version[1]) % 2:
            yield Mistake(file=NAME, line=line, found=f"{image} is no long-term version")


@rule(
    id="dockerfile.public_folder",
    title="What the Dockerfile copies exists",
    guide=LINE,
    why="`COPY /app/public` fails the build in a repository without the folder.",
    next_step="add a file such as public/robots.txt, or `mkdir -p public` before it is copied",
)
def public_folder(repository: Repository) -> Iterator[Mistake]:
    """The public folder, when it is copied."""
    found = _read(repository)
    makes = any("mkdir" in each.rest and "public" in each.rest for each in found)
    has = any(name.startswith("public/") for name in repository.files)
    for each in found:
        if each.word == "COPY" and re.search(r"/public\b", each.rest) and not makes and not has:
            yield Mistake(
                file=NAME, line=each.line, found="public is copied, and there is no such folder in git"
            )


@rule(
    id="dockerfile.hostname",
    title="The server listens on every address",
    guide=LINE,
    why="Docker sets HOSTNAME to the container's id, and Next binds to that: loopback checks fail.",
    next_step="ENV HOSTNAME=0.0.0.0",
)
def hostname(repository: Repository) -> Iterator[Mistake]:
    """HOSTNAME=0.0.0.0 where server.js is started."""
    found = _read(repository)
    starts = [each for each in found if each.word in ("CMD", "ENTRYPOINT") and "server.js" in each.rest]
    told = variables(found).get("HOSTNAME", ("", 0))[0]
    if starts and told not in ("0.0.0.0", "::") and "HOSTNAME=" not in starts[-1].rest:
        yield Mistake(file=NAME, line=starts[-1].line, found="server.js starts without HOSTNAME=0.0.0.0")


@rule(
    id="dockerfile.user",
    title="The server does not run as root",
    guide=LINE,
    level=Level.WARNING,
    why="Whoever breaks into the server then owns the container.",
    next_step="USER with a number, such as 1000:1000, before CMD",
)
def user(repository: Repository) -> Iterator[Mistake]:
    """The last stage names a user."""
    found = _read(repository)
    if not found:
        return
    last = max((number for number, each in enumerate(found) if each.word == "FROM"), default=0)
    users = [each.rest for each in found[last:] if each.word == "USER"]
    if not users or users[-1].split(":")[0] in ("root", "0"):
        yield Mistake(file=NAME, found="the last stage runs as root")


@rule(
    id="dockerfile.health_check",
    title="The image says when it is healthy",
    guide="Post-Deployment Verification",
    level=Level.WARNING,
    why="Without a health check an update replaces a good container by one that answers 500.",
    next_step="HEALTHCHECK that asks /api/health: a server without its secret prints Ready and answers 500",
)
def health_check(repository: Repository) -> Iterator[Mistake]:
    """HEALTHCHECK in the Dockerfile, or a health check in the compose file."""
    found = _read(repository)
    compose = repository.first("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
    in_compose = "healthcheck:" in (repository.text(compose) or "") if compose else False
    if found and not in_compose and not any(each.word == "HEALTHCHECK" for each in found):
        yield Mistake(file=NAME, found="no HEALTHCHECK")
