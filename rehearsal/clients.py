"""Clients of a stage's world: HTTP by the production names, the embedded AWS, its stacks' outputs."""

from typing import Any

import boto3
import urllib3
from botocore.config import Config as BotoConfig

from clerk_deploy.http import Http
from rehearsal.stage import Stage


def http_of(stage: Stage) -> Http:
    """urllib3 by the proxy, with the run's certificates."""
    return urllib3.ProxyManager(
        stage.proxy, ca_certs=str(stage.bundle), timeout=urllib3.Timeout(connect=5, read=30), retries=False
    )


def outputs(stage: Stage, kind: str) -> dict[str, str]:
    """A stack's outputs."""
    client = aws_client(stage, "cloudformation")
    stack = client.describe_stacks(StackName=stage.names.stack(kind))["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def aws_client(stage: Stage, service: str) -> Any:
    """A client of the embedded AWS; by the proxy, which resolves the SDK's 123456789012.localhost."""
    return boto3.client(
        service,
        region_name=stage.aws.region,
        endpoint_url=stage.aws.endpoint,
        aws_access_key_id=stage.aws.account,
        aws_secret_access_key="rehearsal",
        config=BotoConfig(proxies={"http": stage.proxy}, retries={"mode": "standard"}),
    )
