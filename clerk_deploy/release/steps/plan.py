"""What is to be done: nothing, a switch to a slot that holds it, or a build."""

from dataclasses import replace

from clerk_deploy.errors import UnreachableError
from clerk_deploy.names import SLOTS
from clerk_deploy.release.engine import Done, Engine, is_what_was_built
from clerk_deploy.release.errors import (
    UNWATCHED,
    CondemnedError,
    NothingToRollBackToError,
    RevisionPendingError,
    UnknownReleaseError,
)
from clerk_deploy.release.github import COMMIT
from clerk_deploy.release.ledger.records import (
    HELD,
    PIPELINE_ROLLBACK,
    Good,
    Operation,
    Placement,
    SlotRecord,
)
from clerk_deploy.release.which_app import require_same_app

NOTHING, FROM_SLOT, BUILD = "nothing", "held", "build"


def plan(engine: Engine, operation: Operation) -> Done:
    """Decide; the decision stands when the step runs again.

    Raises:
        RefusedError: It is condemned, unknown, or there is nothing to go back to.
    """
    engine.fence_check(operation)
    if not operation.progress.plan:
        wanted = _to_go_back_to(engine, operation) if operation.is_rollback else _wanted(engine, operation)
        operation = _decide(engine, operation, wanted)
    plan_ = operation.progress.plan
    target = operation.target
    notes = {
        NOTHING: f"{target.release} is live already",
        FROM_SLOT: f"{target.slot} holds {target.release}",
        BUILD: f"{target.release} is to be built in {target.slot}",
    }
    note = notes[plan_]
    if operation.is_rollback and plan_ == BUILD:
        note += ": no slot holds it any more, so this is a new release of the old commit"
    return Done(
        operation,
        note=note,
        answer={"plan": plan_, "bake": _bakes(engine, operation), **_canary(engine, operation)},
    )


def _canary(engine: Engine, operation: Operation) -> dict[str, bool]:
    wanted = bool(engine.rules.canary_percent) and bool(operation.source.slot)
    return {"canary": wanted and not operation.is_rollback and not operation.request.skip_bake}


def _bakes(engine: Engine, operation: Operation) -> bool:
    return bool(engine.rules.bake_minutes) and not operation.request.skip_bake


def _wanted(engine: Engine, operation: Operation) -> Placement:
    request = operation.request
    deployed = _deployed(engine)
    asked = request.commit
    is_full = bool(COMMIT.match(asked))
    held = [slot for slot in engine.ledger.slots().values() if slot.state == HELD]
    known = is_full and any((slot.commit, slot.revision) == (asked, deployed) for slot in held)
    # GitHub is not asked for what is here already: it may be down
    commit = asked if known else engine.host.resolve(asked)
    release = f"{commit[:12]}-{deployed[:8]}"
    condemned = engine.ledger.condemned().get(release)
    if condemned and not request.pardon:
        raise CondemnedError(
            f"{release} was rolled back: {condemned.reason}",
            next_step="release a commit that mends it; or the same one again with --pardon",
        )
    if condemned:
        engine.ledger.pardon(release)
    return Placement(release=release, commit=commit, revision=deployed, fallback=request.fallback)


def _deployed(engine: Engine) -> str:
    deployed, pushed = engine.host.deployed_revision(SLOTS[0]), engine.host.pushed_revision()
    if deployed != pushed:
        raise RevisionPendingError(
            f"Revision {pushed[:8]} is pushed and {deployed[:8] or 'none'} is deployed.",
            next_step=f"cdk deploy '{engine.names.environment}/*', then release",
        )
    return deployed


def _to_go_back_to(engine: Engine, operation: Operation) -> Placement:
    condemned = engine.ledger.condemned()
    live = operation.source.release
    good = engine.ledger.good()
    if operation.request.to:
        return _named(good, operation, condemned=frozenset(condemned))
    found = next((one for one in good if one.release not in condemned and one.release != live), None)
    if found is None:
        raise NothingToRollBackToError(
            f"There is nothing to go back to from {live or 'the first release'}: {UNWATCHED}.",
            next_step="release a commit that mends it: clerk-deploy release COMMIT --despite-alarm",
        )
    return found.wanted


def _named(good: list[Good], operation: Operation, *, condemned: frozenset[str]) -> Placement:
    to = operation.request.to
    found = [one for one in good if one.release.startswith(to) or one.commit.startswith(to)]
    exact = [one for one in found if to in (one.release, one.commit)]
    found = exact or found
    if operation.request.how == PIPELINE_ROLLBACK:
        found = found[:1]
    if len({one.release for one in found}) != 1:
        what = "several releases" if found else "no release that baked well"
        raise UnknownReleaseError(
            f"{to} names {what}{': ' + ', '.join(one.release for one in found) if found else ''}.",
            next_step="clerk-deploy history lists them; name one as COMMIT-REVISION",
        )
    (one,) = found
    if one.release in condemned and not operation.request.pardon:
        raise CondemnedError(
            f"{one.release} was rolled back itself.",
            next_step="roll back to another one, or to it with --pardon",
        )
    return one.wanted


def _decide(engine: Engine, operation: Operation, wanted: Placement) -> Operation:
    if operation.source.release == wanted.release:
        require_same_app(
            operation.source.release, is_fallback=operation.source.fallback, wanted=wanted.fallback
        )
        return replace(operation, target=operation.source).remember(plan=NOTHING)
    for record in engine.ledger.slots().values():
        if record.state == HELD and record.release == wanted.release and _still_holds(engine, record):
            # which app it is, its verification asks itself
            target = replace(record.placement, fallback=wanted.fallback)
            return replace(operation, target=target).remember(plan=FROM_SLOT)
    revision = engine.host.deployed_revision(SLOTS[0])
    rebuilt = replace(wanted, release=f"{wanted.commit[:12]}-{revision[:8]}", revision=revision)
    slot = free_slot(engine, operation, wanted=rebuilt.release)
    return replace(operation, target=replace(rebuilt, slot=slot)).remember(plan=BUILD)


def _still_holds(engine: Engine, record: SlotRecord) -> bool:
    """Ask the slot: a person may have built something else in it. Silence is left to the verification."""
    try:
        health = engine.host.health(record.slot)
    except UnreachableError:
        return True
    if is_what_was_built(health, record.placement):
        return True
    engine.ledger.put_slot(SlotRecord(slot=record.slot))
    return False


def free_slot(engine: Engine, operation: Operation, *, wanted: str) -> str:
    """The slot to build in: never the live one, nor the one that holds the way back."""
    condemned = engine.ledger.condemned()
    slots = engine.ledger.slots()
    live = operation.source
    way_back = next(
        (
            record.slot
            for good in engine.ledger.good()
            for record in slots.values()
            if record.state == HELD
            and record.release == good.release
            and good.release not in condemned
            and record.release not in (live.release, wanted)
        ),
        "",
    )
    free = [record for record in slots.values() if record.slot not in (live.slot, way_back)]
    return min(free, key=lambda record: (record.state == HELD, record.built_at, record.slot)).slot
