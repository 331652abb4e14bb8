"""The switch: the moment traffic moves, and the look that it has."""

from clerk_deploy.release.alarms import Alarm
from clerk_deploy.release.engine import Done, Engine
from clerk_deploy.release.errors import EdgeIsSlowError
from clerk_deploy.release.ledger.records import Operation
from clerk_deploy.release.rules import CONFIRM_TICK

CONFIRM_MINUTES = 5


def share(engine: Engine, operation: Operation) -> Done:
    """Send the canary's share of clients to the candidate."""
    engine.fence_check(operation)
    percent = engine.rules.canary_percent
    operation = _before(engine, operation).remember(canary=True)
    operation = start_bake(operation, "canary")
    engine.ledger.save(operation)
    engine.host.share(operation.target.slot, percent, fence=operation.number)
    return Done(operation, note=f"{percent} % of the clients get {operation.target.slot}")


def switch(engine: Engine, operation: Operation) -> Done:
    """Make the target live, and write down that it is. Doing it twice is doing it once.

    A rollback condemns what it leaves, whatever becomes of it: the way back leads on, not to and fro.
    """
    engine.fence_check(operation)
    operation = start_bake(_before(engine, operation), "live")
    engine.ledger.save(operation)
    target = operation.target
    engine.host.switch(target.slot, fence=operation.number)
    engine.alarms.mark_switch(target.slot)
    engine.ledger.set_live(target, now=engine.clock(), operation=operation.number)
    if operation.is_rollback:
        request = operation.request
        reason = request.reason or f"rolled back by {request.who or request.how}"
        condemn(engine, operation, operation.source.release, reason)
    return Done(operation, note=f"{target.slot} is live")


def condemn(engine: Engine, operation: Operation, release: str, reason: str) -> None:
    """Forbid a release until a person pardons it."""
    if release:
        by = operation.request.who or operation.request.how
        engine.ledger.condemn(release, reason=reason, by=by, now=engine.clock())


def _before(engine: Engine, operation: Operation) -> Operation:
    if operation.progress.before is not None:
        return operation
    red = engine.alarms.read(operation.target.slot) is Alarm.RED
    return operation.remember(before=operation.source, red_before=red)


def start_bake(operation: Operation, which: str) -> Operation:
    """With the counts of a bake at their beginning; a bake that goes on is left alone."""
    if operation.progress.baking == which:
        return operation
    return operation.remember(
        baking=which, looks=0, successes=0, failures=0, unreadable=0, readable=False, evidence=False
    )


def confirm(engine: Engine, operation: Operation) -> Done:
    """See whether the site answers from the target, a number of times in a row on each name.

    Raises:
        EdgeIsSlowError: It does not after minutes.
    """
    engine.fence_check(operation)
    return look_at_edge(engine, operation, operation.target.slot)


def look_at_edge(engine: Engine, operation: Operation, slot: str) -> Done:
    """One look at who answers, on all names of the site."""
    if engine.host.answers_from(slot, answers=engine.rules.confirm_answers):
        return Done(operation, note=f"every answer comes from {slot}", answer={"confirmed": True})
    what = f"edge-{slot}"
    operation = operation.waited(what)
    if operation.progress.waits[what] > engine.rules.looks(CONFIRM_MINUTES, tick=CONFIRM_TICK):
        raise EdgeIsSlowError(
            f"The site does not answer from {slot} {CONFIRM_MINUTES} minutes after the switch.",
            next_step="look at the distribution and its function in CloudFront's console",
        )
    return Done(operation, note=f"not every answer comes from {slot} yet", answer={"confirmed": False})
