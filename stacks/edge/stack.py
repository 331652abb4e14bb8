"""The Edge stack: everything between the visitor and the slots. The store says what is live."""

from constructs import Construct

from stacks.deployment import Deployment, DeploymentStack
from stacks.edge.certificate import certificate_for
from stacks.edge.firewall import Firewall
from stacks.edge.records import Records, records_to_enter
from stacks.edge.router import Router
from stacks.edge.site import Site
from stacks.hosting.stack import HostingStack


class EdgeStack(DeploymentStack):
    """Certificate, firewall, router, distribution and DNS records of an environment.

    Args:
        scope: The environment's stage.
        deployment: The environment.
        hosting: Its Hosting stack.
    """

    def __init__(self, scope: Construct, *, deployment: Deployment, hosting: HostingStack) -> None:
        super().__init__(scope, "Edge", deployment=deployment)
        settings = deployment.settings
        certificate = certificate_for(self, settings=settings)
        firewall = (
            Firewall(self, "Firewall", names=deployment.names, settings=settings.firewall)
            if settings.firewall.enabled
            else None
        )
        self.router = Router(self, "Router", names=deployment.names)
        self.site = Site(
            self,
            "Site",
            deployment=deployment,
            slots_domain=hosting.app.attr_default_domain,
            router=self.router,
            certificate=certificate,
            web_acl_arn=firewall.attr_arn if firewall else None,
        )
        if settings.hosted_zone:
            Records(self, "Records", settings=settings, zone=settings.hosted_zone, site=self.site)
        else:
            self.outputs(**records_to_enter(settings, target=self.site.distribution_domain_name))
        self.outputs(
            DistributionId=self.site.distribution_id,
            DistributionDomain=self.site.distribution_domain_name,
            KeyValueStoreArn=self.router.store.key_value_store_arn,
        )
