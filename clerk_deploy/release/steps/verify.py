"""Verifying the candidate on the production domain, before anybody is sent to it."""

from dataclasses import replace

from clerk_deploy.errors import CheckFailedError, UnreachableError
from clerk_deploy.release.engine import Done, Engine
from clerk_deploy.release.errors import VerificationFailedError
from clerk_deploy.release.health import Health, expect_release
from clerk_deploy.release.ledger.records import HELD, Operation, Placement
from clerk_deploy.release.which_app import require_same_app

WARM_SECONDS = 40.0
"""A slot may start cold, and what was written to the edge takes its time."""


def verify(engine: Engine, operation: Operation) -> Done:
    """Warm the slot, see that it serves what was built, then look at it as a user would.

    In an emergency (a rollback, or a release without a bake) health is enough.

    Raises:
        VerificationFailedError: It is not what it should be.
        OtherAppError: It is the fallback and should not be, or the other way round.
    """
    engine.fence_check(operation)
    target = operation.target
    health = await_health(engine, target)
    _note_which_app(engine, target.slot, health)
    require_same_app(health.release, is_fallback=health.is_fallback, wanted=target.fallback)
    if operation.is_rollback or operation.request.skip_bake:
        return Done(operation, note=f"{target.slot} is well: {health.release}")
    told = engine.verifier.candidate(target)
    return Done(operation, note=told)


def _note_which_app(engine: Engine, slot: str, health: Health) -> None:
    """The ledger tells what a slot holds, not what was asked for."""
    record = engine.ledger.slots()[slot]
    if record.state == HELD and record.fallback != health.is_fallback:
        engine.ledger.put_slot(replace(record, fallback=health.is_fallback))


def await_health(engine: Engine, target: Placement) -> Health:
    """Ask a slot until it is well and serves what it should.

    Raises:
        VerificationFailedError: It was not in time; the message has the last answer.
    """
    deadline = engine.clock() + WARM_SECONDS
    while True:
        try:
            health = engine.host.health(target.slot)
            expect_release(health, commit=target.commit, slot=target.slot, job=target.job or health.job)
            if health.revision != target.revision:
                raise CheckFailedError(
                    f"{target.slot} was built with revision {health.revision[:8]}, "
                    f"not {target.revision[:8]}.",
                    next_step="the Hosting stack was deployed meanwhile: release again",
                )
            return health
        except (CheckFailedError, UnreachableError) as error:
            if engine.clock() >= deadline:
                raise VerificationFailedError(error.message, next_step=error.next_step) from None
            engine.sleep(1.0)
