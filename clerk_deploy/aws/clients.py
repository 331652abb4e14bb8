"""boto3 clients of one account and region."""

import re
from dataclasses import dataclass
from typing import Any, Final

import boto3
from botocore.config import Config

from clerk_deploy.aws.errors import SIGN_IN, aws_errors
from clerk_deploy.errors import RefusedError, UnusableInputError

CONFIG = Config(
    connect_timeout=5,
    read_timeout=20,
    retries={"mode": "standard", "total_max_attempts": 4},
    user_agent_extra="clerk-deploy",
)
"""A person waits for the answer: seconds, not botocore's minute, and four attempts with growing pauses."""

REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+){1,3}-\d")


@dataclass(frozen=True, kw_only=True)
class Clients:
    """Clients of one session.

    Args:
        session: boto3's session.
    """

    session: Any

    def client(self, service: str) -> Any:
        """A client of a service, with the common limits.

        Args:
            service: boto3's name, such as `secretsmanager`.

        Raises:
            DeployError: No credentials or no usable configuration.
        """
        with aws_errors(f"Preparing {service}"):
            return self.session.client(service, config=CONFIG)

    def require_account(self, expected: str | None) -> None:
        """Refuse to go on in another account than the settings name.

        Args:
            expected: The settings' account id; None demands nothing.

        Raises:
            RefusedError: The credentials belong to another account.
            DeployError: The account could not be found out.
        """
        if expected is None:
            return
        with aws_errors("Asking whose credentials these are"):
            found = self.client("sts").get_caller_identity()["Account"]
        if found != expected:
            raise RefusedError(
                f"The credentials belong to account {found}; this environment lives in {expected}.",
                next_step=SIGN_IN,
            )


def connect(*, profile: str | None, region: str) -> Clients:
    """Clients for a profile and region.

    Args:
        profile: Profile of AWS's configuration; None takes the default chain.
        region: AWS region.

    Raises:
        DeployError: Unknown profile or unusable configuration, or no region's name.
    """
    if not REGION.fullmatch(region):
        raise UnusableInputError(
            f"`{region}` is no AWS region's name.", next_step="write it like us-east-1, with --region"
        )
    with aws_errors("Reading AWS's configuration"):
        return Clients(session=boto3.session.Session(profile_name=profile, region_name=region))
