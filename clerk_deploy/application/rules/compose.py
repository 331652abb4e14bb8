"""The compose file."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from clerk_deploy.application.docker import arguments, instructions
from clerk_deploy.application.repository import Repository
from clerk_deploy.application.rule import Level, Mistake, line_of, rule
from clerk_deploy.application.rules.secrets import is_secret_name

LINE: Final = "Docker Deployment > 2. Docker Compose"
NAMES: Final = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")


def _read(repository: Repository) -> tuple[str, str, Mapping[str, Any]]:
    """Name, text and content of the compose file; empty without one."""
    name = repository.first(*NAMES)
    text = repository.text(name) or "" if name else ""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError:
        document = None
    return name or NAMES[0], text, document if isinstance(document, dict) else {}


def _built_services(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Services that this repository builds."""
    services = document.get("services")
    for name, service in services.items() if isinstance(services, dict) else ():
        if isinstance(service, dict) and "build" in service:
            yield name, service


def _environment(service: Mapping[str, Any]) -> dict[str, str]:
    """A service's variables; both ways of writing them."""
    given = service.get("environment")
    if isinstance(given, dict):
        return {str(name): "" if value is None else str(value) for name, value in given.items()}
    if isinstance(given, list):
        return {str(each).partition("=")[0]: str(each).partition("=")[2] for each in given}
    return {}


@rule(
    id="compose.secret_variable",
    title="Containers get secrets as files",
    guide=LINE,
    why="`docker inspect` shows a container's variables, and every child process inherits them.",
    next_step="use `secrets:` of the compose file, and CLERK_DEPLOY_SECRETS_FILE for the application",
)
def secret_variable(repository: Repository) -> Iterator[Mistake]:
    """No secret under environment or build arguments."""
    name, text, document = _read(repository)
    for service, content in _built_services(document):
        build = content["build"]
        args = build.get("args") if isinstance(build, dict) else None
        listed = {**_environment(content), **_environment({"environment": args})}
        for variable in listed:
            if is_secret_name(variable) and not variable.endswith("_FILE"):
                at = re.search(rf"\b{re.escape(variable)}\b", text)
                line = line_of(text, at.start()) if at else 0
                yield Mistake(file=name, line=line, found=f"{service} gets {variable} as a variable")


@rule(
    id="compose.blank_override",
    title="No variable blanks out the environment file",
    guide=LINE,
    why="`environment: ${VAR}` beats env_file, and an unset VAR is blank: the file's value never arrives.",
    next_step="name each variable in one place; write ${VAR:?missing} where it must come from the shell",
)
def blank_override(repository: Repository) -> Iterator[Mistake]:
    """env_file together with bare ${VAR}."""
    name, text, document = _read(repository)
    for service, content in _built_services(document):
        if "env_file" not in content:
            continue
        bare = [key for key, value in _environment(content).items() if re.fullmatch(r"\$\{?\w+\}?", value)]
        if bare:
            at = text.find("env_file")
            told = f"{service}: {', '.join(bare[:4])} beat env_file, also when unset"
            yield Mistake(file=name, line=line_of(text, at), found=told)


@rule(
    id="compose.build_arguments",
    title="The compose file hands every public variable to the build",
    guide=LINE,
    why="Given to the container alone they are ignored: Next has built them in.",
    next_step="add each to build.args as ${NAME:?}, the publishable key and the social client ids too",
)
def build_arguments(repository: Repository) -> Iterator[Mistake]:
    """build.args has what the Dockerfile takes, and what is given to the container in vain."""
    name, _, document = _read(repository)
    taken = arguments(instructions(repository.text("Dockerfile") or ""))
    public = {each for each in taken if each.startswith("NEXT_PUBLIC_")}
    for service, content in _built_services(document):
        build = content["build"]
        args = _environment({"environment": build.get("args")}) if isinstance(build, dict) else {}
        run_only = {key for key in _environment(content) if key.startswith("NEXT_PUBLIC_")}
        missing = sorted((public | run_only) - set(args))
        if missing:
            yield Mistake(file=name, found=f"{service}: build.args lacks {', '.join(missing)}")


@rule(
    id="compose.image_tag",
    title="An earlier image is kept to go back to",
    guide="Rollback Plan > Quick Rollback Steps",
    why="`build:` without `image:` overwrites the one image there is: nothing is left to roll back to.",
    next_step="give each release an image tag (clerk-deploy does), and go back by that tag",
)
def image_tag(repository: Repository) -> Iterator[Mistake]:
    """A built service names its image."""
    name, _, document = _read(repository)
    for service, content in _built_services(document):
        image = str(content.get("image", ""))
        if not image or image.endswith(":latest") or (":" not in image and "@" not in image):
            yield Mistake(file=name, found=f"{service} is built without a tag of its own")


@rule(
    id="compose.version",
    title="The compose file is of today",
    guide=LINE,
    level=Level.WARNING,
    why="`version:` is ignored with a warning since 2020, and docker-compose v1 is at its end of life.",
    next_step="remove the line, and use `docker compose`",
)
def version(repository: Repository) -> Iterator[Mistake]:
    """No version line."""
    name, text, document = _read(repository)
    if "version" in document:
        yield Mistake(file=name, line=line_of(text, text.find("version")), found="it has a version")


@rule(
    id="compose.down_up",
    title="An update does not stop the service first",
    guide="Rollback Plan > Quick Rollback Steps",
    level=Level.WARNING,
    why="`down && up` is an outage: measured 0.9 s for a small application, 7 s with a health check.",
    next_step="update in place (Docker in swarm mode, start first), as clerk-deploy's container hosting does",
)
def down_up(repository: Repository) -> Iterator[Mistake]:
    """No script that runs down and then up."""
    for name in repository.files:
        if name.endswith((".sh", ".yml", ".yaml", "Makefile")) or name == "package.json":
            text = repository.text(name) or ""
            if match := re.search(r"docker[- ]compose[^\n]*\bdown\b[^\n]*&&[^\n]*\bup\b", text):
                yield Mistake(file=name, line=line_of(text, match.start()), found="down, then up")
