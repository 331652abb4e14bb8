"""`clerk-deploy environment`: check, push, show, diff, rotate-tokens."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from clerk_deploy.cli.context import Context, Target, command, noun
from clerk_deploy.errors import CheckFailedError, Exit

if TYPE_CHECKING:
    from clerk_deploy.environment.compare import Pushed
    from clerk_deploy.environment.validate import Values

app = noun("Check, push, show and compare an environment's variables.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="A .env file; `-` reads standard input.")]
FileOrPushed = Annotated[
    Path | None, typer.Argument(metavar="FILE", help="A .env file; `-` reads standard input.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change; change nothing.")]
Prune = Annotated[
    bool, typer.Option("--prune", help="Drop secrets of Clerk instances that no kept revision uses.")
]

TOKENS_ON_AMPLIFY: Final = (
    "wait ten minutes, until every server has read the new tokens; then release again, which brings them "
    "to the edge. Until then the edge sends the old ones, which stay accepted"
)
TOKENS_ON_CONTAINERS: Final = "pulumi up: the app knows the new tokens before the edge sends them"


@command(app, "check")
def check(*, context: Context, file: FileOrPushed = None) -> None:
    """Check a file against the contract, which needs no AWS; without one, check what is pushed."""
    target = context.target()
    values = _values(target, file) if file else _pushed_values(context, target)
    present = [name for name, value in values.visible.items() if value]
    document = {
        "ok": True,
        "environment": target.name,
        "source": values.source,
        "variables": present,
        "secrets": list(values.secrets),
    }
    context.output.show(
        document,
        lambda: [
            f"{values.source} is right for {target.name}: {len(present)} public and plain variables, "
            f"{len(values.secrets)} secret{'' if len(values.secrets) == 1 else 's'}."
        ],
    )


@command(app, "push")
def push(*, context: Context, file: File, prune: Prune = False, dry_run: DryRun = False) -> None:
    """Check a file and push it: a new revision if public or plain values changed."""
    from clerk_deploy.cli import environment_text as text
    from clerk_deploy.cli.makers import MAKERS
    from clerk_deploy.cli.stacks import held_revisions
    from clerk_deploy.environment.plan import plan_push
    from clerk_deploy.environment.push import push as push_values

    target = context.target()
    values = _values(target, file)
    clients = context.clients(target)
    store = context.store(target, clients)
    held = held_revisions(clients, target.names)
    plan = plan_push(store, values, held=held, prune=prune)
    if dry_run or plan.changes_nothing:
        context.output.show(text.plan_document(plan, dry_run=dry_run), lambda: text.plan(plan, target.name))
        return
    outcome = push_values(store, values, plan=plan, makers=MAKERS, held=held)
    context.output.show(
        text.outcome_document(outcome), lambda: text.outcome(outcome, target.name, host=target.settings.host)
    )


@command(app, "show")
def show(*, context: Context) -> None:
    """What is pushed. Secrets are starred; there is no way to reveal them."""
    from clerk_deploy.cli import environment_text as text
    from clerk_deploy.environment.contract import contract

    target = context.target()
    pushed = _pushed(context, target)
    variables = contract(target.settings)
    context.output.show(
        text.pushed_document(pushed, variables, names=target.names),
        lambda: text.pushed(pushed, variables, names=target.names),
    )


@command(app, "diff")
def diff(*, context: Context, file: File) -> None:
    """Compare a file with what is pushed: names only. Exits 1 when they differ."""
    from clerk_deploy.cli import environment_text as text
    from clerk_deploy.environment.compare import compare
    from clerk_deploy.environment.plan import read_pushed

    target = context.target()
    values = _values(target, file)
    store = context.store(target, context.clients(target))
    pushed = read_pushed(store, publishable_key=values.publishable_key)
    changes = compare(values, pushed)
    context.output.show(
        {"revision": pushed.revision, "differences": text.changes_document(changes)},
        lambda: text.differences(changes, source=values.source, environment=target.name),
    )
    if changes:
        raise typer.Exit(Exit.CHECKED_AND_BAD)


@command(app, "rotate-tokens")
def rotate_tokens(*, context: Context) -> None:
    """Make new tokens for edge, release and verification; the present ones stay accepted."""
    from clerk_deploy.cli.makers import MAKERS
    from clerk_deploy.cli.stacks import edge_state
    from clerk_deploy.environment.tokens import rotate_tokens as rotate
    from clerk_deploy.secret_value import SecretValue

    target = context.target()
    clients = context.clients(target)
    state = edge_state(clients, target.names)
    rotate(
        context.store(target, clients),
        makers=MAKERS,
        sent_by_edge=SecretValue(state.origin) if state and state.origin else None,
    )
    next_step = TOKENS_ON_CONTAINERS if target.settings.host == "containers" else TOKENS_ON_AMPLIFY
    context.output.show(
        {"rotated": True, "environment": target.name, "next_step": next_step},
        lambda: [f"New tokens are stored for {target.name}.", f"next: {next_step}."],
    )


def _values(target: Target, file: Path) -> "Values":
    from clerk_deploy.environment.sources import from_file
    from clerk_deploy.environment.validate import check_values

    source = Path("/dev/stdin") if str(file) == "-" else file
    return check_values(from_file(source), environment=target.name, settings=target.settings)


def _pushed(context: Context, target: Target) -> "Pushed":
    from clerk_deploy.environment.plan import read_pushed

    pushed = read_pushed(context.store(target, context.clients(target)))
    if pushed.revision is None:
        raise CheckFailedError(
            f"Nothing is pushed for {target.name} yet.",
            next_step=f"clerk-deploy environment push FILE -e {target.name}",
        )
    return pushed


def _pushed_values(context: Context, target: Target) -> "Values":
    from clerk_deploy.environment.sources import from_mapping
    from clerk_deploy.environment.validate import check_values

    pushed = _pushed(context, target)
    written = {name: secret.reveal() for name, secret in pushed.secrets.items()}
    written |= {name: value for name, value in pushed.visible.items() if value}
    raw = from_mapping(written, source=f"the pushed revision {pushed.revision}")
    return check_values(raw, environment=target.name, settings=target.settings)
