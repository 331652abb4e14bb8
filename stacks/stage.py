"""One environment as a stage: `cdk deploy 'production/*'`."""

import aws_cdk as cdk
from constructs import Construct

from stacks.configuration.stack import ConfigurationStack
from stacks.delivery.stack import DeliveryStack
from stacks.deployment import Deployment
from stacks.edge.stack import EdgeStack
from stacks.hosting.stack import HostingStack
from stacks.monitoring.stack import MonitoringStack


class EnvironmentStage(cdk.Stage):
    """All stacks of one environment on Amplify, in the order in which they are deployed.

    Args:
        scope: The app.
        deployment: The environment.
    """

    def __init__(self, scope: Construct, *, deployment: Deployment) -> None:
        super().__init__(
            scope,
            deployment.names.environment,
            env=cdk.Environment(account=deployment.settings.account, region=deployment.settings.region),
        )
        self.configuration = ConfigurationStack(self, deployment=deployment)
        self.hosting = HostingStack(self, deployment=deployment, configuration=self.configuration)
        self.edge = EdgeStack(self, deployment=deployment, hosting=self.hosting)
        self.monitoring = MonitoringStack(
            self,
            deployment=deployment,
            configuration=self.configuration,
            hosting=self.hosting,
            edge=self.edge,
        )
        self.delivery = DeliveryStack(
            self,
            deployment=deployment,
            configuration=self.configuration,
            hosting=self.hosting,
            edge=self.edge,
        )


class ContainersStage(cdk.Stage):
    """What an environment on containers has in AWS: its values, and what watches its log.

    Args:
        scope: The app.
        deployment: The environment; its settings name an account.
    """

    def __init__(self, scope: Construct, *, deployment: Deployment) -> None:
        super().__init__(
            scope,
            deployment.names.environment,
            env=cdk.Environment(account=deployment.settings.account, region=deployment.settings.region),
        )
        self.configuration = ConfigurationStack(self, deployment=deployment)
        self.monitoring = MonitoringStack(self, deployment=deployment, configuration=self.configuration)
