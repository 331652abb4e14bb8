"""The running server: health, start-up, log lines, tenant."""

import re
from collections.abc import Iterator
from typing import Final

from clerk_deploy.application.javascript import without_comments
from clerk_deploy.application.repository import Repository
from clerk_deploy.application.rule import Level, Mistake, line_of, rule

_HEALTH: Final = re.compile(
    r"(?:^|/)(?:app|pages)/(?:\([\w-]+\)/)*api/(?:health\w*|healthz|status|ready)(?:[./]|$)"
)
_ROUTE: Final = re.compile(r"(?:^|/)app/(?:.+/)?route\.\w+$|(?:^|/)pages/api/.+\.\w+$")
_SENSITIVE: Final = re.compile(
    r"\b(?:password|accessToken|refreshToken|secretKey|CLERK_SECRET_KEY|sessionToken)\b"
)


@rule(
    id="runtime.health_route",
    title="The application says whether it is well",
    guide="Post-Deployment Verification",
    why="Without its secret the server prints Ready and answers 500: only a route that uses it tells.",
    next_step="add app/api/health/route.ts (`clerk-deploy app adopt` copies it)",
)
def health_route(repository: Repository) -> Iterator[Mistake]:
    """A route at /api/health."""
    if not any(_HEALTH.search(name) for name in repository.files):
        yield Mistake(file="app/api/health/route.ts", found="there is no health route")


@rule(
    id="runtime.secret_reader",
    title="The secret is read when the server starts",
    guide="AWS Amplify Deployment > 1. Environment Variables Configuration",
    level=Level.WARNING,
    why="On Amplify no variable reaches the running server; in containers it shows in `docker inspect`.",
    next_step="read it in instrumentation.ts from Secrets Manager or a file (`app adopt` copies a reader)",
)
def secret_reader(repository: Repository) -> Iterator[Mistake]:
    """instrumentation, or a start script, that reads a secret."""
    name = next(
        (n for n in repository.files if re.fullmatch(r"(?:src/)?instrumentation\.(?:ts|js|mjs)", n)), None
    )
    if name is None:
        yield Mistake(
            file="instrumentation.ts", found="there is none, so nothing reads the secret at start-up"
        )
        return
    sources = " ".join(text for _, text in repository.code())
    if not re.search(r"secretsmanager|SecretsManager|SECRETS?_FILE|/run/secrets|GetSecretValue", sources):
        yield Mistake(file=name, found="neither it nor what it imports reads a secret")


@rule(
    id="runtime.log_lines",
    title="Requests to /api leave a line that can be counted",
    guide="Monitoring & Alerts > Metrics to Monitor",
    level=Level.WARNING,
    why="Success rates and latencies are counted from log lines; without them every alarm is silent.",
    next_step="write one JSON object a line with process.stdout.write: hosts put a prefix before console.log",
)
def log_lines(repository: Repository) -> Iterator[Mistake]:
    """Something writes structured lines, where there are routes."""
    routes = [name for name in repository.files if _ROUTE.search(name)]
    if not routes:
        return
    sources = " ".join(without_comments(text) for _, text in repository.code())
    if not re.search(
        r"stdout\.write|\bpino\b|\bwinston\b|opentelemetry|@vercel/otel|JSON\.stringify\([^)]*event", sources
    ):
        yield Mistake(file=routes[0], found="no route writes structured log lines")


@rule(
    id="runtime.logged_secrets",
    title="No password or token is logged",
    guide="Security Checklist > CLERK_SECRET_KEY is never exposed to client",
    why="Logs are kept for months and read by many.",
    next_step="log a fixed word and an id, never the value",
)
def logged_secrets(repository: Repository) -> Iterator[Mistake]:
    """No console call with a password, a token or the secret."""
    for name, text in repository.code():
        code = without_comments(text)
        for match in re.finditer(r"console\.(?:log|info|debug|warn|error)\(([^;\n]{0,300})", code):
            arguments = re.sub(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'", "", match[1])
            if found := _SENSITIVE.search(arguments):
                yield Mistake(file=name, line=line_of(code, match.start()), found=f"it logs {found[0]}")


@rule(
    id="runtime.tenant_from_request",
    title="The tenant comes from verified claims",
    guide="Troubleshooting > 4. Multi-tenant isolation broken",
    level=Level.WARNING,
    why="NEXT_PUBLIC_TENANT_ID and X-Tenant-ID are in the client's hands: any user can name any tenant.",
    next_step="take the tenant from the verified token; refuse when the header differs from it",
)
def tenant_from_request(repository: Repository) -> Iterator[Mistake]:
    """Route handlers that read a tenant from headers or query, without looking at the token's."""
    for name, text in repository.code():
        if not _ROUTE.search(name):
            continue
        code = without_comments(text)
        match = re.search(
            r"(?:get|headers)\(?\[?\s*[\"'](?:x-tenant(?:-id)?|tenant(?:_?id)?)[\"']", code, re.IGNORECASE
        )
        if match and not re.search(r"orgId|org_id|claims|\bidentify\b|sessionClaims", code):
            yield Mistake(
                file=name, line=line_of(code, match.start()), found="the tenant is taken from the request"
            )


@rule(
    id="runtime.example_variables",
    title="The list of variables is complete",
    guide="Environment Variables for Production > Required Variables",
    level=Level.WARNING,
    why="The guide's required list lacks the publishable key, without which nothing works.",
    next_step="add NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY to the example file",
)
def example_variables(repository: Repository) -> Iterator[Mistake]:
    """An example environment file that names the publishable key."""
    name = repository.first(".env.example", ".env.production.example", ".env.sample", ".env.local.example")
    if name and "CLERK_PUBLISHABLE_KEY" not in (repository.text(name) or ""):
        yield Mistake(file=name, found="it lacks NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY")
