"""The first release of a rehearsal: build a commit in a slot, look at it, make it live."""

import time
from typing import Any

import boto3
import urllib3
from botocore.config import Config as BotoConfig

from clerk_deploy.environment.secrets_document import SecretsDocument
from clerk_deploy.http import Http
from clerk_deploy.release.amplify_host import AmplifyHost, Tokens
from clerk_deploy.release.edge_store import EdgeStore
from clerk_deploy.release.github import Repository
from clerk_deploy.release.slots import Slots
from rehearsal.stage import Stage

BUILD_SECONDS = 600.0


def host_of(stage: Stage) -> AmplifyHost:
    """The deployed environment as a host of releases, found by its stacks' outputs."""
    hosting, edge = outputs(stage, "Hosting"), outputs(stage, "Edge")
    owner, name = stage.world.repository.split("/")
    http = http_of(stage)
    return AmplifyHost(
        slots=Slots(client=aws_client(stage, "amplify"), app_id=hosting["AppId"]),
        store=EdgeStore(client=aws_client(stage, "cloudfront-keyvaluestore"), arn=edge["KeyValueStoreArn"]),
        repository=Repository(http=http, owner=owner, name=name, token=stage.example.github_token),
        http=http,
        site=stage.site,
        tokens=_tokens(stage),
        clock=time.monotonic,
        sleep=time.sleep,
    )


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


def _tokens(stage: Stage) -> Tokens:
    name = stage.names.secrets_secret
    text = aws_client(stage, "secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    tokens = SecretsDocument.from_json(text, source=name).tokens
    return Tokens(
        origin=tuple(token.reveal() for token in tokens["origin"]),
        release=tuple(token.reveal() for token in tokens["release"]),
    )
