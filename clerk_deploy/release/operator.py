"""What a person at a terminal can do with releases: ask for them, look on, end them, freeze."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from clerk_deploy.errors import UnreachableError
from clerk_deploy.release.errors import UNWATCHED, UNWATCHED_ONE, NothingToRollBackToError
from clerk_deploy.release.executions import StateMachine
from clerk_deploy.release.ledger.ledger import Ledger
from clerk_deploy.release.ledger.records import (
    HELD,
    RELEASE,
    ROLLBACK,
    Freeze,
    Good,
    Operation,
    Request,
    Step,
)

LOOK_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What is new about an operation.

    Args:
        operation: As it is now; None before it began.
        steps: Steps that ended, or changed their note, since the last time.
        status: The execution's.
    """

    operation: Operation | None
    steps: tuple[Step, ...]
    status: str

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status not in ("RUNNING", "")


@dataclass(frozen=True, kw_only=True)
class WayBack:
    """What a rollback would do.

    Args:
        source: The release that is live.
        target: The release that it goes back to.
        slot: The slot that holds it; empty when it must be rebuilt.
    """

    source: str
    target: Good
    slot: str


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Releases of one environment, from outside.

    Args:
        ledger: Its ledger.
        machine: Its state machine.
        clock: Seconds since the epoch.
        sleep: Waits some seconds.
    """

    ledger: Ledger
    machine: StateMachine
    clock: Callable[[], float]
    sleep: Callable[[float], None]

    def start(self, request: Request) -> str:
        """Ask for an operation.

        Returns:
            The execution that runs it.
        """
        name = f"{request.kind}-{request.how}-{int(self.clock() * 1000)}"
        asked = {key: value for key, value in request.plain().items() if value}
        self.machine.start(name, asked)
        return self.machine.execution(name)

    def watch(self, execution: str) -> Iterator[Progress]:
        """What happens in an operation, until it ended."""
        seen: dict[int, Step] = {}
        while True:
            # the status first: what the steps wrote before it ended is then there to be read
            status = self.machine.status(execution)
            operation = self.ledger.of_execution(execution)
            steps = operation.steps if operation else ()
            new = tuple(
                step for index, step in enumerate(steps) if seen.get(index, replace(step, note="\0")) != step
            )
            seen = dict(enumerate(steps))
            yield Progress(operation=operation, steps=new, status=status)
            if status not in ("RUNNING", ""):
                return
            self.sleep(LOOK_SECONDS)

    def way_back(self, to: str = "") -> WayBack:
        """What a rollback would do now; the operation itself decides again.

        Raises:
            NothingToRollBackToError: There is nothing to go back to.
        """
        state, condemned = self.ledger.state(), self.ledger.condemned()
        good = [one for one in self.ledger.good() if one.release != state.live.release]
        wanted = [one for one in good if one.release.startswith(to) or one.commit.startswith(to)]
        found = next((one for one in wanted if to or one.release not in condemned), None)
        if found is None:
            named = f"{to} {UNWATCHED_ONE}" if to else UNWATCHED
            raise NothingToRollBackToError(
                f"There is nothing to go back to from {state.live.release or 'the first release'}: {named}.",
                next_step="clerk-deploy history lists releases; or release a commit that mends it",
            )
        slots = self.ledger.slots().values()
        slot = next((each.slot for each in slots if each.state == HELD and each.release == found.release), "")
        return WayBack(source=state.live.release, target=found, slot=slot)

    def running(self) -> Operation | None:
        """The operation that holds the lock."""
        lock = self.ledger.lock.look()
        return self.ledger.of_execution(lock.holder) if lock.holder else None

    def abort(self, *, by: str) -> Operation:
        """Ask the running operation to end; it does so before its next step, and restores what it changed.

        Raises:
            UnreachableError: It ended by itself meanwhile.
            NothingToRollBackToError: Nothing is running.
        """
        operation = self.running()
        if operation is None:
            raise NothingToRollBackToError(
                "No operation is running.", next_step="clerk-deploy history shows the last ones"
            )
        if not self.ledger.ask_to_end(operation.number, by=by):
            raise UnreachableError(
                f"Operation {operation.number} ended by itself meanwhile.", next_step="clerk-deploy status"
            )
        return operation

    def freeze(self, *, by: str, reason: str, rollbacks: bool) -> None:
        """Forbid releases."""
        self.ledger.freeze(Freeze(by=by, reason=reason, at=self.clock(), rollbacks=rollbacks))

    def unfreeze(self) -> Freeze | None:
        """Allow releases again.

        Returns:
            The freeze that was lifted.
        """
        before = self.ledger.state().freeze
        if before:
            self.ledger.freeze(None)
        return before


def release_request(commit: str, *, who: str, **flags: Any) -> Request:
    """A request for a release from a terminal."""
    return Request(kind=RELEASE, commit=commit, who=who, how="cli", **flags)


def rollback_request(to: str, *, who: str, **more: Any) -> Request:
    """A request for a rollback from a terminal."""
    return Request(kind=ROLLBACK, to=to, who=who, how="cli", **more)
