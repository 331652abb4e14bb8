"""What the commands for containers answer, as frozen types."""

from dataclasses import dataclass

from clerk_deploy.containers.docker import ServiceState
from clerk_deploy.containers.history import Entry
from clerk_deploy.release.ledger.records import Freeze


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a release or rollback that ended well went.

    Args:
        kind: `release`, `fallback` or `rollback`.
        outcome: `promoted` or `nothing to do`.
        release: The release that is live now.
        before: The release that was live before.
        built: Whether an image was built.
        seconds: From the start of the update to the last wanted answer.
        pruned: Releases whose images were removed.
    """

    kind: str
    outcome: str
    release: str
    before: str = ""
    built: bool = False
    seconds: float = 0.0
    pruned: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How an environment stands.

    Args:
        live: The release that the site itself names; empty when it does not answer.
        fallback: Whether it is the app with Clerk's own components.
        healthy: Whether it is well; None when it does not answer.
        silence: Why the site did not answer; empty when it did.
        service: The app's service; None before the first release.
        previous: Where a rollback would go; empty for nowhere.
        kept: Releases whose images the engine keeps, the newest first.
        condemned: Those that were rolled back.
        failed: Those that came to nothing when they were last tried.
        freeze: Who forbids releases.
        last: The last operation.
        secrets_since: When the secrets that run came to the engine, as ISO 8601.
        differences: What site, engine, Pulumi's state and the stack's file tell differently.
    """

    live: str
    fallback: bool
    healthy: bool | None
    silence: str
    service: ServiceState | None
    previous: str
    kept: tuple[str, ...]
    condemned: tuple[str, ...]
    failed: tuple[str, ...]
    freeze: Freeze | None
    last: Entry | None
    secrets_since: str
    differences: tuple[str, ...] = ()
