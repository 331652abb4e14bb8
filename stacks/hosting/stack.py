"""The Hosting stack: deployed again whenever a revision was pushed."""

import aws_cdk as cdk
from constructs import Construct

from clerk_deploy.environment.contract import contract
from stacks.configuration.revision import NOTHING_PUSHED
from stacks.configuration.stack import ConfigurationStack
from stacks.deployment import Deployment, DeploymentStack
from stacks.hosting.app import AmplifyApp
from stacks.hosting.log import ApplicationLog
from stacks.hosting.roles import ComputeRole, ServiceRole
from stacks.hosting.slot import Slot
from stacks.hosting.variables import built_slots, slot_variables


class HostingStack(DeploymentStack):
    """Amplify app, slots, roles and log group of an environment.

    Args:
        scope: The environment's stage.
        deployment: The environment.
        configuration: Its Configuration stack.
    """

    def __init__(
        self, scope: Construct, *, deployment: Deployment, configuration: ConfigurationStack
    ) -> None:
        super().__init__(scope, "Hosting", deployment=deployment)
        environment = deployment.names.environment
        revision = cdk.CfnParameter(
            self,
            "Revision",
            type="AWS::SSM::Parameter::Value<String>",
            default=deployment.names.revision_parameter,
            description="Which pushed revision the slots are built with; read anew with every change set",
        )
        cdk.CfnRule(
            self,
            "SomethingWasPushed",
            assertions=[
                cdk.CfnRuleAssertion(
                    assert_=cdk.Fn.condition_not(
                        cdk.Fn.condition_equals(revision.value_as_string, NOTHING_PUSHED)
                    ),
                    assert_description="No variables were pushed yet. Next: clerk-deploy environment push "
                    f".env.{environment} -e {environment}",
                )
            ],
        )
        service_role = ServiceRole(self, "ServiceRole")
        compute_role = ComputeRole(
            self, "ComputeRole", secret_arn=configuration.secrets.attr_id, key_arn=configuration.key.key_arn
        )
        self.app = AmplifyApp(
            self,
            "App",
            deployment=deployment,
            service_role_arn=service_role.role_arn,
            compute_role_arn=compute_role.role_arn,
        )
        service_role.allow_log(app_id=self.app.attr_app_id)
        variables = slot_variables(
            contract(deployment.settings),
            deployment=deployment,
            revision=revision.value_as_string,
            secrets_arn=configuration.secrets.attr_id,
        )
        for slot in built_slots(deployment.settings):
            construct_id = slot.title().replace("-", "")
            Slot(
                self,
                construct_id,
                app=self.app,
                branch=deployment.names.branch(slot),
                variables={**variables, "RELEASE_SLOT": slot},
            )
        self.log = ApplicationLog(
            self,
            "Log",
            app_id=self.app.attr_app_id,
            key_arn=configuration.key.key_arn,
            retention_days=deployment.settings.logs.retention_days,
        )
        self.outputs(
            AppId=self.app.attr_app_id,
            DefaultDomain=self.app.attr_default_domain,
            LogGroup=self.log.ref,
            DeployedRevision=revision.value_as_string,
        )
