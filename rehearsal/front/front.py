"""The front as a whole: TLS server, plain server and forward proxy around one host table."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from rehearsal.front.certificates import Authority
from rehearsal.front.hosts import HostTable
from rehearsal.front.outer import OuterProxy
from rehearsal.front.proxy import ForwardProxy, Ports, Timeouts, serve_proxy
from rehearsal.front.server import serve


@dataclass(frozen=True, kw_only=True)
class Front:
    """Where the front listens, all on 127.0.0.1.

    Args:
        proxy_port: The forward proxy.
        https_port: The TLS server behind it.
        http_port: The plain server behind it.
    """

    proxy_port: int
    https_port: int
    http_port: int


@asynccontextmanager
async def serve_front(
    *,
    hosts: HostTable,
    authority: Authority,
    default_host: str,
    proxy_port: int = 0,
    https_port: int = 0,
    http_port: int = 0,
    own_servers: Mapping[str, Ports] | None = None,
    outer: OuterProxy | None = None,
    timeouts: Timeouts | None = None,
) -> AsyncIterator[Front]:
    """Serve until the block ends.

    Args:
        hosts: Which app answers for which name; may be changed meanwhile.
        authority: Issues the certificates.
        default_host: Whose certificate a client gets that names no host.
        proxy_port: The forward proxy's port; 0 takes a free one.
        https_port: The TLS server's port; 0 takes a free one.
        http_port: The plain server's port; 0 takes a free one.
        own_servers: Hosts that servers of their own on 127.0.0.1 answer for.
        outer: The proxy to the network, or None.
        timeouts: The forward proxy's patience.

    Raises:
        OSError: A port is in use.
    """
    async with AsyncExitStack() as stack:
        tls = authority.listener(default=default_host, known=hosts.knows)
        https = await stack.enter_async_context(serve(hosts, port=https_port, tls=tls))
        http = await stack.enter_async_context(serve(hosts, port=http_port))
        proxy = ForwardProxy(
            knows=hosts.knows,
            https_port=https,
            http_port=http,
            own_servers=own_servers or {},
            outer=outer,
            timeouts=timeouts or Timeouts(),
        )
        listening = await stack.enter_async_context(serve_proxy(proxy, port=proxy_port))
        yield Front(proxy_port=listening, https_port=https, http_port=http)
