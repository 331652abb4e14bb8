"""What the steps work with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from clerk_deploy.names import Names
from clerk_deploy.release.alarms import Alarms
from clerk_deploy.release.errors import AbortedError
from clerk_deploy.release.health import Health
from clerk_deploy.release.host import Host
from clerk_deploy.release.ledger.ledger import Ledger
from clerk_deploy.release.ledger.records import Operation, Placement
from clerk_deploy.release.notify import Notifier
from clerk_deploy.release.rules import Rules


class Verifier(Protocol):
    """Looks at a release from outside, as a user would."""

    def require_ready(self) -> None:
        """Refuse to begin what could not be verified.

        Raises:
            UnusableInputError: Something that it needs is missing.
        """

    def candidate(self, placement: Placement) -> str:
        """Verify what a slot holds; a sentence about it.

        Raises:
            VerificationFailedError: It is not as it should be.
        """

    def candidate_again(self, placement: Placement) -> str:
        """Look at what a slot holds quickly, as a canary's bake does each half minute.

        Raises:
            VerificationFailedError: It is not as it should be.
        """

    def live(self, placement: Placement) -> str:
        """Verify the live site quickly, as a bake does each half minute.

        Raises:
            VerificationFailedError: It is not as it should be.
        """


class Pipelines(Protocol):
    """The pipeline that asks for releases."""

    def is_rollback(self, execution: str) -> bool:
        """Whether an execution is a stage rollback."""


class Executions(Protocol):
    """The state machine's executions."""

    def is_running(self, execution: str) -> bool:
        """Whether an execution is at work."""

    def start(self, name: str, request: dict[str, Any]) -> bool:
        """Start one; False when one of that name was started before."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """All that the steps of an environment work with.

    Args:
        names: Names of what the environment owns.
        host: Where releases live.
        ledger: What was done and what is.
        alarms: The release alarms.
        verifier: Looks at a release from outside.
        notifier: Tells people.
        executions: The state machine's executions.
        pipeline: The pipeline that asks for releases.
        rules: The settings.
        clock: Seconds since the epoch.
        sleep: Waits some seconds.
    """

    names: Names
    host: Host
    ledger: Ledger
    alarms: Alarms
    verifier: Verifier
    notifier: Notifier
    executions: Executions
    pipeline: Pipelines
    rules: Rules
    clock: Callable[[], float]
    sleep: Callable[[float], None]

    def fence_check(self, operation: Operation) -> None:
        """Refuse to go on when another operation has the lock, or a person wants an end.

        Raises:
            SupersededError: Another operation took the lock.
            AbortedError: A person ended this one.
        """
        self.ledger.lock.check(operation)
        if operation.abort:
            raise AbortedError(f"Ended by {operation.abort}.", next_step="release again whenever you want to")


@dataclass(frozen=True)
class Done:
    """What a step did.

    Args:
        operation: The operation, with what the step found out.
        note: A few words for the ledger and for who looks on.
        answer: What the state machine decides by.
    """

    operation: Operation
    note: str = ""
    answer: dict[str, Any] = field(default_factory=dict)


def is_what_was_built(health: Health, placement: Placement) -> bool:
    """Whether an answer comes from the release that a slot should hold."""
    return (health.commit, health.revision, health.slot) == (
        placement.commit,
        placement.revision,
        placement.slot,
    )
