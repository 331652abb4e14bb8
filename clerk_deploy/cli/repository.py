"""`clerk-deploy repository`: connect."""

from clerk_deploy.cli.context import Context, command, noun
from clerk_deploy.cli.unseen import unseen

app = noun("The repository that an environment is built from.")


@app.callback()
def _repository() -> None:
    """The repository that an environment is built from."""


@command(app, "connect")
def connect(*, context: Context) -> None:
    """Store the GitHub token that Amplify clones with; it is typed unseen, or read from standard input."""
    from clerk_deploy.cli.makers import MAKERS
    from clerk_deploy.environment.repository import connect_repository, github_token, is_classic

    target = context.target()
    token = github_token(unseen(f"GitHub token for {target.settings.repository}"))
    store = context.store(target, context.clients(target))
    changed = connect_repository(store, token, makers=MAKERS)
    if is_classic(token):
        context.output.note(
            "This is a classic token: Amplify then clones with an SSH key of its own. A fine-grained one "
            "(github_pat_) gives access to the one repository only."
        )
    next_step = f"cdk deploy '{target.name}/Hosting'"
    context.output.show(
        {"changed": changed, "environment": target.name, "next_step": next_step if changed else None},
        lambda: (
            [f"The token for {target.settings.repository} is stored.", f"next: {next_step}"]
            if changed
            else ["Nothing to do: this token is stored already."]
        ),
    )
