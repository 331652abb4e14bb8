"""About what a run costs: list prices times the hours that the environment is there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from clerk_deploy.acceptance.plan import Plan

AS_OF: Final = "November 2026, us-east-1, without free tiers and taxes"
HOURS: Final = 2
"""Hours that the environment is there: about one and a quarter, rounded up as AWS does."""
HOURS_OF_MONTH: Final = 730
BUILD_MINUTES: Final = 16
"""Two builds of eight minutes."""
BUILD_MINUTE_USD: Final = 0.01

MONTHLY_USD: Final[Mapping[str, float]] = {
    "AWS::KMS::Key": 1.00,
    "AWS::SecretsManager::Secret": 0.40,
    "AWS::WAFv2::WebACL": 5.00,
    "AWS::CloudWatch::Alarm": 0.10,
    "AWS::CloudWatch::CompositeAlarm": 0.50,
    "AWS::CloudWatch::AnomalyDetector": 0.30,
    "AWS::CloudWatch::Dashboard": 3.00,
    "AWS::Logs::MetricFilter": 0.30,
    "AWS::CloudFront::MonitoringSubscription": 2.40,
}
"""What is paid for being there. All else of an environment is paid for by use, and nobody uses this one."""
RULE_MONTHLY_USD: Final = 1.00


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the estimate.

    Args:
        what: What is paid for.
        number: How many.
        monthly: USD for a whole month, all of them.
    """

    what: str
    number: int
    monthly: float


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """About what a run costs.

    Args:
        lines: What is paid by the month.
        hours: Hours that are counted.
    """

    lines: tuple[Line, ...]
    hours: int = HOURS

    @property
    def monthly(self) -> float:
        """USD if it stayed for a month."""
        return sum(line.monthly for line in self.lines)

    @property
    def builds(self) -> float:
        """USD of the builds."""
        return BUILD_MINUTES * BUILD_MINUTE_USD

    @property
    def about(self) -> float:
        """USD of the run, months counted by the hour."""
        return self.monthly * self.hours / HOURS_OF_MONTH + self.builds


def estimate(plan: Plan) -> Estimate:
    """About what it costs to create a plan and delete it again."""
    lines = [
        Line(what=kind.removeprefix("AWS::"), number=plan.types[kind], monthly=plan.types[kind] * price)
        for kind, price in MONTHLY_USD.items()
        if plan.types.get(kind)
    ]
    if plan.rules:
        lines.append(Line(what="WAFv2 rules", number=plan.rules, monthly=plan.rules * RULE_MONTHLY_USD))
    return Estimate(lines=tuple(lines))
