"""Who answers for which name."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from starlette.types import ASGIApp

from clerk_deploy.monitoring.export.vendors import Vendor
from rehearsal.backend.app import create_app as create_backend
from rehearsal.backend.keys import KeySet
from rehearsal.backend.state import Backend
from rehearsal.clerk.app import create_app as create_clerk
from rehearsal.clerk.instance import Instance
from rehearsal.clerk.models import ProviderAccount
from rehearsal.clerk.social import PROVIDERS
from rehearsal.clerk.state import BACKEND_HOST, PROXY_TARGET_HOST, Clerk
from rehearsal.example import FACEBOOK_APP_ID, GITHUB_CLIENT_ID, GOOGLE_CLIENT_ID, SOCIAL_USER
from rehearsal.front.certificates import Authority
from rehearsal.front.hosts import HostTable
from rehearsal.github.app import API_HOST, GIT_HOST
from rehearsal.github.app import create_app as create_github
from rehearsal.github.state import GitHub, Token
from rehearsal.monitor.app import create_app as create_monitor
from rehearsal.monitor.app import hosts as monitor_hosts
from rehearsal.monitor.state import KEYS, Monitor
from rehearsal.reverse_proxy import create_reverse_proxy
from rehearsal.world.config import WorldConfig
from rehearsal.world.edge import running_edge


@asynccontextmanager
async def host_table(config: WorldConfig, *, authority: Authority) -> AsyncIterator[HostTable]:
    """Every host of the rehearsal, with what their apps own running.

    Args:
        config: The world's configuration.
        authority: The run's certificate authority, which the edge trusts for its origins.
    """
    clerk, instance = _clerk(config)
    clerk_app = create_clerk(clerk)
    hosts = HostTable()
    for host in (BACKEND_HOST, PROXY_TARGET_HOST, config.frontend_host):
        hosts.set(host, clerk_app)
    # GitHub is a repository host and a social provider: git's requests are told apart by their path.
    github_app = create_github(_github(config))
    hosts.set(API_HOST, github_app)
    for provider in PROVIDERS.values():
        hosts.set(provider.host, clerk_app)
    hosts.set(GIT_HOST, _git_or_provider(git=github_app, provider=clerk_app, repository=config.repository))
    hosts.set(config.backend_host, create_backend(_backend(config, instance)))
    hosts.set("*.amplifyapp.com", create_reverse_proxy(lambda _host: config.sites_port, pass_host=True))
    for vendor in Vendor:
        monitor = create_monitor(Monitor(vendor=vendor, key=KEYS[vendor]))
        for host in monitor_hosts(vendor):
            hosts.set(host, monitor)
    async with AsyncExitStack() as stack:
        edge = await stack.enter_async_context(running_edge(config, authority=authority))
        for domain in config.domains:
            hosts.set(domain, edge)
        yield hosts


def _clerk(config: WorldConfig) -> tuple[Clerk, Instance]:
    clerk = Clerk(clock=time.time, packages=config.packages)
    instance = Instance.create(
        frontend_host=config.frontend_host,
        clock=time.time,
        key=config.secret_key,
        organizations=config.organizations,
        redirect_urls=[f"https://{config.domains[0]}/api/auth/social/callback"],
    )
    # Signed in at GitHub and a member of the tenant; at other providers somebody whom Clerk does not know.
    instance.add_user(email=SOCIAL_USER, organization=config.organizations[0])
    clerk.providers.accounts["github"] = ProviderAccount(provider="github", id="583231", email=SOCIAL_USER)
    client_ids = {"google": GOOGLE_CLIENT_ID, "facebook": FACEBOOK_APP_ID, "github": GITHUB_CLIENT_ID}
    return clerk, clerk.add(instance, client_ids=client_ids)


def _github(config: WorldConfig) -> GitHub:
    token = Token(value=config.github_token, repositories=frozenset({config.repository}))
    return GitHub(clock=time.time, repositories={config.repository: config.bare_repository}, tokens=[token])


def _backend(config: WorldConfig, instance: Instance) -> Backend:
    async def fetch(_url: str) -> dict[str, Any]:
        # Clerk is in this process: its keys are read where they are.
        await asyncio.sleep(0)
        return instance.signing.jwks()

    keys = KeySet(url=f"{instance.issuer}/.well-known/jwks.json", fetch=fetch, clock=time.time)
    backend = Backend(
        issuer=instance.issuer,
        origins=tuple(f"https://{domain}" for domain in config.domains),
        keys=keys,
        clock=time.time,
    )
    for organization in config.organizations:
        backend.add_document(tenant=organization, title="Plan", body=f"The plan of {organization}")
        backend.add_document(tenant=organization, title="Report", body=f"The report of {organization}")
    return backend


def _git_or_provider(*, git: ASGIApp, provider: ASGIApp, repository: str) -> ASGIApp:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        chosen = git if scope["path"].lower().startswith(f"/{repository.lower()}") else provider
        await chosen(scope, receive, send)

    return app
