"""The forward proxy that leads production names to the rehearsal, and everything else on to the network."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from rehearsal.front.head import Head, HeadError, read_head
from rehearsal.front.outer import OuterProxy
from rehearsal.front.pump import Connection, join

HTTPS_PORT = 443
HTTP_PORT = 80


class RefusedTargetError(Exception):
    """The proxy does not connect to this host and port."""


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """How long the proxy waits, in seconds.

    Args:
        head: For the first request's head.
        connect: For a connection to the target.
        idle: While nothing is carried.
    """

    head: float = 30.0
    connect: float = 15.0
    idle: float = 900.0


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where on 127.0.0.1 a server answers for a host.

    Args:
        https: In TLS.
        http: In plain HTTP.
    """

    https: int
    http: int


@dataclass(frozen=True, kw_only=True)
class ForwardProxy:
    """CONNECT and absolute-form requests.

    Args:
        knows: Whether a host name belongs to the rehearsal.
        https_port: Where the rehearsal's hosts answer over TLS.
        http_port: Where they answer in plain HTTP.
        own_servers: Hosts of the rehearsal that servers of their own answer for, with their own TLS.
        outer: The proxy through which other hosts are reached, or None for a direct way.
        timeouts: How long to wait.
    """

    knows: Callable[[str], bool]
    https_port: int
    http_port: int
    own_servers: Mapping[str, Ports] = field(default_factory=dict)
    outer: OuterProxy | None = None
    timeouts: Timeouts = Timeouts()

    async def handle(self, client: Connection) -> None:
        """Serve one client's connection to its end."""
        try:
            async with asyncio.timeout(self.timeouts.head):
                head = await read_head(client.reader)
        except HeadError as error:
            await self._refuse(client, error.status, str(error))
            return
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            client.abort()
            return
        peer = client.writer.get_extra_info("peername") or ("127.0.0.1", 0)
        try:
            async with asyncio.timeout(self.timeouts.connect):
                target = await self._open(head, source=peer[0])
        except RefusedTargetError as error:
            await self._refuse(client, "403 Forbidden", str(error))
            return
        except (OSError, TimeoutError, HeadError, asyncio.IncompleteReadError) as error:
            reason = str(error) or type(error).__name__
            await self._refuse(client, "502 Bad Gateway", f"no way to {head.host}:{head.port}: {reason}")
            return
        if head.method == "CONNECT":
            client.writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await join(client, target, idle_seconds=self.timeouts.idle)

    async def _open(self, head: Head, *, source: str) -> Connection:
        connect = head.method == "CONNECT"
        local = self._local_port(head)
        if local is None and self.outer is not None and self.outer.serves(head.host):
            target = await _connect(self.outer.host, self.outer.port)
            if connect:
                await _ask_outer(target, head, self.outer)
            else:
                target.writer.write(head.absolute(authorization=self.outer.authorization))
            return target
        if local is None:
            target = await _connect(head.host, head.port)
        else:
            target = await _connect("127.0.0.1", local, source=source)
        if not connect:
            target.writer.write(head.origin())
        return target

    def _local_port(self, head: Head) -> int | None:
        if head.host == "localhost" or head.host.endswith(".localhost"):
            return head.port  # AWS SDKs put an account before the endpoint's host: 123456789012.localhost
        ports = self.own_servers.get(head.host)
        if ports is None and self.knows(head.host):
            ports = Ports(https=self.https_port, http=self.http_port)
        if ports is None:
            return None
        if head.port == HTTPS_PORT and head.method == "CONNECT":
            return ports.https
        if head.port == HTTP_PORT:
            return ports.http
        raise RefusedTargetError(
            f"{head.host} belongs to the rehearsal, which serves ports {HTTP_PORT} and {HTTPS_PORT}, "
            f"not {head.port}"
        )

    @staticmethod
    async def _refuse(client: Connection, status: str, why: str) -> None:
        body = f"rehearsal proxy: {why}\n".encode()
        head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}"
        with contextlib.suppress(OSError):
            client.writer.write(f"{head}\r\nConnection: close\r\n\r\n".encode() + body)
            await client.writer.drain()
        await client.close()


@asynccontextmanager
async def serve_proxy(proxy: ForwardProxy, *, port: int) -> AsyncIterator[int]:
    """Listen on 127.0.0.1 until the block ends; connections that are open then are dropped.

    Args:
        proxy: What to do with a connection.
        port: The port; 0 takes a free one.

    Yields:
        The port.

    Raises:
        OSError: The port is in use.
    """
    open_connections: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_connections.add(task)
        client = Connection(reader=reader, writer=writer)
        try:
            await proxy.handle(client)
        except asyncio.CancelledError:
            client.abort()
        finally:
            open_connections.discard(task)

    server = await asyncio.start_server(accept, "127.0.0.1", port, limit=2**16, backlog=1024)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in list(open_connections):
            task.cancel()
        await asyncio.gather(*open_connections, return_exceptions=True)
        await server.wait_closed()


async def _connect(host: str, port: int, *, source: str = "127.0.0.1") -> Connection:
    # A client that comes from another loopback address keeps it, so that rules by address can be tried.
    local = (source, 0) if source.startswith("127.") and source != "127.0.0.1" else None
    reader, writer = await asyncio.open_connection(host, port, local_addr=local)
    return Connection(reader=reader, writer=writer)


async def _ask_outer(target: Connection, head: Head, outer: OuterProxy) -> None:
    authority = f"{head.host}:{head.port}"
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
    if outer.authorization is not None:
        lines.append(f"Proxy-Authorization: {outer.authorization}")
    target.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    answer = await target.reader.readuntil(b"\r\n\r\n")
    status = answer.split(b"\r\n", 1)[0].decode("latin-1")
    if status.split(" ")[1:2] != ["200"]:
        target.abort()
        raise OSError(f"the outer proxy {outer.host}:{outer.port} answered {status!r}")
