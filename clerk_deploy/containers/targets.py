"""Which release a rollback goes to."""

from collections.abc import Collection, Iterable, Sequence

from clerk_deploy.containers.history import Entry, good
from clerk_deploy.errors import UnusableInputError
from clerk_deploy.release.errors import CondemnedError


def last_good(known: Collection[str], history: Sequence[Entry], *, live: str, seconds: float) -> str:
    """The last good release before the live one.

    Args:
        known: The releases whose images can be had.
        history: The environment's updates, the newest first.
        live: The release that serves.
        seconds: How long a release must have been live.

    Raises:
        UnusableInputError: There is none.
    """
    others = [release for release in known if release != live]
    for release in good(history, seconds=seconds):
        if release in others:
            return release
    lived = f" for {seconds / 60:.0f} minutes" if seconds else ""
    raise UnusableInputError(
        f"There is no earlier release that was live{lived}, was not rolled back and whose image is kept.",
        next_step=f"kept are: {_names(others)} (--to names one); or release an earlier commit: "
        "clerk-deploy release COMMIT",
    )


def named(to: str, known: Collection[str], *, live: str, bad: Collection[str]) -> str:
    """The release that a person means.

    Args:
        to: Its name or the beginning of its commit.
        known: The releases whose images can be had.
        live: The release that serves.
        bad: Releases that were rolled back.

    Raises:
        UnusableInputError: Nothing fits, or several do.
        CondemnedError: It was rolled back itself.
    """
    others = [release for release in known if release != live]
    fitting = [release for release in others if _fits(to, release)]
    if len(fitting) != 1:
        if live and _fits(to, live):
            raise UnusableInputError(f"{live} is live already.", next_step=f"name another: {_names(others)}")
        raise UnusableInputError(
            f"{to} names {len(fitting) or 'no'} kept release{'s' if len(fitting) > 1 else ''}.",
            next_step=f"kept are: {_names(others)}; others are built anew: clerk-deploy release {to}",
        )
    if fitting[0] in bad:
        raise CondemnedError(
            f"{fitting[0]} was rolled back itself.",
            next_step="roll back to another one, or to it with --pardon",
        )
    return fitting[0]


def _fits(to: str, release: str) -> bool:
    """A release's name has the first twelve characters of its commit."""
    commit = release.partition("-")[0]
    return release.startswith(to) or ("-" not in to and to.startswith(commit))


def _names(releases: Iterable[str]) -> str:
    return ", ".join(releases) or "none"
