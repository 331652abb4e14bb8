"""Saved Logs Insights queries: the guide's Troubleshooting, one question each."""

from aws_cdk import aws_logs as logs
from constructs import Construct

from clerk_deploy.monitoring.queries import QUERIES
from clerk_deploy.names import Names


class SavedQueries(Construct):
    """Queries that wait in the console under APPLICATION/ENVIRONMENT.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        names: Names of what the environment owns.
        log_group: The application's log group.
    """

    def __init__(self, scope: Construct, construct_id: str, *, names: Names, log_group: str) -> None:
        super().__init__(scope, construct_id)
        for query in QUERIES:
            logs.CfnQueryDefinition(
                self,
                query.name.title().replace(" ", ""),
                name=f"{names.metric_namespace}/{query.name}",
                query_string=query.text,
                log_group_names=[log_group],
            )
