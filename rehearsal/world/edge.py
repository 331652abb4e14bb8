"""The edge of the embedded AWS, in front of the site's names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import boto3
from starlette.types import ASGIApp

from rehearsal.edge.app import create_app
from rehearsal.edge.aws import AwsDistributions, AwsStores
from rehearsal.edge.functions.runner import FunctionRunner, find_node
from rehearsal.edge.origin import origin_client
from rehearsal.front.certificates import Authority
from rehearsal.front.lifespan import lifespan
from rehearsal.world.config import WorldConfig


@asynccontextmanager
async def running_edge(config: WorldConfig, *, authority: Authority) -> AsyncIterator[ASGIApp]:
    """The edge, reading its distributions from the embedded AWS.

    Args:
        config: The world's configuration.
        authority: The run's certificate authority, which the edge trusts for its origins.
    """
    session = boto3.Session(
        aws_access_key_id=config.account, aws_secret_access_key="rehearsal", region_name=config.region
    )
    app = create_app(
        distributions=AwsDistributions(session=session, endpoint=config.aws_endpoint),
        function_runner=FunctionRunner(node=find_node()),
        store_reader=AwsStores(session=session, endpoint=config.aws_endpoint),
        origins=origin_client(
            https_port=config.https_port,
            bundle=authority.bundle_file,
            beside={"amplifyapp.com": config.sites_port},
        ),
        time_scale=config.time_scale,
    )
    async with lifespan(app):
        yield app
