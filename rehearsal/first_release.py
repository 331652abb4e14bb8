"""The first release of a rehearsal: build a commit in a slot, look at it, make it live."""

import time

from clerk_deploy.environment.secrets_document import SecretsDocument
from clerk_deploy.release.amplify_host import AmplifyHost, Tokens
from clerk_deploy.release.edge_store import EdgeStore
from clerk_deploy.release.github import Repository
from clerk_deploy.release.slots import Slots
from rehearsal.clients import aws_client, http_of, outputs
from rehearsal.stage import Stage

BUILD_SECONDS = 600.0


def host_of(stage: Stage) -> AmplifyHost:
    """The deployed environment as a host of releases, found by its stacks' outputs."""
    hosting, edge = outputs(stage, "Hosting"), outputs(stage, "Edge")
    owner, name = stage.world.repository.split("/")
    http = http_of(stage)
    return AmplifyHost(
        slots=Slots(client=aws_client(stage, "amplify"), app_id=hosting["AppId"], names=stage.names),
        store=EdgeStore(client=aws_client(stage, "cloudfront-keyvaluestore"), arn=edge["KeyValueStoreArn"]),
        repository=Repository(http=http, owner=owner, name=name, token=stage.example.github_token),
        http=http,
        site=stage.site,
        tokens=_tokens(stage),
        clock=time.monotonic,
        sleep=time.sleep,
    )


def _tokens(stage: Stage) -> Tokens:
    name = stage.names.secrets_secret
    text = aws_client(stage, "secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    tokens = SecretsDocument.from_json(text, source=name).tokens
    return Tokens(
        origin=tuple(token.reveal() for token in tokens["origin"]),
        release=tuple(token.reveal() for token in tokens["release"]),
    )
