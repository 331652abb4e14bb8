"""Between operations: an alarm after the bake, and operations that nobody runs any more."""

from clerk_deploy.release.alarms import Alarm
from clerk_deploy.release.engine import Engine
from clerk_deploy.release.ledger.records import ROLLBACK, Operation
from clerk_deploy.release.steps import finish

LOOKED_BACK = 20
"""Operations that a sweep looks at: lost ones are among the newest."""
LOST = "Its execution ended without it: stopped by a person, timed out, or lost."
AGAIN = "clerk-deploy history shows how far it came; ask again if you still want it"


def look_again(engine: Engine) -> str:
    """Read the live release's alarm; roll back when the rules say so. SNS tells of changes only.

    Returns:
        What was done.
    """
    state = engine.ledger.state()
    live = state.live
    if not live.slot or engine.alarms.read(live.slot) is not Alarm.RED:
        return "the alarm of the live release is silent"
    if engine.ledger.lock.look().holder:
        return "an operation is running; it looks itself"
    brought = engine.ledger.operation(state.operation)
    if brought and brought.progress.red_before:
        return "the alarm was red before this release and has not been OK since"
    # what an operation restored, or only found live, it did not bring there
    if brought and (brought.is_rollback or brought.target.slot != live.slot):
        return "a rollback is never rolled back by itself"
    window = engine.rules.rollback_window_minutes * 60
    if engine.clock() - state.since > window:
        return f"{live.release} is live for longer than {engine.rules.rollback_window_minutes} minutes"
    name = f"alarm-{state.operation}-{live.slot}"
    alarm = engine.names.release_alarm(live.slot)
    request = {"kind": ROLLBACK, "who": alarm, "how": "alarm", "reason": f"The alarm {alarm} is red."}
    started = engine.executions.start(name, request)
    return f"rollback {name} started" if started else f"rollback {name} was started before"


def on_alarm(engine: Engine, *, alarm: str, state: str) -> str:
    """An alarm changed its state: roll back, or tell why not.

    Args:
        engine: What the steps work with.
        alarm: The alarm's name.
        state: Its new state.
    """
    live = engine.ledger.state().live
    if state != Alarm.RED or not live.slot or alarm != engine.names.release_alarm(live.slot):
        return "not the live release's alarm, or not red"
    done = look_again(engine)
    if not done.startswith("rollback") and "running" not in done:
        engine.notifier.tell(
            subject=f"{live.release} is not rolled back by itself",
            body=f"The alarm {alarm} is red, and {done}.\nnext: clerk-deploy rollback",
        )
    return done


def sweep(engine: Engine) -> list[str]:
    """End what nobody runs any more, tell what was not told, look at the alarm.

    Returns:
        What was done.
    """
    done: list[str] = []
    holder = engine.ledger.lock.look().holder
    if holder and not engine.executions.is_running(holder):
        operation = engine.ledger.of_execution(holder)
        if operation:
            done.append(_clean(engine, operation))
    for operation in engine.ledger.operations(limit=LOOKED_BACK):
        if operation.running and not engine.executions.is_running(operation.execution):
            done.append(_clean(engine, operation))
        elif not operation.told and not engine.executions.is_running(operation.execution):
            engine.ledger.save(finish.notify(engine, operation).operation)
            done.append(f"told of operation {operation.number}")
    return [*done, look_again(engine)]


def _clean(engine: Engine, operation: Operation) -> str:
    """The end that a failure has too: restore, record, unlock, notify."""
    now = engine.clock()
    restored = finish.restore(engine, operation, reason=LOST)
    operation = restored.operation.with_step("Sweep", started=now, now=now, note=restored.note)
    engine.ledger.save(operation)
    operation = finish.record(engine, operation, error="Lost", reason=LOST, next_step=AGAIN).operation
    engine.ledger.save(operation)
    finish.unlock(engine, operation)
    engine.ledger.save(finish.notify(engine, operation).operation)
    return f"ended operation {operation.number}: {operation.outcome}"
