"""State machines' waits and retries follow the rehearsal's time scale; ministack has a setting of its own."""

from ministack.services import stepfunctions

from rehearsal.aws.cloudwatch.clock import Clock


def apply(*, clock: Clock) -> None:
    """Divide waits by the scale.

    Args:
        clock: AWS's time.
    """
    if not hasattr(stepfunctions, "_SFN_WAIT_SCALE"):
        raise RuntimeError("ministack scales waits in another way now: look at this patch again")
    stepfunctions._SFN_WAIT_SCALE = 1 / clock.scale
