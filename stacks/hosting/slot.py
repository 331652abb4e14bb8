"""A slot: one of the three Amplify branches that releases are built into."""

from collections.abc import Mapping

from aws_cdk import aws_amplify as amplify
from constructs import Construct


class Slot(amplify.CfnBranch):
    """An Amplify branch that nothing but a release builds.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        app: The Amplify app.
        branch: The git branch, which releases point at the commit to build.
        variables: Value by name, for the build.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        app: amplify.CfnApp,
        branch: str,
        variables: Mapping[str, str],
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            app_id=app.attr_app_id,
            branch_name=branch,
            stage="PRODUCTION",
            framework="Next.js - SSR",
            enable_auto_build=False,
            enable_pull_request_preview=False,
            enable_performance_mode=False,
            # clients would stay on a bad deployment after a rollback
            enable_skew_protection=False,
            environment_variables=[
                amplify.CfnBranch.EnvironmentVariableProperty(name=name, value=value)
                for name, value in variables.items()
            ],
        )
