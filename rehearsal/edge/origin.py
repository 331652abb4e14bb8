"""The edge's side of an origin: what is sent, and what can go wrong."""

import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpcore
import httpx

from rehearsal.edge.answers import HOP_BY_HOP, VIA
from rehearsal.edge.cache import accepted_encoding
from rehearsal.edge.model import Behavior, Origin
from rehearsal.edge.request import Fields, Request

ALWAYS_FORWARDED = frozenset({"content-type", "range", "if-range"})
CONDITIONS = frozenset({"if-match", "if-modified-since", "if-none-match", "if-unmodified-since"})
KEEP_ALIVE_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class OriginRequest:
    """A request to an origin.

    Args:
        method: The method.
        target: Path and query.
        fields: Header fields.
    """

    method: str
    target: str
    fields: Fields


class OriginError(Exception):
    """The origin brought no answer about.

    Args:
        status: What the viewer gets: 502 or 504.
        reason: For the page.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class _Front(httpcore.AsyncNetworkBackend):
    """Connects to the front, whatever host and port are asked for; TLS still names the host."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,  # noqa: ARG002, the backend's signature
        port: int,  # noqa: ARG002
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return await self._backend.connect_tcp(
            "127.0.0.1", self._port, timeout, local_address, socket_options
        )

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


class _Beside(httpx.AsyncBaseTransport):
    """Sends requests to a plain server on this machine, which tells hosts apart itself."""

    def __init__(self, port: int, *, limits: httpx.Limits) -> None:
        self._port = port
        self._transport = httpx.AsyncHTTPTransport(trust_env=False, limits=limits)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port)
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        await self._transport.aclose()


def origin_client(
    *,
    https_port: int,
    bundle: Path,
    beside: Mapping[str, int] | None = None,
    connections: int = 200,
) -> httpx.AsyncClient:
    """A client that finds origins by their production names, at the front's TLS server.

    Args:
        https_port: The TLS server's port.
        bundle: PEM file with the roots that origins' certificates are checked against.
        beside: Domains whose hosts are asked without TLS at a port of this machine: TLS between two
            processes of one machine costs half of its time.
        connections: At most so many at once.
    """
    context = ssl.create_default_context(cafile=str(bundle))
    transport = httpx.AsyncHTTPTransport(verify=context, trust_env=False)
    # Not by the forward proxy: httpcore would put a request's `target` into its CONNECT as well.
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=context,
        max_connections=connections,
        max_keepalive_connections=50,
        keepalive_expiry=KEEP_ALIVE_SECONDS,
        network_backend=_Front(https_port),
    )
    limits = httpx.Limits(
        max_connections=connections, max_keepalive_connections=50, keepalive_expiry=KEEP_ALIVE_SECONDS
    )
    mounts = {f"all://*.{domain}": _Beside(port, limits=limits) for domain, port in (beside or {}).items()}
    return httpx.AsyncClient(transport=transport, mounts=mounts, trust_env=False)


def origin_request(
    request: Request, *, behavior: Behavior, origin: Origin, identity: str, shared: bool
) -> OriginRequest:
    """What the origin is asked.

    Args:
        request: The request after the function.
        behavior: With the policies that pick headers, cookies and query parameters.
        origin: Where it goes.
        identity: The request's id.
        shared: The answer may be kept for others: conditions of this viewer stay out.
    """
    policy, forward = behavior.cache, behavior.forward
    encoding_is_keyed = policy.gzip or policy.brotli
    fields = []
    for name, value in request.fields:
        if name in HOP_BY_HOP | {"host", "cookie", "x-forwarded-for", "via", "expect"}:
            continue
        if (name == "accept-encoding" and encoding_is_keyed) or (shared and name in CONDITIONS):
            continue
        if (
            name in ALWAYS_FORWARDED | CONDITIONS | {"content-length"}
            or (name == "authorization" and request.method not in ("GET", "HEAD", "OPTIONS"))
            or policy.headers.takes(name)
            or forward.headers.takes(name)
        ):
            fields.append((name, value))
    encoding = accepted_encoding(policy, request)
    if encoding:
        fields.append(("accept-encoding", encoding))
    cookies = [
        f"{name}={value}"
        for name, value in request.cookies
        if policy.cookies.takes(name) or forward.cookies.takes(name)
    ]
    if cookies:
        fields.append(("cookie", "; ".join(cookies)))
    return OriginRequest(
        method=request.method,
        target=origin.path + request.path + _query(request, behavior),
        fields=_edge_fields(fields, request=request, behavior=behavior, origin=origin, identity=identity),
    )


