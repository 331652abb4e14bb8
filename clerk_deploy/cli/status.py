"""`clerk-deploy status`."""

from typing import TYPE_CHECKING, Any

import typer

from clerk_deploy.aws.stacks import Stack, read_stack
from clerk_deploy.cli.context import Context, Target, command, noun
from clerk_deploy.cli.stacks import edge_state
from clerk_deploy.errors import DeployError, ProblemsError
from clerk_deploy.names import Names
from clerk_deploy.status import STACKS, Standing, next_step

if TYPE_CHECKING:
    from rich.console import RenderableType

    from clerk_deploy.aws.clients import Clients

LABELS = 18
"""Columns of the labels, so that all environments stand in line."""

BETWEEN_STACKS = ("PublishOutput", "ExportsOutput")
"""Outputs that the CDK makes where one stack uses another's resource."""

app = noun("How each environment stands, and what to do next.")


@command(app, "status")
def status(*, context: Context) -> None:
    """How each environment stands, and what to do next: all of cdk.json, or the one named."""
    answers = [_answer(context, target) for target in _targets(context)]
    context.output.show(
        {"environments": [document for document, _ in answers]},
        lambda: [_drawn(document) for document, _ in answers],
    )
    failures = [error for _, error in answers if error is not None]
    if failures:
        raise typer.Exit(failures[0].exit_code)


def _targets(context: Context) -> list[Target]:
    if context.environment:
        return [context.target()]
    settings = context.settings()
    return [
        Target(names=Names(application=settings.application, environment=name), settings=environment)
        for name, environment in settings.environments.items()
    ]


def _answer(context: Context, target: Target) -> tuple[dict[str, Any], DeployError | None]:
    """What is known; one environment that cannot be read does not hide the others."""
    about = {
        "environment": target.name,
        "host": target.settings.host.value,
        "url": target.settings.url,
    }
    try:
        if target.settings.host == "containers":
            from clerk_deploy.cli import containers

            return {**about, **containers.status(context, target)}, None
        if target.settings.host == "vercel":
            from clerk_deploy.cli import vercel

            return {**about, **vercel.status(context, target)}, None
        clients = context.clients(target)
        standing = _standing(context, target, clients)
        releases = _releases(standing, target, clients)
    except DeployError as error:
        problems = error.problems if isinstance(error, ProblemsError) else ()
        told = "; ".join([error.message, *map(str, problems)])
        return {**about, "error": told, "next_step": error.next_step}, error
    document = _document(standing)
    if releases and releases["lock"] and document["next_step"] is None:
        document["next_step"] = f"wait: operation {releases['lock']['number']} is at work; clerk-deploy abort"
    return {**about, **document, "releases": releases}, None


def _releases(standing: Standing, target: Target, clients: "Clients") -> dict[str, Any] | None:
    delivery = standing.stacks["Delivery"]
    if delivery is None or delivery.in_progress:
        return None
    from clerk_deploy.cli.release_status import release_status

    return release_status(clients, target.names, standing.edge, repository=target.settings.repository)


def _standing(context: Context, target: Target, clients: "Clients") -> Standing:
    cloudformation = clients.client("cloudformation")
    stacks = {kind: read_stack(cloudformation, target.names.stack(kind)) for kind in STACKS}
    configured = stacks["Configuration"] is not None and not stacks["Configuration"].in_progress
    store = context.store(target, clients)
    pointer = store.pointer.read() if configured else None
    return Standing(
        environment=target.name,
        stacks=stacks,
        connected=configured and store.repository.versions().current is not None,
        pushed=pointer.revision if pointer else None,
        edge=edge_state(clients, target.names),
    )


def _document(standing: Standing) -> dict[str, Any]:
    edge = standing.edge
    return {
        "stacks": {
            kind: {"status": stack.status, "outputs": _own_outputs(stack)} if stack else None
            for kind, stack in standing.stacks.items()
        },
        "pushed_revision": standing.pushed,
        "deployed_revision": standing.deployed,
        "live": standing.live,
        "candidate": edge.candidate or None if edge else None,
        "percentage": edge.percentage if edge else 0,
        "next_step": next_step(standing),
    }


def _own_outputs(stack: Stack) -> dict[str, str]:
    return {name: value for name, value in stack.outputs.items() if not name.startswith(BETWEEN_STACKS)}


def _drawn(document: dict[str, Any]) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", min_width=LABELS)
    table.add_column(overflow="fold")
    table.add_row(
        Text(document["environment"], style="bold not dim"), f"{document['url']} on {document['host']}"
    )
    if "error" in document:
        table.add_row("error", Text(document["error"], style="red"))
    for kind, stack in document.get("stacks", {}).items():
        table.add_row(kind, stack["status"] if stack else "not deployed")
        for name, value in (stack or {"outputs": {}})["outputs"].items():
            table.add_row(f"  {name}", value)
    if "stacks" in document:
        table.add_row("pushed", document["pushed_revision"] or "nothing")
        table.add_row("deployed", document["deployed_revision"] or "nothing")
        table.add_row("live", document["live"] or "nothing")
        if document["candidate"]:
            table.add_row("canary", f"{document['candidate']} gets {document['percentage']} %")
        for label, text in _release_lines(document):
            table.add_row(label, text)
        table.add_row("next", Text(document["next_step"] or "nothing to do", style="cyan"))
    elif "error" not in document:
        for label, text in _own_lines(document):
            table.add_row(label, text)
        table.add_row("next", Text(document["next_step"] or "nothing to do", style="cyan"))
    elif document["next_step"]:
        table.add_row("next", Text(document["next_step"], style="cyan"))
    table.add_row("", "")
    return table


def _own_lines(document: dict[str, Any]) -> list[tuple[str, str]]:
    if document["host"] == "vercel":
        from clerk_deploy.cli import vercel

        return vercel.status_lines(document)
    from clerk_deploy.cli import containers_text

    return containers_text.status_lines(document)


def _release_lines(document: dict[str, Any]) -> list[tuple[str, str]]:
    if not document.get("releases"):
        return []
    from clerk_deploy.cli.release_status import release_lines

    return release_lines(document["releases"])
