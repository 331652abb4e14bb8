"""The Configuration stack: deployed first, so that variables can be pushed before anything reads them."""

from constructs import Construct

from clerk_deploy.monitoring.export.vendors import Vendor
from clerk_deploy.names import Names
from stacks.configuration.key import EnvironmentKey
from stacks.configuration.revision import RevisionParameter
from stacks.configuration.secrets import EnvironmentSecret
from stacks.deployment import Deployment, DeploymentStack


class ConfigurationStack(DeploymentStack):
    """Key, secrets and revision of an environment.

    Args:
        scope: The environment's stage.
        deployment: The environment.
    """

    def __init__(self, scope: Construct, *, deployment: Deployment) -> None:
        super().__init__(scope, "Configuration", deployment=deployment)
        names = deployment.names
        self.key = EnvironmentKey(self, "Key", names=names)
        variables = EnvironmentSecret(
            self,
            "Variables",
            name=names.variables_secret,
            key=self.key,
            description="Public and plain variables; written by clerk-deploy environment push",
            why_not_rotated="it holds public values, which change when a person pushes others",
        )
        self.secrets = EnvironmentSecret(
            self,
            "Secrets",
            name=names.secrets_secret,
            key=self.key,
            description="Secrets of the server, tokens of the edge; written by clerk-deploy environment push",
            why_not_rotated="Clerk's keys are rotated in its dashboard and pushed; releases read them anew",
        )
        EnvironmentSecret(
            self,
            "Repository",
            name=names.repository_secret,
            key=self.key,
            description='The GitHub token that Amplify clones with, as {"token": "..."}',
            why_not_rotated="GitHub has no API that renews a fine-grained token",
        )
        EnvironmentSecret(
            self,
            "Smoke",
            name=names.smoke_secret,
            key=self.key,
            description="Users that the live verification signs in with",
            why_not_rotated="the users' passwords live in Clerk, which has no rotation for them",
        )
        export = deployment.settings.monitoring.export
        self.monitor = self._monitor(export.vendor, names) if export else None
        RevisionParameter(self, "Revision", name=names.revision_parameter)
        self.outputs(
            KeyArn=self.key.key_arn,
            SecretsArn=self.secrets.attr_id,
            VariablesArn=variables.attr_id,
            RevisionParameter=names.revision_parameter,
        )

    def _monitor(self, vendor: Vendor, names: Names) -> EnvironmentSecret:
        return EnvironmentSecret(
            self,
            vendor.name.title().replace("_", ""),
            name=names.monitor_secret(vendor),
            key=self.key,
            description=f'{vendor.brand}\'s key as {{"api_key": "..."}}, by clerk-deploy monitoring connect',
            why_not_rotated=f"the key is made and revoked in {vendor.brand}, by a person",
            kept=False,
        )