def _query(request: Request, behavior: Behavior) -> str:
    if behavior.cache.queries.selection == "all" or behavior.forward.queries.selection == "all":
        return f"?{request.query}" if request.query else ""
    parts = [
        part
        for name, part in request.parameters
        if behavior.cache.queries.takes(name) or behavior.forward.queries.takes(name)
    ]
    return "?" + "&".join(parts) if parts else ""


def _edge_fields(
    fields: list[tuple[str, str]], *, request: Request, behavior: Behavior, origin: Origin, identity: str
) -> Fields:
    viewers_host = behavior.cache.headers.takes("host") or behavior.forward.headers.takes("host")
    host = origin.host_header or (request.header("host") if viewers_host else None) or origin.domain
    hops = [value for name, value in request.fields if name == "x-forwarded-for"]
    via = [value for name, value in request.fields if name == "via"]
    custom = {name.lower(): value for name, value in origin.headers.items()}
    kept = [(name, value) for name, value in fields if name not in custom]
    if not any(name == "user-agent" for name, _ in kept):
        kept.append(("user-agent", "Amazon CloudFront"))
    return (
        ("host", host),
        *kept,
        ("x-forwarded-for", ", ".join([*hops, request.address])),
        ("via", ", ".join([*via, VIA])),
        ("x-amz-cf-id", identity),
        *custom.items(),
    )


async def ask(
    client: httpx.AsyncClient,
    origin: Origin,
    request: OriginRequest,
    *,
    scheme: str,
    body: AsyncIterator[bytes] | None,
) -> httpx.Response:
    """Send a request; the answer's body is still to be read, and the answer to be closed.

    Args:
        client: Finds origins.
        origin: Which.
        request: What is sent.
        scheme: The viewer's, for origins that match it.
        body: The viewer's body.

    Raises:
        OriginError: No answer, with the status that the viewer gets.
    """
    secure = origin.protocol == "https-only" or (origin.protocol == "match-viewer" and scheme == "https")
    port = origin.https_port if secure else origin.http_port
    url = httpx.URL(scheme="https" if secure else "http", host=origin.domain, port=port, path="/")
    timeout = httpx.Timeout(origin.read_seconds, connect=origin.connect_seconds)
    fields = [(name.encode(), value.encode("latin-1")) for name, value in request.fields]
    outgoing = httpx.Request(
        request.method,
        url,
        headers=fields,
        content=body,
        # The target as the viewer sent it: httpx would write some characters otherwise.
        extensions={"timeout": timeout.as_dict(), "target": request.target.encode("latin-1")},
    )
    where = f"{origin.domain}:{port}"
    # A connection that the origin closed at this very moment is no failure of the origin's.
    attempts = 2 if body is None else 1
    while True:
        attempts -= 1
        try:
            return await client.send(outgoing, stream=True)
        except (httpx.ReadError, httpx.RemoteProtocolError) as error:
            if attempts == 0:
                raise OriginError(502, f"{where} closed the connection: {error}") from error
        except httpx.TimeoutException as error:
            raise OriginError(504, f"{where} did not answer in time") from error
        except httpx.HTTPError as error:
            raise OriginError(502, f"{where} cannot be reached: {error}") from error
