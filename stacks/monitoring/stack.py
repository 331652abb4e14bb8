"""The Monitoring stack: it watches what the other stacks made, and changes nothing of them."""

from typing import TYPE_CHECKING

from constructs import Construct

from clerk_deploy.monitoring.alarms.catalogue import Watched, catalogue
from clerk_deploy.monitoring.log_contract import CONTAINERS
from clerk_deploy.names import SLOTS
from stacks.configuration.stack import ConfigurationStack
from stacks.deployment import Deployment, DeploymentStack
from stacks.edge.stack import EdgeStack
from stacks.hosting.stack import HostingStack
from stacks.monitoring.alarms import Alarms
from stacks.monitoring.builds import FailedBuilds
from stacks.monitoring.containers import ContainersLog
from stacks.monitoring.dashboards import Dashboards
from stacks.monitoring.export.stream import MetricsStream
from stacks.monitoring.filters import LogFilters
from stacks.monitoring.queries import SavedQueries
from stacks.monitoring.topics import AlarmTopic, MonitoringKey, subscribe
from stacks.monitoring.verification import ScheduledVerification

if TYPE_CHECKING:
    from stacks.monitoring.export.delivery import Delivery


class MonitoringStack(DeploymentStack):
    """Filters, alarms, dashboards, notifications and verification of an environment.

    Args:
        scope: The environment's stage.
        deployment: The environment.
        configuration: Its Configuration stack.
        hosting: Its Hosting stack; none for containers, which ship their log into a group made here.
        edge: Its Edge stack, with the Hosting stack.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        deployment: Deployment,
        configuration: ConfigurationStack,
        hosting: HostingStack | None = None,
        edge: EdgeStack | None = None,
    ) -> None:
        super().__init__(scope, "Monitoring", deployment=deployment)
        names, settings = deployment.names, deployment.settings
        key = MonitoringKey(self, "Key", names=names)
        topic = AlarmTopic(self, "Topic", name=names.alarm("alarms"), key=key)
        release_topic = AlarmTopic(self, "ReleaseTopic", name=names.alarm("release-alarms"), key=key)
        subscribe(topic, settings.monitoring)
        if hosting:
            log_group = hosting.log.ref
            FailedBuilds(
                self,
                "FailedBuilds",
                name=names.alarm("failed-builds"),
                app_id=hosting.app.attr_app_id,
                topic_arn=topic.topic_arn,
            )
        else:
            log_group = ContainersLog(self, "Log", deployment=deployment, key=key).ref
        LogFilters(self, "Filters", log_group=log_group, namespace=names.metric_namespace)
        SavedQueries(self, "Queries", names=names, log_group=log_group)
        slots = SLOTS if hosting else (CONTAINERS,)
        verification = ScheduledVerification(
            self, "Verification", deployment=deployment, slots=slots, key_arn=configuration.key.key_arn
        )
        delivery = self._delivery(deployment, configuration)
        watched = Watched(
            slots=slots,
            queue=verification.crashed.queue_name,
            distribution=edge.site.distribution_id if edge else None,
            web_acl=names.prefix if edge and settings.firewall.enabled else None,
            app=hosting.app.attr_app_id if hosting else None,
            delivery=delivery.stream.ref if delivery else None,
        )
        alarms = catalogue(names, settings.monitoring, watched)
        Alarms(
            self,
            "Alarms",
            deployment=deployment,
            alarms=alarms,
            topic_arn=topic.topic_arn,
            release_topic_arn=release_topic.topic_arn,
        )
        export = settings.monitoring.export
        if delivery and export:
            MetricsStream(
                self,
                "Metrics",
                name=names.alarm("export"),
                namespaces=[names.metric_namespace, *export.namespaces],
                alarms=alarms,
                delivery_arn=delivery.stream.attr_arn,
            )
            self.outputs(ExportBackup=delivery.undelivered.bucket_name)
        Dashboards(
            self,
            "Dashboards",
            names=names,
            alarms=alarms,
            log_group=log_group,
            verification_log_group=verification.log_group,
        )
        self.outputs(
            LogGroup=log_group,
            TopicArn=topic.topic_arn,
            ReleaseTopicArn=release_topic.topic_arn,
        )

    def _delivery(self, deployment: Deployment, configuration: ConfigurationStack) -> "Delivery | None":
        export = deployment.settings.monitoring.export
        if export is None or configuration.monitor is None:
            return None
        # Firehose's module takes a tenth of a synth's time, and most environments have no export
        from stacks.monitoring.export.delivery import Delivery

        return Delivery(
            self,
            "Delivery",
            deployment=deployment,
            export=export,
            secret_arn=configuration.monitor.attr_id,
            key_arn=configuration.key.key_arn,
        )
