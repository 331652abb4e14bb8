"""The schedule on which the fallback is built, so that it is known to build before it is needed."""

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from clerk_deploy.names import FALLBACK_CHECK, Names


class FallbackSchedule(Construct):
    """Rule that calls the function.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        names: Names of what the environment owns.
        days: Days between two builds.
        function: Starts the build.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, names: Names, days: int, function: lambda_.IFunction
    ) -> None:
        super().__init__(scope, construct_id)
        rule = events.CfnRule(
            self,
            "Schedule",
            name=names.alarm(FALLBACK_CHECK),
            description="Builds the fallback with Clerk's own components; failures are told",
            schedule_expression=f"rate({days} {'day' if days == 1 else 'days'})",
            targets=[events.CfnRule.TargetProperty(id="Fallback", arn=function.function_arn)],
        )
        lambda_.CfnPermission(
            self,
            "ScheduleMayCall",
            action="lambda:InvokeFunction",
            function_name=function.function_arn,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
        )
