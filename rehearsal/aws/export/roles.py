"""AWS clients with a role's permissions, as a service has them that assumes it."""

import time
from dataclasses import dataclass, field
from typing import Any, Final

import boto3
from ministack.core.responses import request_scope

from rehearsal.aws.roles import assume

RENEWED_SECONDS: Final = 1_800


@dataclass(frozen=True, kw_only=True)
class RoleClients:
    """Clients by service and role.

    Args:
        principal: The service that assumes roles.
        endpoint: The embedded AWS.
        account: The account.
        region: The region.
    """

    principal: str
    endpoint: str
    account: str
    region: str
    _made: dict[tuple[str, str], tuple[float, Any]] = field(default_factory=dict, repr=False)

    def client(self, service: str, role_arn: str) -> Any:
        """A client.

        Args:
            service: boto3's name of the service.
            role_arn: The role.

        Raises:
            TrustError: The role does not exist, or does not trust the service.
        """
        made, client = self._made.get((service, role_arn), (0.0, None))
        if client is None or time.monotonic() - made > RENEWED_SECONDS:
            client = self._make(service, role_arn)
            self._made[service, role_arn] = time.monotonic(), client
        return client

    def _make(self, service: str, role_arn: str) -> Any:
        with request_scope(self.account, self.region):
            given = assume(role_arn, service=self.principal, session=service)
        return boto3.client(
            service,
            region_name=self.region,
            endpoint_url=self.endpoint,
            aws_access_key_id=given.access_key,
            aws_secret_access_key=given.secret_key,
            aws_session_token=given.session_token,
        )
