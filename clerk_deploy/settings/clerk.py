"""Settings about the Clerk instance."""

from pydantic import Field

from clerk_deploy.environment.keys import InstanceType
from clerk_deploy.settings.model import HostName, Model


class ClerkDns(Model):
    """A CNAME that Clerk's dashboard asks for (Domains page)."""

    name: HostName = Field(description="Record name, such as clerk.yourapp.com.")
    target: HostName = Field(description="Record target, such as frontend-api.clerk.services.")


class Clerk(Model):
    """Facts about the Clerk instance that the settings must tell, since no key carries them."""

    instance: InstanceType = Field(
        default=InstanceType.LIVE,
        description="Type of the Clerk instance whose keys this environment must have. "
        "Only an environment without real users is `test`.",
    )
    cnames: tuple[ClerkDns, ...] = Field(default=(), description="CNAMEs of Clerk's Domains page.")
    satellite: bool = Field(
        default=False,
        description="The app is a satellite domain or reaches Clerk through a proxy: the publishable key's "
        "host need not be a parent of the app's.",
    )
    forward_client_address: bool = Field(
        default=False,
        description="Hand each user's address to Clerk (needs Clerk's proxy set-up). Without it all users "
        "share the server's address against Clerk's limit of 5 sign-ins per 10 s and address.",
    )
