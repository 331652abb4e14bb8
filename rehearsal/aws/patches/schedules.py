"""Rules on a schedule (`rate(5 minutes)`) follow the rehearsal's time scale, looked at every second."""

import inspect

from ministack.services import eventbridge

from rehearsal.aws.cloudwatch.clock import Clock


def apply(*, clock: Clock) -> None:
    """Divide the rate by the scale.

    Args:
        clock: AWS's time.
    """
    original = eventbridge._parse_rate_seconds
    if "_parse_rate_seconds(schedule)" not in inspect.getsource(eventbridge._tick_scheduled_rules):
        raise RuntimeError("ministack reads schedules in another way now: look at this patch again")

    def parse(expression: str) -> float | None:
        seconds = original(expression)
        return None if seconds is None else seconds / clock.scale

    eventbridge._parse_rate_seconds = parse
    eventbridge._SCHEDULER_TICK_INTERVAL = 1
