"""The environment commands' answers, for people and for programs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from clerk_deploy.environment.compare import Change, Pushed
from clerk_deploy.environment.plan import Plan
from clerk_deploy.environment.push import Outcome
from clerk_deploy.environment.variable import Kind, Variable
from clerk_deploy.names import Names
from clerk_deploy.secret_value import STARS

if TYPE_CHECKING:
    from rich.console import RenderableType


def next_step(environment: str, host: str) -> str:
    """What makes a pushed revision reach the site."""
    if host == "amplify":
        return f"cdk deploy '{environment}/*', then release"
    if host == "containers":
        return f"clerk-deploy release -e {environment}: public variables are part of the image"
    return f"deploy {environment} with its host's own command, which reads the pushed revision"


def changes_document(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Differences for programs."""
    return [
        {"name": change.name, "difference": change.difference.value, "secret": change.secret}
        for change in changes
    ]


def differences(changes: Sequence[Change], *, source: str, environment: str) -> "list[RenderableType]":
    """Differences for people."""
    if not changes:
        return [f"{source} is what is pushed for {environment}."]
    return [_changes(changes)]


def plan_document(plan: Plan, *, dry_run: bool) -> dict[str, Any]:
    """A push that changed nothing, for programs."""
    return {
        "changed": False,
        "dry_run": dry_run,
        "revision": plan.pointer.revision,
        "new_revision": plan.needs_revision,
        "differences": changes_document(plan.changes),
        "drops": list(plan.drops),
    }


def plan(plan: Plan, environment: str) -> "list[RenderableType]":
    """A push that changed nothing, for people."""
    if plan.changes_nothing:
        return [f"Nothing to do: {environment} has these values, revision {plan.pointer.revision}."]
    parts: list[RenderableType] = [_changes(plan.changes)] if plan.changes else []
    parts += [f"Would drop the secrets of {key}." for key in plan.drops]
    if plan.makes_tokens:
        parts.append("Would make the edge's tokens.")
    parts.append("Would make a new revision." if plan.needs_revision else "Would make no new revision.")
    return [*parts, "Nothing was changed."]


def outcome_document(outcome: Outcome) -> dict[str, Any]:
    """What a push did, for programs."""
    return {
        "changed": True,
        "dry_run": False,
        "revision": outcome.revision,
        "new_revision": outcome.plan.needs_revision,
        "differences": changes_document(outcome.plan.changes),
        "drops": list(outcome.plan.drops),
        "replaced_another_push": outcome.replaced_another,
    }


def outcome(outcome: Outcome, environment: str, *, host: str) -> "list[RenderableType]":
    """What a push did, for people."""
    parts: list[RenderableType] = [_changes(outcome.plan.changes)] if outcome.plan.changes else []
    parts += [f"Dropped the secrets of {key}." for key in outcome.plan.drops]
    if outcome.plan.makes_tokens:
        parts.append("Made the edge's tokens.")
    if outcome.replaced_another:
        parts.append("Another push ended at the same moment; yours replaced it. Ask who that was.")
    if not outcome.plan.needs_revision:
        then = "Servers read them within minutes." if host == "amplify" else "next: pulumi up hands them on"
        return [*parts, f"Pushed secrets only; the revision stays {outcome.revision}. {then}"]
    return [*parts, f"Pushed revision {outcome.revision}.", f"next: {next_step(environment, host)}"]


def pushed_document(pushed: Pushed, variables: Sequence[Variable], *, names: Names) -> dict[str, Any]:
    """What is pushed, for programs."""
    return {
        "environment": names.environment,
        "revision": pushed.revision,
        "variables": [
            {"name": name, "kind": kind, "value": value, "source": source}
            for name, kind, value, source in _rows(pushed, variables, names)
        ],
    }


def pushed(pushed: Pushed, variables: Sequence[Variable], *, names: Names) -> "list[RenderableType]":
    """What is pushed, for people."""
    table = _table("Variable", "Kind", "Value")
    for name, kind, value, _ in _rows(pushed, variables, names):
        table.add_row(name, kind, Text("absent", style="dim") if value is None else value)
    return [
        f"{names.environment}, revision {pushed.revision}",
        f"from {names.variables_secret}; secrets from {names.secrets_secret}",
        table,
    ]


def _rows(
    pushed: Pushed, variables: Sequence[Variable], names: Names
) -> list[tuple[str, str, str | None, str]]:
    kinds = {variable.name: variable.kind for variable in variables}
    undeclared = [name for name in (*pushed.secrets, *pushed.visible) if name not in kinds]
    rows = []
    for name in (*kinds, *undeclared):
        secret = kinds.get(name) is Kind.SECRET or name in pushed.secrets
        kind = kinds[name].value if name in kinds else "undeclared"
        starred = STARS if pushed.secrets.get(name) else None
        value = starred if secret else pushed.visible.get(name) or None
        rows.append((name, kind, value, names.secrets_secret if secret else names.variables_secret))
    return rows


def _changes(changes: Sequence[Change]) -> Table:
    table = _table("Variable", "Difference")
    for change in changes:
        table.add_row(change.name, f"{change.difference.value}{' (secret)' if change.secret else ''}")
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    table.add_column(columns[0], no_wrap=True)
    for column in columns[1:]:
        table.add_column(column, overflow="fold")
    return table
