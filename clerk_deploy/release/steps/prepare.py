"""Bringing addresses and tokens to the edge."""

from clerk_deploy.release.engine import Done, Engine
from clerk_deploy.release.ledger.records import Operation


def prepare(engine: Engine, operation: Operation) -> Done:
    """Bring slot domains and tokens into the edge's store; traffic stays where it is."""
    engine.fence_check(operation)
    edge = engine.host.prepare(fence=operation.number)
    if edge.candidate:
        # an operation that was lost in its canary: its share goes back to the live release
        engine.host.share("", 0, fence=operation.number)
        return Done(operation, note=f"took back the share of {edge.candidate}")
    return Done(operation)
