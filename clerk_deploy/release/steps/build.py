"""Building the candidate in its slot."""

from dataclasses import replace

from clerk_deploy.release.engine import Done, Engine
from clerk_deploy.release.errors import BuildFailedError
from clerk_deploy.release.ledger.records import BUILDING, HELD, Operation, SlotRecord
from clerk_deploy.release.rules import BUILD_TICK
from clerk_deploy.release.slots import Build

QUEUED = ("CREATED", "PENDING", "PROVISIONING")


def start_build(engine: Engine, operation: Operation) -> Done:
    """Point the slot's branch at the commit and start its build, once.

    Raises:
        BuildFailedError: The host took no further job for too long.
    """
    engine.fence_check(operation)
    target = operation.target
    if target.job:
        return Done(operation, note=f"job {target.job}", answer={"started": True})
    newest = engine.host.newest(target.slot)
    if operation.progress.jobs_before is None:
        if newest and not newest.finished:
            # somebody's who is not at work any more: the lock is ours
            engine.host.stop(target.slot, newest.job)
            return _again(engine, operation, f"ended job {newest.job}, which nobody waits for")
        operation = operation.remember(jobs_before=newest.job if newest else "")
        engine.ledger.put_slot(SlotRecord(**{**target.plain(), "state": BUILDING, "job": ""}))
        engine.ledger.save(operation)
    elif newest and newest.job != operation.progress.jobs_before:
        return _started(operation, newest, "found again: ")
    build = engine.host.start(target.slot, target.commit)
    if build is None:
        return _again(engine, operation, "Amplify takes no further job now")
    return _started(operation, build, "")


def _started(operation: Operation, build: Build, how: str) -> Done:
    operation = replace(operation, target=replace(operation.target, job=build.job))
    return Done(operation, note=f"{how}job {build.job}", answer={"started": True})


def _again(engine: Engine, operation: Operation, note: str) -> Done:
    operation = operation.waited("start")
    if operation.progress.waits["start"] > engine.rules.looks(engine.rules.queue_minutes, tick=BUILD_TICK):
        raise BuildFailedError(
            f"No build could be started in {engine.rules.queue_minutes} minutes: {note}.",
            next_step="see what else Amplify builds in this account, then release again",
        )
    return Done(operation, note=note, answer={"started": False})


def look_at_build(engine: Engine, operation: Operation) -> Done:
    """Look at the build; waiting in the queue is counted apart from building.

    Raises:
        BuildFailedError: It failed, or takes too long; then it is ended.
    """
    engine.fence_check(operation)
    target = operation.target
    build = engine.host.look(target.slot, target.job)
    if build.finished:
        return _finished(engine, operation, build)
    queued = build.status in QUEUED
    what, minutes = ("queue", engine.rules.queue_minutes) if queued else ("build", engine.rules.build_minutes)
    operation = operation.waited(what)
    if operation.progress.waits[what] > engine.rules.looks(minutes, tick=BUILD_TICK):
        engine.host.stop(target.slot, target.job)
        raise BuildFailedError(
            f"Job {target.job} of {target.slot} is {build.status} for {minutes} minutes; it was ended.",
            next_step=f"read its log: {build.log_url or 'in the console of Amplify'}; then release again",
        )
    return Done(operation, note=f"job {target.job}: {build.status}", answer={"finished": False})


def _finished(engine: Engine, operation: Operation, build: Build) -> Done:
    target = operation.target
    if build.status != "SUCCEED":
        raise BuildFailedError(
            f"Job {target.job} of {target.slot} ended {build.status}: {build.reason or 'no reason given'}",
            next_step=f"read its log: {build.log_url or 'in the console of Amplify'}",
        )
    record = SlotRecord(**{**target.plain(), "state": HELD, "built_at": engine.clock()})
    engine.ledger.put_slot(record)
    return Done(operation, note=f"job {target.job}: {build.status}", answer={"finished": True})
