"""What a distribution is made of, as far as the rehearsal models it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rehearsal.edge.firewall import WebAcl
from rehearsal.edge.functions.runner import Function

Selection = Literal["none", "whitelist", "allExcept", "all"]
ViewerProtocol = Literal["allow-all", "https-only", "redirect-to-https"]

DEFAULT_ERROR_TTL = 10.0
"""CloudFront's error caching minimum TTL in seconds, where the distribution names none."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Which headers, cookies or query parameters take part.

    Args:
        selection: How the names are meant.
        names: The names; lower-case for headers.
    """

    selection: Selection = "none"
    names: frozenset[str] = frozenset()

    def takes(self, name: str) -> bool:
        """Whether a name takes part."""
        if self.selection == "whitelist":
            return name in self.names
        if self.selection == "allExcept":
            return name not in self.names
        return self.selection == "all"


@dataclass(frozen=True, kw_only=True)
class CachePolicy:
    """How long answers are kept, and what tells them apart.

    Args:
        minimum: Seconds.
        default: Seconds, for answers that say nothing.
        maximum: Seconds; 0 switches the cache off, and compression with it.
        headers: Part of the cache key, and sent to the origin.
        cookies: Likewise.
        queries: Likewise.
        gzip: The viewer's acceptance of gzip is part of the cache key.
        brotli: Likewise for brotli.
    """

    minimum: float = 0
    default: float = 0
    maximum: float = 0
    headers: Chosen = Chosen()
    cookies: Chosen = Chosen()
    queries: Chosen = Chosen()
    gzip: bool = False
    brotli: bool = False


@dataclass(frozen=True, kw_only=True)
class OriginRequestPolicy:
    """What goes to the origin beyond the cache key.

    Args:
        headers: The viewer's headers.
        cookies: The viewer's cookies.
        queries: The viewer's query parameters.
    """

    headers: Chosen = Chosen()
    cookies: Chosen = Chosen()
    queries: Chosen = Chosen()


@dataclass(frozen=True, kw_only=True)
class SetHeader:
    """A header that the edge puts into answers.

    Args:
        name: The header's name.
        value: Its value.
        override: Replaces what the origin sent; else only fills in.
    """

    name: str
    value: str
    override: bool


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where misses go.

    Args:
        domain: Host name.
        path: Put before the request's path; "" or begins with a slash.
        protocol: `http-only`, `https-only` or `match-viewer`.
        http_port: Port for plain HTTP.
        https_port: Port for HTTPS.
        connect_seconds: For a connection.
        read_seconds: For the answer, and for each piece of it.
        headers: Custom headers, sent with every request.
        host_header: Host instead of the domain.
    """

    domain: str
    path: str = ""
    protocol: str = "https-only"
    http_port: int = 80
    https_port: int = 443
    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    headers: Mapping[str, str] = field(default_factory=dict)
    host_header: str | None = None


@dataclass(frozen=True, kw_only=True)
class Behavior:
    """What happens to requests of one path pattern.

    Args:
        pattern: The path pattern; `*` for the default.
        origin: Where misses go, unless the function says otherwise.
        viewer_protocol: What happens to plain HTTP.
        methods: Allowed methods.
        compress: Whether the edge may compress.
        cache: The cache policy.
        forward: The origin request policy.
        set_headers: From the response headers policy.
        remove_headers: Likewise; lower-case.
        function: Runs on every viewer request.
    """

    pattern: str
    origin: Origin
    viewer_protocol: ViewerProtocol = "allow-all"
    methods: frozenset[str] = frozenset({"GET", "HEAD"})
    compress: bool = False
    cache: CachePolicy = CachePolicy()
    forward: OriginRequestPolicy = OriginRequestPolicy()
    set_headers: tuple[SetHeader, ...] = ()
    remove_headers: frozenset[str] = frozenset()
    function: Function | None = None


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """A deployed distribution.

    Args:
        id: Its id.
        domain: Its own name under cloudfront.net.
        aliases: The host names it answers for, lower-case.
        behaviors: In their order, the default behaviour last.
        error_ttls: Error caching minimum TTL in seconds by status.
        web_acl: The firewall in front of it.
    """

    id: str
    domain: str
    aliases: frozenset[str]
    behaviors: tuple[Behavior, ...]
    error_ttls: Mapping[int, float] = field(default_factory=dict)
    web_acl: WebAcl | None = None

    def answers_for(self, host: str) -> bool:
        """Whether a host name is this distribution's, by name or by wildcard alias."""
        parent = "*." + host.partition(".")[2]
        return host == self.domain or host in self.aliases or parent in self.aliases

    def error_ttl(self, status: int) -> float:
        """The error caching minimum TTL of a status, in seconds."""
        return self.error_ttls.get(status, DEFAULT_ERROR_TTL)
