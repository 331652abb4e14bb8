"""Which kept release a rollback goes to."""

from collections.abc import Collection, Sequence

from clerk_deploy.containers.docker import KeptImage
from clerk_deploy.containers.history import Entry, good
from clerk_deploy.errors import UnusableInputError
from clerk_deploy.release.errors import CondemnedError


def last_good(
    images: Sequence[KeptImage], history: Sequence[Entry], *, live: str, seconds: float
) -> KeptImage:
    """The last good release before the live one.

    Args:
        images: What the engine keeps.
        history: The environment's updates, the newest first.
        live: The release that serves.
        seconds: How long a release must have been live.

    Raises:
        UnusableInputError: There is none.
    """
    kept = {image.release: image for image in images if image.release != live}
    for release in good(history, seconds=seconds):
        if release in kept:
            return kept[release]
    lived = f" for {seconds / 60:.0f} minutes" if seconds else ""
    raise UnusableInputError(
        f"There is no earlier release that was live{lived}, was not rolled back and whose image is kept.",
        next_step=f"kept are: {_names(kept)} (--to names one); or release an earlier commit: "
        "clerk-deploy release COMMIT",
    )


def named(to: str, images: Sequence[KeptImage], *, live: str, bad: Collection[str]) -> KeptImage:
    """The kept release that a person means.

    Args:
        to: Its name or the beginning of its commit.
        images: What the engine keeps.
        live: The release that serves.
        bad: Releases that were rolled back.

    Raises:
        UnusableInputError: Nothing fits, or several do.
        CondemnedError: It was rolled back itself.
    """
    kept = [image for image in images if image.release != live]
    fitting = [image for image in kept if image.release.startswith(to) or image.commit.startswith(to)]
    fitting = [image for image in fitting if to in (image.release, image.commit)] or fitting
    names = _names([image.release for image in kept])
    if len(fitting) != 1:
        if live and live.startswith(to[:12]):
            raise UnusableInputError(f"{live} is live already.", next_step=f"name another: {names}")
        raise UnusableInputError(
            f"{to} names {len(fitting) or 'no'} kept release{'s' if len(fitting) > 1 else ''}.",
            next_step=f"kept are: {names}; others are built anew: clerk-deploy release {to}",
        )
    if fitting[0].release in bad:
        raise CondemnedError(
            f"{fitting[0].release} was rolled back itself.",
            next_step="roll back to another one, or to it with --pardon",
        )
    return fitting[0]


def _names(releases: Collection[str]) -> str:
    return ", ".join(releases) or "none"
