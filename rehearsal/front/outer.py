"""The proxy that the machine itself needs to reach the network, when it has one."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit
from urllib.request import proxy_bypass


@dataclass(frozen=True, kw_only=True)
class OuterProxy:
    """A forward proxy outside the rehearsal.

    Args:
        host: Its host.
        port: Its port.
        authorization: Value of Proxy-Authorization, or None.
        bypass: The hosts it is not for, as NO_PROXY lists them.
    """

    host: str
    port: int
    authorization: str | None = field(default=None, repr=False)
    bypass: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "OuterProxy | None":
        """The proxy that HTTPS_PROXY (or HTTP_PROXY) names, or None.

        Args:
            environ: The environment in which the rehearsal was started.
        """
        names = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY")
        value = next((environ[name] for name in names if environ.get(name)), None)
        if value is None:
            return None
        url = urlsplit(value if "://" in value else f"http://{value}")
        if not url.hostname:
            return None
        authorization = None
        if url.username is not None:
            credentials = f"{unquote(url.username)}:{unquote(url.password or '')}"
            authorization = "Basic " + base64.b64encode(credentials.encode()).decode()
        return cls(
            host=url.hostname,
            port=url.port or 80,
            authorization=authorization,
            bypass=environ.get("no_proxy") or environ.get("NO_PROXY") or "",
        )

    def serves(self, host: str) -> bool:
        """Whether connections to the host go through this proxy."""
        return not proxy_bypass(host, {"no": self.bypass})
