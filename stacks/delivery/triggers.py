"""What wakes the functions: release alarms, executions that ended badly, and a schedule."""

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from clerk_deploy.names import Names

SWEEP_MINUTES = 5


class Triggers(Construct):
    """Subscription and rules.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        names: Names of what the environment owns.
        release_topic_arn: Where the release alarms speak.
        machine_arn: The state machine.
        alarm: Hears alarms.
        sweep: Cleans up.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        release_topic_arn: str,
        machine_arn: str,
        alarm: lambda_.IFunction,
        sweep: lambda_.IFunction,
    ) -> None:
        super().__init__(scope, construct_id)
        sns.CfnSubscription(
            self,
            "Alarms",
            protocol="lambda",
            topic_arn=release_topic_arn,
            endpoint=alarm.function_arn,
        )
        self._allow("Alarms", alarm, principal="sns.amazonaws.com", source=release_topic_arn)
        schedule = events.CfnRule(
            self,
            "Schedule",
            name=names.alarm("release-sweep"),
            description="Ends releases that nobody runs any more, and looks at the live release's alarm",
            schedule_expression=f"rate({SWEEP_MINUTES} minutes)",
            targets=[events.CfnRule.TargetProperty(id="Sweep", arn=sweep.function_arn)],
        )
        self._allow("Schedule", sweep, principal="events.amazonaws.com", source=schedule.attr_arn)
        ended = events.CfnRule(
            self,
            "Ended",
            name=names.alarm("release-ended"),
            description="Cleans up after a release that was stopped or timed out; events are best effort",
            event_pattern={
                "source": ["aws.states"],
                "detail-type": ["Step Functions Execution Status Change"],
                "detail": {
                    "stateMachineArn": [machine_arn],
                    "status": ["FAILED", "TIMED_OUT", "ABORTED"],
                },
            },
            targets=[events.CfnRule.TargetProperty(id="Sweep", arn=sweep.function_arn)],
        )
        self._allow("Ended", sweep, principal="events.amazonaws.com", source=ended.attr_arn)

    def _allow(self, name: str, function: lambda_.IFunction, *, principal: str, source: str) -> None:
        lambda_.CfnPermission(
            self,
            f"{name}MayCall",
            action="lambda:InvokeFunction",
            function_name=function.function_arn,
            principal=principal,
            source_arn=source,
        )
