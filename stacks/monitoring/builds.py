"""A failed build is an event, not a metric: EventBridge tells people which job it was."""

from aws_cdk import aws_events as events
from constructs import Construct

MESSAGE = (
    "Amplify could not build <branch> (job <job>). Traffic stays where it is. First: open the job's log in "
    "Amplify (app <app>), or `clerk-deploy history`."
)


class FailedBuilds(events.CfnRule):
    """Tells the topic about each failed job of the app. Best effort, as these events are.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        name: The rule's name.
        app_id: The Amplify app.
        topic_arn: Whom to tell.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, app_id: str, topic_arn: str
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            name=name,
            description="Failed Amplify builds to people",
            event_pattern={
                "source": ["aws.amplify"],
                "detail-type": ["Amplify Deployment Status Change"],
                "detail": {"appId": [app_id], "jobStatus": ["FAILED"]},
            },
            targets=[
                events.CfnRule.TargetProperty(
                    id="Topic",
                    arn=topic_arn,
                    input_transformer=events.CfnRule.InputTransformerProperty(
                        input_paths_map={
                            "app": "$.detail.appId",
                            "branch": "$.detail.branchName",
                            "job": "$.detail.jobId",
                        },
                        input_template=f'"{MESSAGE}"',
                    ),
                )
            ],
        )
