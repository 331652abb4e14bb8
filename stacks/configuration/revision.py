"""The SSM parameter that names the pushed revision."""

from aws_cdk import aws_ssm as ssm
from constructs import Construct

NOTHING_PUSHED = "none"
"""Value until the first push. No secret has a version of this id, so Hosting is refused till then."""


class RevisionParameter(ssm.CfnParameter):
    """The revision, written by `push` alone.

    CloudFormation writes a parameter's value again whenever any property or tag of it changes: change none of
    them, ever, or every environment falls back to "none" with its next deployment.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        name: The parameter's name.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str) -> None:
        super().__init__(
            scope,
            construct_id,
            name=name,
            type="String",
            value=NOTHING_PUSHED,
            description="Secrets Manager version id of the pushed variables; written by clerk-deploy alone",
        )
