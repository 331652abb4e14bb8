"""The head of a request to a forward proxy, and how it is written on."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

HOP_BY_HOP = frozenset({"connection", "proxy-connection", "keep-alive", "proxy-authorization"})


class HeadError(Exception):
    """The bytes are no request that a forward proxy serves.

    Args:
        status: The status line's code and reason.
        why: For the person who sent it.
    """

    def __init__(self, status: str, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Head:
    """A parsed request line with its header fields.

    Args:
        method: `CONNECT` or any other method.
        host: The target's host, lower-case, without brackets.
        port: The target's port.
        path: Path and query for the origin; empty for CONNECT.
        fields: Header fields in their order, names as sent.
    """

    method: str
    host: str
    port: int
    path: str
    fields: tuple[tuple[str, str], ...]

    def origin(self) -> bytes:
        """The head for the origin. One request per connection: the pump does not look into bodies."""
        return self._written(self.path, extra=())

    def absolute(self, *, authorization: str | None) -> bytes:
        """The head for another proxy.

        Args:
            authorization: Value of Proxy-Authorization, or None.
        """
        extra = () if authorization is None else (("Proxy-Authorization", authorization),)
        return self._written(f"http://{self._authority}{self.path}", extra=extra)

    @property
    def _authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 80 else f"{host}:{self.port}"

    def _written(self, target: str, *, extra: tuple[tuple[str, str], ...]) -> bytes:
        kept = [(k, v) for k, v in self.fields if k.lower() not in HOP_BY_HOP and k.lower() != "host"]
        fields = [("Host", self._authority), *kept, *extra, ("Connection", "close")]
        lines = [f"{self.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def read_head(reader: asyncio.StreamReader) -> Head:
    """Read one request's head.

    Args:
        reader: A connection whose limit bounds the head's size.

    Raises:
        HeadError: Too long, malformed, or not meant for a proxy.
        asyncio.IncompleteReadError: The client left before its end.
    """
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise HeadError("431 Request Header Fields Too Large", "the request's head is too long") from None
    lines = raw[:-4].decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise HeadError("400 Bad Request", "the request line is malformed")
    method, target, _ = words
    try:
        host, port, path = _connect_target(target) if method == "CONNECT" else _absolute_target(target)
    except ValueError as error:
        raise HeadError("400 Bad Request", str(error)) from None
    return Head(method=method, host=host.lower().rstrip("."), port=port, path=path, fields=_fields(lines[1:]))


def _connect_target(target: str) -> tuple[str, int, str]:
    url = urlsplit(f"//{target}")
    if not url.hostname or url.port is None or url.path:
        raise ValueError(f"CONNECT needs host:port, not {target!r}")
    return url.hostname, url.port, ""


def _absolute_target(target: str) -> tuple[str, int, str]:
    url = urlsplit(target)
    if url.scheme.lower() != "http" or not url.hostname:
        raise ValueError("this is a forward proxy: send CONNECT host:port or an absolute http:// URL")
    # Taken from the text: a normalised path would hide from the origin what the client sent.
    rest = target.split("://", 1)[1].split("#", 1)[0]
    start = min((rest.index(mark) for mark in "/?" if mark in rest), default=len(rest))
    path = rest[start:]
    return url.hostname, url.port or 80, path if path.startswith("/") else f"/{path}"


def _fields(lines: list[str]) -> tuple[tuple[str, str], ...]:
    fields = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise HeadError("400 Bad Request", "a header field is malformed")
        fields.append((name, value.strip()))
    return tuple(fields)
