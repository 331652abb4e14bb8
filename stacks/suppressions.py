"""Findings of cdk-nag that are accepted, each with its reason beside the construct."""

from collections.abc import Mapping

import aws_cdk as cdk
from constructs import IConstruct


def acknowledge(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Accept findings about one construct and what is in it.

    Args:
        construct: Where the findings are.
        reasons: Why, by rule id, such as `AwsSolutions-SMG4`.
    """
    for rule, reason in reasons.items():
        cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=rule, reason=reason))
