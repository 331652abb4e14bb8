"""Watching a release after the switch, or a canary before it: it passes on evidence, not on silence."""

from clerk_deploy.release.alarms import Alarm
from clerk_deploy.release.engine import Done, Engine
from clerk_deploy.release.errors import BakeFailedError, VerificationFailedError
from clerk_deploy.release.ledger.records import Operation
from clerk_deploy.release.rules import BAKE_TICK

UNREADABLE_TOLERATED = 4
"""Times in a row that the alarm may be unreadable; the next one ends the bake (as Argo Rollouts has it)."""
FAILURES_TOLERATED = 2
"""Verifications in a row that may fail; the next one ends the bake."""
GRACE_MINUTES = 5
"""How much longer evidence is waited for: metrics come late."""


def bake(engine: Engine, operation: Operation) -> Done:
    """One look of a bake.

    Raises:
        BakeFailedError: The alarm is red, the verification fails, or no evidence came.
    """
    engine.fence_check(operation)
    operation = _verify(engine, _read_alarm(engine, operation))
    operation = _look_for_evidence(engine, operation).remember(looks=operation.progress.looks + 1)
    progress = operation.progress
    minutes = engine.rules.canary_minutes if progress.baking == "canary" else engine.rules.bake_minutes
    wanted = engine.rules.looks(minutes, tick=BAKE_TICK)
    lacking = _lacking(engine, operation)
    passed = progress.looks >= wanted and not lacking
    if not passed and progress.looks >= wanted + engine.rules.looks(GRACE_MINUTES, tick=BAKE_TICK):
        raise BakeFailedError(
            f"After {minutes} + {GRACE_MINUTES} minutes there is still no proof that the release is well: "
            f"{lacking}.",
            next_step="see whether its lines arrive as metrics (dashboard `release`), then release again",
        )
    note = f"look {progress.looks} of {wanted}, {progress.successes} verified"
    return Done(
        operation, note=f"{note}; waits for {lacking}" if lacking else note, answer={"passed": passed}
    )


def _read_alarm(engine: Engine, operation: Operation) -> Operation:
    slot = operation.target.slot
    name = engine.names.release_alarm(slot)
    state = engine.alarms.read(slot)
    if state is Alarm.RED and not operation.progress.red_before:
        raise BakeFailedError(f"The alarm {name} is red.", next_step="clerk-deploy logs tells what failed")
    if state in (Alarm.MISSING, Alarm.DISABLED):
        raise BakeFailedError(
            f"The alarm {name} is of no use: {state}.",
            next_step=f"cdk deploy '{engine.names.environment}/Monitoring', then release again",
        )
    unreadable = operation.progress.unreadable + 1 if state is Alarm.UNREADABLE else 0
    if unreadable > UNREADABLE_TOLERATED:
        raise BakeFailedError(
            f"The alarm {name} could not be read {unreadable} times in a row.",
            next_step="see whether the release role may call cloudwatch:DescribeAlarms, then release again",
        )
    red_before = operation.progress.red_before and state is not Alarm.OK
    # INSUFFICIENT_DATA is no proof: the parts of a release alarm take silence for good, so it does not last
    return operation.remember(unreadable=unreadable, readable=state is Alarm.OK, red_before=red_before)


def _verify(engine: Engine, operation: Operation) -> Operation:
    progress = operation.progress
    look = engine.verifier.candidate_again if progress.baking == "canary" else engine.verifier.live
    try:
        look(operation.target)
    except VerificationFailedError as error:
        if progress.failures >= FAILURES_TOLERATED:
            raise BakeFailedError(
                f"{progress.failures + 1} verifications in a row failed: {error.message}",
                next_step=error.next_step,
            ) from None
        return operation.remember(failures=progress.failures + 1)
    return operation.remember(failures=0, successes=progress.successes + 1)


def _look_for_evidence(engine: Engine, operation: Operation) -> Operation:
    if operation.progress.evidence or not engine.rules.evidence:
        return operation.remember(evidence=True)
    seen = engine.alarms.evidence_since(operation.target.slot, since=operation.started, now=engine.clock())
    return operation.remember(evidence=seen)


def _lacking(engine: Engine, operation: Operation) -> str:
    progress, lacking = operation.progress, []
    if progress.successes < engine.rules.verifications:
        lacking.append(f"{engine.rules.verifications - progress.successes} more verifications")
    if not progress.readable:
        lacking.append("an alarm that says OK")
    if not progress.evidence:
        lacking.append("its own lines as a metric")
    return ", ".join(lacking)
