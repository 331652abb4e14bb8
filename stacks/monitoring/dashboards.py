"""The dashboards as CloudFormation has them."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from clerk_deploy.monitoring.alarms.catalogue import Catalogue
from clerk_deploy.monitoring.dashboard import Place, release_dashboard, sign_in_dashboard
from clerk_deploy.names import Names


class Dashboards(Construct):
    """One for sign-in, named after the environment; one for releases.

    Args:
        scope: The stack.
        construct_id: The construct's id.
        names: Names of what the environment owns.
        alarms: All alarms.
        log_group: The application's log group.
        verification_log_group: The scheduled verification's log group.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        alarms: Catalogue,
        log_group: str,
        verification_log_group: str,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        place = Place(
            region=stack.region,
            account=stack.account,
            log_group=log_group,
            verification_log_group=verification_log_group,
        )
        bodies = {
            "SignIn": (names.prefix, sign_in_dashboard(alarms, names=names, place=place)),
            "Release": (names.alarm("release"), release_dashboard(alarms, names=names, place=place)),
        }
        for construct, (name, body) in bodies.items():
            cloudwatch.CfnDashboard(
                self, construct, dashboard_name=name, dashboard_body=stack.to_json_string(body)
            )
