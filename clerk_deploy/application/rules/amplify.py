"""amplify.yml."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from clerk_deploy.application.repository import Repository
from clerk_deploy.application.rule import Level, Mistake, line_of, rule
from clerk_deploy.application.rules.secrets import is_secret_name

LINE: Final = "AWS Amplify Deployment > 2. Build Settings"
NAME: Final = "amplify.yml"


def _read(repository: Repository) -> tuple[str, Mapping[str, Any]]:
    text = repository.text(NAME) or ""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError:
        document = None
    return text, _frontend(document) if isinstance(document, dict) else {}


def _frontend(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The front end's part, of a monorepo's file too."""
    applications = document.get("applications")
    found = applications[0] if isinstance(applications, list) and applications else document
    frontend = found.get("frontend") if isinstance(found, dict) else None
    return frontend if isinstance(frontend, dict) else {}


def _commands(frontend: Mapping[str, Any]) -> list[str]:
    phases = frontend.get("phases")
    found: list[str] = []
    for phase in phases.values() if isinstance(phases, dict) else ():
        commands = phase.get("commands") if isinstance(phase, dict) else None
        found += [str(command) for command in commands] if isinstance(commands, list) else []
    return found


def _scripts(repository: Repository, commands: list[str]) -> str:
    """The commands, with what the package's scripts and their files hold."""
    listed = repository.package.get("scripts")
    texts = (
        [*commands, *(str(each) for each in listed.values())] if isinstance(listed, dict) else list(commands)
    )
    joined = "\n".join(texts)
    files = re.findall(r"[\w./-]+\.(?:mjs|js|cjs|sh|ts)\b", joined)
    return "\n".join([joined, *(repository.text(name.removeprefix("./")) or "" for name in files)])


@rule(
    id="amplify.cache",
    title="The cache saves time",
    guide=LINE,
    level=Level.WARNING,
    why="`npm ci` deletes node_modules first: storing and fetching it costs time and saves none.",
    next_step="cache `.npm/**/*` (with `npm ci --cache .npm`) and `.next/cache/**/*`",
)
def cache(repository: Repository) -> Iterator[Mistake]:
    """node_modules is not cached where npm ci is run."""
    text, frontend = _read(repository)
    if not frontend:
        return
    cached = frontend.get("cache")
    paths = cached.get("paths") if isinstance(cached, dict) else None
    if any(re.search(r"\bnpm ci\b", command) for command in _commands(frontend)) and any(
        "node_modules" in str(path) for path in paths or ()
    ):
        at = text.find("node_modules")
        yield Mistake(
            file=NAME, line=line_of(text, at), found="node_modules is cached, and npm ci deletes it"
        )


@rule(
    id="amplify.runtime_variables",
    title="The server's variables reach the running server",
    guide="AWS Amplify Deployment > 1. Environment Variables Configuration",
    why="Amplify's variables exist during the build alone; the server finds none of them.",
    next_step="let the build write the names that the server needs to .env.production, never a secret",
)
def runtime_variables(repository: Repository) -> Iterator[Mistake]:
    """The build writes .env.production."""
    _, frontend = _read(repository)
    if frontend and ".env" not in _scripts(repository, _commands(frontend)):
        yield Mistake(file=NAME, found="nothing writes .env.production for the server's run time")


@rule(
    id="amplify.secret_in_artifact",
    title="The build writes no secret",
    guide="AWS Amplify Deployment > 1. Environment Variables Configuration",
    why="What the build writes to .env.production lies in the artifact, in clear.",
    next_step="let the server read the secret from Secrets Manager with the app's compute role",
)
def secret_in_artifact(repository: Repository) -> Iterator[Mistake]:
    """No command that writes a secret, or all variables, to a .env file."""
    text, frontend = _read(repository)
    for command in _commands(frontend):
        if ".env" not in command or ">" not in command:
            continue
        names = [name for name in re.findall(r"\b[A-Z][A-Z0-9_]{3,}\b", command) if is_secret_name(name)]
        takes_all = bool(re.match(r"\s*(?:env|printenv)\s*(?:>|\|(?!.*grep))", command)) or bool(
            re.search(r"grep\s+(?:-\w+\s+)*[\"']?CLERK_?[\"']?(?:\s|$)", command)
        )
        if names or takes_all:
            at = max(0, text.find(command.split()[0]))
            told = f"it writes {', '.join(names)}" if names else "it writes every variable"
            yield Mistake(file=NAME, line=line_of(text, at), found=f"{told} to a .env file")


@rule(
    id="amplify.base_directory",
    title="Amplify deploys what Next builds",
    guide=LINE,
    why="Another folder is deployed as static files: no server, no API.",
    next_step="artifacts.baseDirectory: .next, files: '**/*'",
)
def base_directory(repository: Repository) -> Iterator[Mistake]:
    """artifacts.baseDirectory is .next."""
    _, frontend = _read(repository)
    artifacts = frontend.get("artifacts")
    folder = str(artifacts.get("baseDirectory", "")) if isinstance(artifacts, dict) else ""
    if frontend and not re.search(r"(?:^|/)\.next/?$", folder):
        yield Mistake(file=NAME, found=f"artifacts.baseDirectory is {folder or 'not set'}")
