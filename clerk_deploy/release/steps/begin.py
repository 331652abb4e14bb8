"""Beginning: number, lock, and everything that may forbid it."""

from dataclasses import replace

from clerk_deploy.release.alarms import Alarm
from clerk_deploy.release.engine import Done, Engine
from clerk_deploy.release.errors import AlarmIsRedError, FrozenError, LockHeldError, OtherAppError
from clerk_deploy.release.ledger.records import (
    HELD,
    PIPELINE,
    PIPELINE_ROLLBACK,
    ROLLBACK,
    Operation,
    Placement,
    Request,
    SlotRecord,
)

BY_CONSOLE = "The pipeline's stage was rolled back."


def open_operation(engine: Engine, request: Request, *, execution: str) -> Operation:
    """The operation of an execution; a second call finds the first one's."""
    known = engine.ledger.of_execution(execution)
    if known:
        return known
    asked = request.pipeline_execution
    if asked and engine.pipeline.is_rollback(asked):
        request = replace(
            request, kind=ROLLBACK, to=request.commit, commit="", how=PIPELINE_ROLLBACK, reason=BY_CONSOLE
        )
    # the edge's number may be ahead of a ledger that was restored
    return engine.ledger.begin(
        request, execution=execution, now=engine.clock(), above=engine.host.edge().fence
    )


def begin(engine: Engine, operation: Operation) -> Done:
    """Take the lock, bring the ledger up to what the edge says, refuse what is forbidden now.

    Raises:
        RefusedError: Lock, freeze or alarm forbid it.
    """
    if not operation.running:
        raise LockHeldError(
            f"Operation {operation.number} has ended already: {operation.outcome}.",
            next_step="ask again under a new execution",
        )
    _refuse_frozen(engine, operation)
    before = engine.ledger.lock.acquire(operation, now=engine.clock())
    engine.fence_check(operation)
    note = _preempted(before.holder, before.number, operation)
    operation, differed = _reconcile(engine, operation)
    if not operation.is_rollback:
        _refuse_to_replace_fallback(operation)
        _refuse_unwatched(engine, operation)
        if not operation.request.skip_bake:
            engine.verifier.require_ready()
        note += _credit(engine, operation.source)
    return Done(operation, note=" ".join(filter(None, (note, differed))))


def _refuse_frozen(engine: Engine, operation: Operation) -> None:
    freeze = engine.ledger.state().freeze
    if freeze and (freeze.rollbacks or not operation.is_rollback):
        raise FrozenError(
            f"{engine.names.environment} is frozen by {freeze.by}: {freeze.reason}",
            next_step="ask them, or clerk-deploy unfreeze; a rollback is possible all the same"
            if not freeze.rollbacks
            else "ask them, or clerk-deploy unfreeze",
        )


def _refuse_to_replace_fallback(operation: Operation) -> None:
    """A person fell back, for a reason; the next push to the branch is none to end that."""
    if operation.source.fallback and operation.request.how == PIPELINE:
        raise OtherAppError(
            "The fallback is live: the pipeline does not replace it.",
            next_step="clerk-deploy rollback, or clerk-deploy release COMMIT, when its reason is gone",
        )


def _refuse_unwatched(engine: Engine, operation: Operation) -> None:
    engine.alarms.require_usable()
    live = operation.source.slot
    if live and engine.alarms.read(live) is Alarm.RED and not operation.request.despite_alarm:
        raise AlarmIsRedError(
            f"The alarm {engine.names.release_alarm(live)} of the live release is red.",
            next_step="clerk-deploy rollback; or, if this release is the fix, "
            "clerk-deploy release --despite-alarm",
        )


def _credit(engine: Engine, live: Placement) -> str:
    """A release that was never watched, but has been live for that long without its alarm, has baked too."""
    known = {one.release for one in engine.ledger.good()} | set(engine.ledger.condemned())
    now, since = engine.clock(), engine.ledger.state().since
    if not live.release or live.release in known or now - since < 60 * engine.rules.bake_minutes:
        return ""
    proven = not engine.rules.evidence or engine.alarms.evidence_since(live.slot, since=since, now=now)
    if not proven or engine.alarms.read(live.slot) is not Alarm.OK:
        return ""
    engine.ledger.add_good(live, now=now)
    return f"{live.release} has baked while it was live"


def _preempted(holder: str, number: int, operation: Operation) -> str:
    if not holder or number in (0, operation.number):
        return ""
    return f"took the lock from operation {number}"


def _reconcile(engine: Engine, operation: Operation) -> tuple[Operation, str]:
    """What is live by the edge, in the ledger too; the edge is the truth."""
    state, slots = engine.ledger.state(), engine.ledger.slots()
    live = engine.host.edge().live
    if live == state.live.slot:
        return replace(operation, source=state.live), ""
    record = slots[live] if live else SlotRecord(slot="")
    placement = record.placement if record.state == HELD else Placement(slot=live)
    if live and not placement.release:
        placement = _ask(engine, live)
        engine.ledger.put_slot(SlotRecord(state=HELD, built_at=engine.clock(), **placement.plain()))
    # the switch's own record comes right after it: only a crash between the two looks like this
    engine.ledger.set_live(placement, now=engine.clock(), operation=operation.number)
    told = f"the ledger said {state.live.slot or 'nothing'} was live, the edge {live or 'nothing'}"
    return replace(operation, source=placement), told


def _ask(engine: Engine, slot: str) -> Placement:
    health = engine.host.health(slot)
    return Placement(
        release=health.release,
        commit=health.commit,
        revision=health.revision,
        slot=slot,
        job=health.job,
        fallback=health.is_fallback,
    )
