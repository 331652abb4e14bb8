"""The option `--fallback`."""

from clerk_deploy.cli.context import Target
from clerk_deploy.errors import UnusableInputError


def fallback_ref(target: Target, *, commit: str) -> str:
    """The ref that holds the app with Clerk's own components.

    Args:
        target: The environment.
        commit: The commit that was named too, if any.

    Raises:
        UnusableInputError: A commit was named too, or the settings name no ref.
    """
    if commit:
        raise UnusableInputError(
            f"--fallback takes no commit; {commit} was named.",
            next_step="leave one of them out: the setting release.fallback names the fallback's ref",
        )
    ref = target.settings.release.fallback
    if ref is None:
        raise UnusableInputError(
            f"{target.name} has no fallback: its settings name no release.fallback.",
            next_step="name a branch, tag or commit with Clerk's own components; docs/fallback.md says more",
        )
    return ref
