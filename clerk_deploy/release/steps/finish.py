"""The ends of an operation: promoted, or restored, and in any case recorded, unlocked and told."""

from dataclasses import replace
from typing import Any

from clerk_deploy.errors import UnreachableError
from clerk_deploy.release.engine import Done, Engine
from clerk_deploy.release.ledger.records import (
    ABORTED,
    BUILDING,
    NOTHING,
    PROMOTED,
    REFUSED,
    ROLLED_BACK,
    SUPERSEDED,
    Operation,
    SlotRecord,
)
from clerk_deploy.release.steps.plan import NOTHING as NOTHING_TO_DO
from clerk_deploy.release.steps.switch import condemn, look_at_edge

GOOD_KEPT = 50
"""Good releases that are remembered, to go back to by name."""
REFUSALS = frozenset(
    {
        "LockHeldError",
        "FrozenError",
        "CondemnedError",
        "AlarmIsRedError",
        "AlarmUnusableError",
        "OtherAppError",
        "RevisionPendingError",
        "NothingToRollBackToError",
        "UnknownReleaseError",
        "RefusedError",
        "UnusableInputError",
    }
)


def promote(engine: Engine, operation: Operation) -> Done:
    """Write down that it went well."""
    engine.fence_check(operation)
    now, target = engine.clock(), operation.target
    nothing = operation.progress.plan == NOTHING_TO_DO
    if not nothing and not operation.request.skip_bake:
        engine.ledger.add_good(target, now=now)
        engine.ledger.forget_good(one.release for one in engine.ledger.good()[GOOD_KEPT:])
    operation = replace(
        operation, outcome=NOTHING if nothing else PROMOTED, ended=now, reason=operation.request.reason
    )
    return Done(operation.remember(promoted=True), note=f"{target.release} is live")


def restore(engine: Engine, operation: Operation, *, reason: str) -> Done:
    """Bring traffic back to what was live before, if this operation moved it and is still in charge.

    A rollback is never rolled back: it stays where it is, and says so.
    """
    if not engine.ledger.lock.is_ours(operation) or operation.progress.promoted:
        return Done(operation, note="nothing to restore", answer={"restored": False})
    edge, target, before = engine.host.edge(), operation.target, operation.progress.before
    if before is None or not target.slot:
        return Done(operation, note="traffic was never moved", answer={"restored": False})
    if edge.candidate == target.slot:
        engine.host.share("", 0, fence=operation.number)
    if edge.live != target.slot:
        return _after_canary(engine, operation, reason)
    if operation.is_rollback or not before.slot:
        why = "a rollback is not rolled back" if operation.is_rollback else "nothing was live before it"
        return Done(operation, note=f"{target.slot} stays live: {why}", answer={"restored": False})
    _warm(engine, before.slot)
    engine.host.switch(before.slot, fence=operation.number)
    engine.ledger.set_live(before, now=engine.clock(), operation=operation.number)
    condemn(engine, operation, target.release, reason)
    operation = operation.remember(restored=True)
    return Done(operation, note=f"traffic is back on {before.slot}", answer={"restored": True})


def _after_canary(engine: Engine, operation: Operation, reason: str) -> Done:
    """Users were on it: what fails a canary is condemned like what fails a bake."""
    restored = operation.progress.restored
    if operation.progress.canary and not restored:
        condemn(engine, operation, operation.target.release, reason)
        operation = operation.remember(restored=True)
        return Done(operation, note="its share of the clients was taken back", answer={"restored": True})
    return Done(operation, note="traffic was never moved", answer={"restored": restored})


def _warm(engine: Engine, slot: str) -> None:
    try:
        engine.host.health(slot)
    except UnreachableError:
        return  # it was live minutes ago, and there is nothing better


def confirm_restored(engine: Engine, operation: Operation) -> Done:
    """See whether the site answers from what was live before.

    Raises:
        EdgeIsSlowError: It does not after minutes.
    """
    before = operation.progress.before
    if before is None or not engine.ledger.lock.is_ours(operation):
        return Done(operation, answer={"confirmed": True})
    return look_at_edge(engine, operation, before.slot)


def record(engine: Engine, operation: Operation, *, error: str, reason: str, next_step: str) -> Done:
    """Write down how it ended; what it was building is ended too.

    Args:
        engine: What the steps work with.
        operation: The operation.
        error: Name of the error that ended it.
        reason: Its message.
        next_step: What to do now.
    """
    if not operation.running:
        return Done(operation, answer=_verdict(operation))
    note = _end_build(engine, operation)
    operation = replace(
        operation,
        outcome=outcome_of(operation, error),
        reason=reason,
        next_step=next_step,
        ended=engine.clock(),
    )
    return Done(operation, note=note, answer=_verdict(operation))


def outcome_of(operation: Operation, error: str) -> str:
    """How an operation ended that an error ended."""
    if operation.progress.restored:
        return ROLLED_BACK
    if error == "SupersededError":
        return SUPERSEDED
    untouched = operation.progress.before is None and operation.progress.jobs_before is None
    return REFUSED if untouched and error in REFUSALS else ABORTED


def _verdict(operation: Operation) -> dict[str, Any]:
    """As Step Functions and CodePipeline show it."""
    words = operation.outcome.title().replace(" ", "")
    cause = f"{operation.reason} next: {operation.next_step}" if operation.next_step else operation.reason
    return {"Error": words, "Cause": cause}


def _end_build(engine: Engine, operation: Operation) -> str:
    target = operation.target
    if not target.slot or operation.progress.jobs_before is None:
        return ""
    if engine.ledger.slots()[target.slot].state != BUILDING:
        return ""
    if target.job:
        try:
            engine.host.stop(target.slot, target.job)
        except Exception as error:  # best effort: the next build in this slot ends it too
            return f"job {target.job} could not be ended: {type(error).__name__}"
    if engine.ledger.lock.is_ours(operation):
        engine.ledger.put_slot(SlotRecord(slot=target.slot))
    return ""


def unlock(engine: Engine, operation: Operation) -> Done:
    """Give the lock back."""
    keeper = engine.ledger.lock
    if keeper.release(operation):
        return Done(operation)
    return Done(operation, note="another operation has it" if keeper.look().holder else "it had none")


def notify(engine: Engine, operation: Operation) -> Done:
    """Tell people, once."""
    if operation.told:
        return Done(operation)
    engine.notifier.ended(operation)
    return Done(replace(operation, told=True))
