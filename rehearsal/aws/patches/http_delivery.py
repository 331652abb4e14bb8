"""Firehose delivers to HTTP endpoints; ministack only keeps what it was given for them."""

import inspect
import ssl
from collections.abc import Mapping

import httpx
from ministack.services import firehose

from rehearsal.aws.cloudwatch.clock import Clock
from rehearsal.aws.config import Config
from rehearsal.aws.export.deliveries import PRINCIPAL, Deliveries
from rehearsal.aws.export.roles import RoleClients

PATIENCE_SECONDS = 10.0
"""AWS waits three minutes for an answer."""


def apply(config: Config, *, clock: Clock) -> None:
    """Let deliveries run.

    Args:
        config: The account, and what leads to the world.
        clock: AWS's time.
    """
    source = inspect.getsource(firehose._put_record)
    if "urlopen" in source or 'dest["records"].append' not in source:
        raise RuntimeError("ministack delivers in another way now: look at this patch again")
    roles = RoleClients(
        principal=PRINCIPAL, endpoint=config.endpoint, account=config.account, region=config.region
    )
    Deliveries(roles=roles, clock=clock, http=_world(config.app_environment)).start()


def _world(variables: Mapping[str, str]) -> httpx.Client | None:
    """By the rehearsal's proxy with the run's certificates; without them the real vendor would be asked."""
    if not variables.get("HTTPS_PROXY") or not variables.get("SSL_CERT_FILE"):
        return None
    return httpx.Client(
        proxy=variables["HTTPS_PROXY"],
        verify=ssl.create_default_context(cafile=variables["SSL_CERT_FILE"]),
        timeout=PATIENCE_SECONDS,
        trust_env=False,
        follow_redirects=False,
    )
