"""What a release is called: its name, its image's tag and labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from clerk_deploy.errors import UnusableInputError
from clerk_deploy.names import Names

SLOT: Final = "containers"
"""What a release says where one on Amplify names its slot."""

LABEL_APPLICATION: Final = "clerk-deploy.application"
LABEL_RELEASE: Final = "clerk-deploy.release"
LABEL_COMMIT: Final = "org.opencontainers.image.revision"
LABEL_REVISION: Final = "clerk-deploy.revision"
LABEL_KEY: Final = "clerk-deploy.publishable-key"


@dataclass(frozen=True, kw_only=True)
class Release:
    """A commit built with a revision.

    Args:
        commit: Full commit id.
        revision: Revision of the variables.
    """

    commit: str
    revision: str

    def __post_init__(self) -> None:
        """Refuse blanks: a release that does not say what it is cannot be told from another."""
        if not self.commit or not self.revision:
            raise UnusableInputError(
                "A release needs a commit and a revision.",
                next_step="build from a git repository, or set release.commit (40 characters)",
            )

    @property
    def name(self) -> str:
        """Commit and revision, short; the app's x-release and the path of its static files."""
        return f"{self.commit[:12]}-{self.revision[:8]}"


def image_repository(names: Names, *, registry: str | None) -> str:
    """The image's name without a tag.

    Args:
        names: Names of the environment.
        registry: The registry's host and path; None keeps images on the machine.
    """
    return f"{registry}/{names.prefix}" if registry else names.prefix


def build_arguments(
    release: Release,
    *,
    names: Names,
    visible: Mapping[str, str],
    extras: Mapping[str, str],
    node_image: str,
    source: str,
) -> dict[str, str]:
    """The image's build arguments: no secret is among them.

    Args:
        release: What is built.
        names: Names of the environment.
        visible: Public and plain variables under every name that the app has for them; absent ones are empty.
        extras: The application's own public and plain variables.
        node_image: Base image.
        source: The repository's address.
    """
    given = {name: value for name, value in visible.items() if value and name not in extras}
    own = {name: value for name, value in extras.items() if value}
    runtime = ["CLERK_API_URL", "CLERK_BACKEND_API_URL", *own]
    return {
        "NODE_IMAGE": node_image,
        "SOURCE": source,
        "APPLICATION": names.prefix,
        "RELEASE": release.name,
        **given,
        "EXTRA_VARIABLES": "\n".join(f"{name}={_quoted(name, value)}" for name, value in own.items()),
        "CLERK_DEPLOY_RUNTIME_VARIABLES": " ".join(
            name for name in runtime if not name.startswith("NEXT_PUBLIC_")
        ),
        "RELEASE_COMMIT": release.commit,
        "RELEASE_REVISION": release.revision,
        "RELEASE_JOB": "-",
        "RELEASE_SLOT": SLOT,
    }


def _quoted(name: str, value: str) -> str:
    """A value as it stands in a .env file that Next reads: it expands `$` in every kind of quotes."""
    quote = next((mark for mark in ("'", '"', "`") if mark not in value), None)
    if quote is None or "\n" in value:
        raise UnusableInputError(
            f"{name} has a line break or all three kinds of quotes: no .env file can hold it.",
            next_step="keep such a value in a store of your own and pass its address",
        )
    return f"{quote}{value.replace('$', chr(92) + '$')}{quote}"
