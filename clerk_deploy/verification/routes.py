"""How a host is reached: directly, at another address, or through a proxy."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

from clerk_deploy.errors import UnusableInputError

DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, kw_only=True)
class Detour:
    """A host and port that are reached at another address, as curl's --resolve does.

    Args:
        host: As in the URL.
        port: As in the URL.
        address: IP address to connect to.
        to_port: Port to connect to.
    """

    host: str
    port: int
    address: str
    to_port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads HOST:PORT:ADDRESS, or HOST:PORT:ADDRESS:PORT with another port; IPv6 in brackets.

        Raises:
            UnusableInputError: It is none.
        """
        host, _, rest = text.partition(":")
        port, _, target = rest.partition(":")
        address, to_port = _address_and_port(target, port)
        try:
            ipaddress.ip_address(address)
            if not host or not 0 < int(port) < 65536 or not 0 < int(to_port) < 65536:
                raise ValueError
        except ValueError:
            raise UnusableInputError(
                f"--resolve {text} cannot be read.",
                next_step="write HOST:PORT:ADDRESS, such as yourapp.com:443:192.0.2.10",
            ) from None
        return cls(host=host.lower(), port=int(port), address=address, to_port=int(to_port))


@dataclass(frozen=True, kw_only=True)
class Routes:
    """All ways out of this machine.

    Args:
        detours: Hosts reached at other addresses; they go past any proxy.
        environment: Variables such as HTTPS_PROXY and NO_PROXY.
    """

    detours: tuple[Detour, ...] = ()
    environment: Mapping[str, str]

    def detour(self, host: str, port: int) -> Detour | None:
        """The other address of a host, if there is one."""
        return next((each for each in self.detours if (each.host, each.port) == (host, port)), None)

    def proxy(self, scheme: str, host: str, port: int) -> str | None:
        """The proxy's URL for a host, or None to connect directly."""
        if self.detour(host, port) or self._is_excepted(host, port):
            return None
        name = f"{scheme}_proxy"
        # HTTP_PROXY in capitals can be set by a client of a CGI program: curl reads only http_proxy.
        # Here it is read, as Python, Node and Go do outside CGI.
        found = self.environment.get(name) or self.environment.get(name.upper())
        if not found:
            return None
        return found if "://" in found else f"http://{found}"

    def _is_excepted(self, host: str, port: int) -> bool:
        words = self.environment.get("no_proxy") or self.environment.get("NO_PROXY") or ""
        for word in words.replace(",", " ").split():
            name, _, only_port = word.partition(":") if word.count(":") == 1 else (word, "", "")
            name = name.lower().lstrip("*").lstrip(".")
            if word == "*" or (
                (host == name or (name and host.endswith(f".{name}"))) and only_port in ("", str(port))
            ):
                return True
        return False


def authority(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL.

    Raises:
        UnusableInputError: It is no http or https URL.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS[parts.scheme]
        if not parts.hostname:
            raise ValueError
    except (ValueError, KeyError):
        raise UnusableInputError(
            f"{url} is no address of a site.", next_step="write it as https://HOST"
        ) from None
    return parts.scheme, parts.hostname, port


def _address_and_port(target: str, port: str) -> tuple[str, str]:
    if target.startswith("["):
        address, _, rest = target[1:].partition("]")
        return address, rest.removeprefix(":") or port
    if target.count(":") == 1:
        address, _, to_port = target.partition(":")
        return address, to_port
    return target, port
