"""Alarms by an honest evaluator and a clock.

ministack judges an alarm when a datapoint of its metric's name comes: it ignores dimensions, missing data,
M of N and metric math, and no alarm ever clears by itself.
"""

import inspect

from ministack.services import cloudwatch

from rehearsal.aws.cloudwatch.clock import Clock
from rehearsal.aws.cloudwatch.live import LiveEvaluator


def apply(*, account: str, region: str, clock: Clock) -> LiveEvaluator:
    """Let the evaluator judge alone.

    Args:
        account: The account.
        region: The region.
        clock: AWS's time.

    Returns:
        What has to be told every datapoint.
    """
    if "_metrics.items()" not in inspect.getsource(cloudwatch._evaluate_alarm):
        raise RuntimeError("ministack judges alarms in another way now: look at this patch again")
    evaluator = LiveEvaluator(account=account, region=region, clock=clock)
    cloudwatch._evaluate_alarm = lambda _alarm: None
    evaluator.start()
    return evaluator
