"""ministack with everything that a deployment needs and ministack lacks."""

import os
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve as serve_hypercorn
from hypercorn.config import Config as HypercornConfig

from rehearsal.aws.config import Config
from rehearsal.front.server import serve as serve_app
from rehearsal.processes import Children

Asgi = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def prepare_ministack(config: Config) -> None:
    """Variables that ministack reads when it is imported."""
    # It never removes the folders that it runs functions in.
    tempfile.tempdir = str(config.folder / "temporary")
    Path(tempfile.tempdir).mkdir(parents=True, exist_ok=True)
    os.environ.update(
        {
            "AUTH": "true",  # the roles in the templates are really tried
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(config.port),
            "MINISTACK_ACCOUNT_ID": config.account,
            "MINISTACK_REGION": config.region,
            "STATE_DIR": str(config.folder / "ministack"),
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
            "DOCKER_HOST": "unix:///nonexistent",  # it would look for containers to remove
            "IOT_MTLS_ENABLED": "false",  # it would listen on a fixed port
            "SFTP_ENABLED": "0",
            "CLOUDTRAIL_RECORDING": "1",  # who changed what, for the report of a release
            "AWS_ENDPOINT_URL": config.endpoint,
            "AWS_ACCESS_KEY_ID": config.account,
            "AWS_SECRET_ACCESS_KEY": "rehearsal",
            "AWS_DEFAULT_REGION": config.region,
        }
    )


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """The two applications of the embedded AWS.

    Args:
        api: The AWS endpoint.
        sites: The branches' domains.
    """

    api: Asgi
    sites: Asgi


def create(config: Config, *, children: Children) -> Embedded:
    """Import ministack, register what it lacks, and wire the parts."""
    prepare_ministack(config)
    from ministack import app as ministack
    from ministack.core.responses import request_scope

    from rehearsal.aws import account, patches
    from rehearsal.aws.amplify import permissions, resources
    from rehearsal.aws.amplify.api import AmplifyApi
    from rehearsal.aws.amplify.build import Builder
    from rehearsal.aws.amplify.compute import Compute
    from rehearsal.aws.amplify.events import publish
    from rehearsal.aws.amplify.jobs import Jobs
    from rehearsal.aws.amplify.logs import LogShipper
    from rehearsal.aws.amplify.sites import create_sites
    from rehearsal.aws.amplify.state import Apps, Branch
    from rehearsal.aws.control import PREFIX, create_control
    from rehearsal.aws.roles import Credentials, assume

    patches.apply_all(config)
    account.seed(config)

    def service_role(branch: Branch) -> Credentials:
        with request_scope(branch.app.account, branch.app.region):
            role = branch.app.properties["IAMServiceRole"]
            return assume(role, service="amplify.amazonaws.com", session="AmplifyHosting")

    apps = Apps()
    compute = Compute(
        children=children,
        environment=config.app_environment,
        endpoint=config.endpoint,
        folder=config.folder / "deployments",
        shipper=LogShipper(endpoint=config.endpoint, credentials=service_role),
    )
    builder = Builder(
        children=children,
        environment=config.app_environment,
        folder=config.folder / "builds",
        cache=config.cache,
    )
    jobs = Jobs(
        apps=apps, builder=builder, compute=compute, logs=config.folder / "build-logs", publish=publish
    )
    permissions.register()
    resources.register(apps)
    ministack.SERVICE_HANDLERS["amplify"] = AmplifyApi(apps=apps, jobs=jobs, endpoint=config.endpoint).handle
    control = create_control(jobs=jobs, compute=compute)

    async def api(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await control(scope, receive, send)
            return
        if scope["type"] == "http":
            # AWS is reached by TLS: policies that deny aws:SecureTransport=false (the CDK's staging
            # bucket has one) must see that.
            scope = {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}
        await ministack.app(scope, receive, send)

    return Embedded(api=api, sites=create_sites(compute))


async def serve(config: Config, *, children: Children) -> None:
    """Serve both applications until the task is cancelled."""
    embedded = create(config, children=children)
    api = HypercornConfig()
    api.bind = [f"127.0.0.1:{config.port}"]
    api.keep_alive_timeout = 75
    api.loglevel = "WARNING"
    async with serve_app(embedded.sites, port=config.sites_port):
        await serve_hypercorn(embedded.api, api)  # type: ignore[arg-type]
