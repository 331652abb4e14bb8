"""`clerk-deploy scan`: no secret in what was built."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clerk_deploy.cli.context import Context, command, noun
from clerk_deploy.errors import Exit, UnusableInputError
from clerk_deploy.secret_value import SecretValue

if TYPE_CHECKING:
    from rich.console import RenderableType

    from clerk_deploy.verification.artifacts.scan import Scan

app = noun("Look for secrets in what was built.")

Artifacts = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH...", help="Folders, files (image archives, states) or images of the Docker engine."
    ),
]
Values = Annotated[
    bool,
    typer.Option("--values-from-stdin", help="Look for these values too: one a line, NAME=VALUE or VALUE."),
]


@command(app, "scan")
def scan(*, context: Context, artifacts: Artifacts, values_from_stdin: Values = False) -> None:
    """Look for secrets by their shape, and with -e for the environment's own values.

    Plain, in Base64, JSON- or URL-escaped, and inside gzip, tar and zip at any depth. No value is shown.
    """
    from clerk_deploy.verification.artifacts.needles import needles
    from clerk_deploy.verification.artifacts.scan import scan as look

    values = _typed() if values_from_stdin else []
    if context.environment is not None:
        values += _stored(context)
    known = needles(values)
    found = [(artifact, look(artifact, known)) for artifact in artifacts]
    context.output.show(
        {"artifacts": [_document(artifact, each) for artifact, each in found], "values": len(values)},
        lambda: [line for artifact, each in found for line in _text(artifact, each, len(values))],
    )
    if any(each.hits for _, each in found):
        raise typer.Exit(Exit.CHECKED_AND_BAD)
    if any(each.unreadable or not each.files for _, each in found):
        raise typer.Exit(Exit.COULD_NOT_FIND_OUT)


def _typed() -> list[tuple[str, SecretValue]]:
    values = []
    for number, line in enumerate(sys.stdin.read().splitlines(), start=1):
        name, mark, value = line.strip().partition("=")
        is_named = bool(mark) and name.isidentifier() and bool(value)
        if line.strip():
            shown = name if is_named else f"value of line {number}"
            values.append((shown, SecretValue(value.strip("\"'") if is_named else line.strip())))
    if not values:
        raise UnusableInputError(
            "Standard input holds no values.",
            next_step="write one a line: clerk-deploy scan PATH --values-from-stdin < .env.production",
        )
    return values


def _stored(context: Context) -> list[tuple[str, SecretValue]]:
    """All secrets that the environment keeps in AWS."""
    from clerk_deploy.aws.errors import aws_errors
    from clerk_deploy.environment.secrets_document import SecretsDocument

    environment = context.target()
    clients = context.clients(environment)
    store = context.store(environment, clients)
    values: list[tuple[str, SecretValue]] = []
    if current := store.secrets.versions().current:
        text = store.secrets.read(current)
        document = SecretsDocument.from_json(text, source=environment.names.secrets_secret)
        for secrets in document.instances.values():
            values += secrets.items()
        for purpose, tokens in document.tokens.items():
            values += [(f"{purpose} token", token) for token in tokens]
    client = clients.client("secretsmanager")
    for name in (environment.names.repository_secret, environment.names.smoke_secret):
        missing = UnusableInputError(
            f"There is no secret {name}.", next_step="cdk deploy the Configuration stack"
        )
        try:
            with aws_errors(f"Reading {name}", missing=missing):
                text = client.get_secret_value(SecretId=name)["SecretString"]
        except UnusableInputError:
            continue
        values += [(word, SecretValue(value)) for word, value in _secrets_in(text)]
    return values


def _secrets_in(text: str) -> list[tuple[str, str]]:
    try:
        document = json.loads(text)
    except ValueError:
        return []
    if not isinstance(document, dict):
        return []
    users = [user for user in document.get("users", []) if isinstance(user, dict)]
    found = [("smoke user's password", user.get("password")) for user in users]
    found.append(("GitHub token", document.get("token")))
    return [(name, value) for name, value in found if isinstance(value, str)]


def _document(artifact: str, found: "Scan") -> dict[str, Any]:
    return {
        "artifact": artifact,
        "files": found.files,
        "bytes": found.size,
        "found": [
            {
                "place": hit.place,
                "offset": hit.offset,
                "kind": hit.kind,
                "form": hit.encoding,
                "shown": hit.shown,
            }
            for hit in found.hits
        ],
        "unreadable": [{"place": place, "reason": reason} for place, reason in found.unreadable],
    }


def _text(artifact: str, found: "Scan", values: int) -> "list[RenderableType]":
    from rich.text import Text

    lines: list[RenderableType] = []
    for hit in found.hits:
        lines.append(
            Text.assemble(
                ("found ", "bold red"),
                (f"{hit.kind} ", "bold"),
                f"({hit.shown}, {hit.encoding}) in {hit.place} at byte {hit.offset}",
            )
        )
    for place, reason in found.unreadable:
        lines.append(Text.assemble(("unread ", "yellow"), f"{place}: {reason}"))
    looked = f"{artifact}: {found.files} files, {found.size / 1e6:.1f} MB, {values} known values"
    if found.hits:
        step = "do not use this artifact; replace each secret where it was issued, then find how it got in"
        return [*lines, Text(f"{looked}: {len(found.hits)} secrets found", style="bold red"), f"next: {step}"]
    if found.unreadable or not found.files:
        step = "unpack what could not be read, and scan that"
        return [
            *lines,
            Text(f"{looked}: not everything could be looked into", style="yellow"),
            f"next: {step}",
        ]
    return [*lines, Text(f"{looked}: no secret found", style="green")]
