"""The Delivery stack: everything that makes a release live, and takes it back."""

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct

from clerk_deploy.release.deployed import Deployed
from clerk_deploy.settings import InstanceType
from clerk_deploy.settings.release import CandidateCheck
from stacks.configuration.stack import ConfigurationStack
from stacks.delivery.fallback import FallbackSchedule
from stacks.delivery.functions import Functions, Settings
from stacks.delivery.ledger import LedgerTable
from stacks.delivery.machine import ReleaseMachine
from stacks.delivery.pipeline import ReleasePipeline
from stacks.delivery.policies import Deployer, OnCall, Releaser
from stacks.delivery.role import StepsRole
from stacks.delivery.triggers import Triggers
from stacks.deployment import Deployment, DeploymentStack
from stacks.edge.stack import EdgeStack
from stacks.hosting.stack import HostingStack


class DeliveryStack(DeploymentStack):
    """Ledger, steps, state machine and their triggers. It needs the Monitoring stack's topics, by name.

    Args:
        scope: The environment's stage.
        deployment: The environment.
        configuration: Its Configuration stack.
        hosting: Its Hosting stack.
        edge: Its Edge stack.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        deployment: Deployment,
        configuration: ConfigurationStack,
        hosting: HostingStack,
        edge: EdgeStack,
    ) -> None:
        super().__init__(scope, "Delivery", deployment=deployment)
        names, release = deployment.names, deployment.settings.release
        table = LedgerTable(self, "Ledger", name=names.ledger)
        machine_arn = f"arn:aws:states:{self.region}:{self.account}:stateMachine:{names.release_machine}"
        topic_arn = self._topic(names.alarm("alarms"))
        app_id = hosting.app.attr_app_id
        store_arn = edge.router.store.key_value_store_arn
        role = StepsRole(
            self,
            "StepsRole",
            deployment=deployment,
            app_id=app_id,
            store_arn=store_arn,
            table_arn=table.table_arn,
            key_arn=configuration.key.key_arn,
            topic_arn=topic_arn,
            machine_arn=machine_arn,
        )
        deployed = deployed_for(
            deployment, app_id=app_id, store_arn=store_arn, machine_arn=machine_arn, topic_arn=topic_arn
        )
        retention = logs.RetentionDays.THREE_MONTHS
        functions = Functions(
            self,
            "Functions",
            settings=Settings(names=names, role=role, deployed=deployed, retention=retention),
            topic_arn=topic_arn,
        )
        machine = ReleaseMachine(
            self,
            "Machine",
            name=names.release_machine,
            steps=functions.steps,
            rules=release.rules,
            log_group=logs.LogGroup(
                self,
                "MachineLog",
                log_group_name=f"/aws/vendedlogs/states/{names.release_machine}",
                retention=retention,
                removal_policy=cdk.RemovalPolicy.DESTROY,
            ),
        )
        Triggers(
            self,
            "Triggers",
            names=names,
            release_topic_arn=self._topic(names.alarm("release-alarms")),
            machine_arn=machine_arn,
            alarm=functions.alarm,
            sweep=functions.sweep,
        )
        if release.fallback:
            FallbackSchedule(
                self,
                "FallbackCheck",
                names=names,
                days=release.fallback_check_days,
                function=functions.fallback,
            )
        Releaser(
            self,
            "Releaser",
            names=names,
            machine_arn=machine_arn,
            table_arn=table.table_arn,
            store_arn=store_arn,
        )
        OnCall(self, "OnCall", names=names)
        Deployer(self, "Deployer", names=names)
        if release.connection_arn:
            ReleasePipeline(self, "Release", names=names, settings=deployment.settings, machine=machine)
        self.outputs(MachineArn=machine.state_machine_arn, LedgerTable=table.table_name)

    def _topic(self, name: str) -> str:
        return f"arn:aws:sns:{self.region}:{self.account}:{name}"


def deployed_for(
    deployment: Deployment, *, app_id: str, store_arn: str, machine_arn: str, topic_arn: str
) -> Deployed:
    """What the functions are told.

    Args:
        deployment: The environment.
        app_id: The Amplify app.
        store_arn: The edge's KeyValueStore.
        machine_arn: The state machine.
        topic_arn: Whom outcomes are told.
    """
    settings = deployment.settings
    full = settings.release.candidate_check is CandidateCheck.FULL
    return Deployed(
        application=deployment.names.application,
        environment=deployment.names.environment,
        app_id=app_id,
        store_arn=store_arn,
        table=deployment.names.ledger,
        machine_arn=machine_arn,
        topic_arn=topic_arn,
        domains=settings.domains,
        repository=settings.repository.removeprefix("https://github.com/"),
        branch=settings.branch,
        rules=settings.release.rules,
        verification=settings.verification.model_dump(by_alias=True, mode="json") if full else None,
        production=settings.clerk.instance is InstanceType.LIVE,
        fallback=settings.release.fallback or "",
    )
