"""Secrets in sources, in git and in what the browser gets."""

import re
from collections.abc import Iterator
from typing import Final

from clerk_deploy.application.javascript import blocks, without_comments
from clerk_deploy.application.repository import Repository, is_test
from clerk_deploy.application.rule import Level, Mistake, line_of, rule
from clerk_deploy.verification import shapes

SECRET_NAME: Final = re.compile(
    r"SECRET|PASSWORD|PASSWD|TOKEN|PRIVATE|CREDENTIAL|ACCESS_KEY|API_KEY|JWT_KEY|ENCRYPTION_KEY|DATABASE_URL"
)
NO_SECRET_NAME: Final = re.compile(r"^NEXT_PUBLIC_|PUBLISHABLE|_(?:ARN|FILE|PATH|ID|DIR|NAME|EXPIRY|TTL)$")
TEXT: Final = (
    ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".tsx", ".json", ".yml", ".yaml", ".md", ".mdx", ".txt",
    ".sh",
    ".toml", ".tf", ".py", ".html", ".env", ".conf", ".ini", ".properties", ".xml", ".pem", ".key",
)  # fmt: skip


def is_secret_name(name: str) -> bool:
    """Whether a variable of that name holds a secret."""
    return bool(SECRET_NAME.search(name)) and not NO_SECRET_NAME.search(name)


@rule(
    id="secrets.next_env",
    title="next.config hands no secret to the build",
    guide="AWS Amplify Deployment > 3. Next.js Configuration",
    why="`env` writes the value into server.js and scripts; set but empty, it hides the run-time value.",
    next_step="remove the secret from `env`: the server reads process.env (or Secrets Manager) when it runs",
)
def next_env(repository: Repository) -> Iterator[Mistake]:
    """Secret names under `env` or `publicRuntimeConfig`."""
    if (name := repository.next_config) is None:
        return
    text = without_comments(repository.text(name) or "")
    for block in ("env", "publicRuntimeConfig"):
        for position, content in blocks(text, block):
            for match in re.finditer(r"[\"']?([A-Za-z_]\w*)[\"']?\s*(?::|,|$)", content, re.MULTILINE):
                if is_secret_name(match[1].upper()):
                    at = text.index(content, position) + match.start()
                    yield Mistake(file=name, line=line_of(text, at), found=f"{block} holds {match[1]}")


@rule(
    id="secrets.in_sources",
    title="No key is written into the sources",
    guide="Security Checklist > All API keys are in environment variables (not hardcoded)",
    why="Whoever can read the repository, and every copy of it, has the key.",
    next_step="replace the key at its issuer now, then read it from an environment variable",
)
def in_sources(repository: Repository) -> Iterator[Mistake]:
    """A secret's shape in any tracked text file."""
    for name in repository.files:
        base = name.rpartition("/")[2]
        if is_test(name) or not (name.endswith(TEXT) or base.startswith((".env", "Dockerfile"))):
            continue
        text = repository.text(name)
        for match in shapes.find((text or "").encode()):
            if not _is_placeholder(text or "", match.offset):
                line = (text or "").encode().count(b"\n", 0, match.offset) + 1
                yield Mistake(file=name, line=line, found=f"a {match.kind} ({match.shown})")


def _is_placeholder(text: str, offset: int) -> bool:
    """Values that say that they are none, such as `your_secret_key`."""
    value = re.split(r"[\s\"'`,;<>]", text.encode()[offset : offset + 80].decode("utf-8", "replace"))[0]
    body = re.sub(r"^(?:sk_(?:live|test)_|whsec_|gh[pousr]_|github_pat_)", "", value)
    return bool(
        re.search(
            r"your|example|placeholder|replace|dummy|xxxx|secret_?key|fake|changeme", body, re.IGNORECASE
        )
    )


@rule(
    id="secrets.tracked_env",
    title="No environment file is in git",
    guide="Docker Deployment > 3. Environment File",
    why="The guide puts the live key into .env.production, and its checklist ignores .env.local alone.",
    next_step="`git rm --cached FILE`, add `.env*` and `!.env.example` to .gitignore, replace the keys in it",
)
def tracked_env(repository: Repository) -> Iterator[Mistake]:
    """Environment files in git that are no example."""
    for name in repository.files:
        base = name.rpartition("/")[2]
        is_env = base == ".env" or base.startswith(".env.")
        if not is_env or re.search(r"\.(example|sample|template|dist|defaults?)$", base):
            continue
        names = re.findall(r"(?m)^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*\S", repository.text(name) or "")
        held = [each for each in names if is_secret_name(each)]
        told = "git has it, or would take it in"
        told += f"; it sets {', '.join(held[:4])}" if held else ""
        yield Mistake(file=name, found=told)


@rule(
    id="secrets.public_name",
    title="No secret has a public name",
    guide="Security Checklist > CLERK_SECRET_KEY is never exposed to client",
    why="Next writes every NEXT_PUBLIC_ variable into the scripts.",
    next_step="rename it without NEXT_PUBLIC_, and use it on the server alone; replace the value",
)
def public_name(repository: Repository) -> Iterator[Mistake]:
    """NEXT_PUBLIC_ names that say that they are secret."""
    pattern = re.compile(r"\bNEXT_PUBLIC_\w*(?:SECRET|PASSWORD|PRIVATE_KEY)\w*")
    for name in repository.files:
        if name.endswith(TEXT) or name.rpartition("/")[2].startswith((".env", "Dockerfile")):
            text = repository.text(name) or ""
            for match in pattern.finditer(text):
                if not is_test(name):
                    yield Mistake(file=name, line=line_of(text, match.start()), found=match[0])


@rule(
    id="secrets.in_client",
    title="Client components read no secret",
    guide="Security Checklist > CLERK_SECRET_KEY is never exposed to client",
    why="In a client component it is undefined, or with `env` in next.config the key itself.",
    next_step="move it into a route handler, a server component or a server action",
)
def in_client(repository: Repository) -> Iterator[Mistake]:
    """process.env of a secret in a file that begins with 'use client'."""
    for name, text in repository.code():
        if not re.match(r"\s*(?:/\*.*?\*/\s*|//[^\n]*\n\s*)*[\"']use client[\"']", text, re.DOTALL):
            continue
        code = without_comments(text)
        for match in re.finditer(r"process\.env(?:\.|\[[\"'])([A-Z_][A-Z0-9_]*)", code):
            if is_secret_name(match[1]):
                yield Mistake(file=name, line=line_of(code, match.start()), found=f"it reads {match[1]}")


@rule(
    id="secrets.in_argv",
    title="No password stands in a command line",
    guide="Post-Deployment Verification > 1. Test Authentication Flows",
    level=Level.WARNING,
    why="Arguments are in the shell's history, in process lists and in the logs of pipelines.",
    next_step="use `clerk-deploy verify`, or let curl read the body from a file (`-d @-`)",
)
def in_argv(repository: Repository) -> Iterator[Mistake]:
    """A curl command with a password in its data, in scripts and pipelines."""
    for name in repository.files:
        is_script = name.endswith((".sh", ".yml", ".yaml", "Makefile")) or name == "package.json"
        if not is_script or is_test(name):
            continue
        text = repository.text(name) or ""
        for match in re.finditer(
            r"curl\b(?:[^\n]|\\\n){0,400}?[\"']?password[\"']?\s*:", text, re.IGNORECASE
        ):
            yield Mistake(
                file=name, line=line_of(text, match.start()), found="curl with a password in its data"
            )
