"""Which app answers for which host name, changeable while the servers run."""

from datetime import UTC, datetime
from email.utils import format_datetime

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HostTable:
    """Apps by host name. An exact name wins over a suffix, a longer suffix over a shorter one.

    It is an ASGI app itself: it hands each request to the app of its Host header.
    """

    def __init__(self) -> None:
        self._exact: dict[str, ASGIApp] = {}
        self._suffixes: dict[str, ASGIApp] = {}

    def set(self, pattern: str, app: ASGIApp) -> None:
        """Name the app of a host.

        Args:
            pattern: A host name, or `*.suffix` for every name below a suffix, however many labels deep.
            app: The app that answers from the next request on.
        """
        if pattern.startswith("*."):
            self._suffixes[pattern[1:].lower()] = app
        else:
            self._exact[pattern.lower()] = app

    def remove(self, pattern: str) -> None:
        """Forget a pattern; without effect when it is unknown."""
        if pattern.startswith("*."):
            self._suffixes.pop(pattern[1:].lower(), None)
        else:
            self._exact.pop(pattern.lower(), None)

    def find(self, host: str) -> ASGIApp | None:
        """The app of a host name without its port, or None."""
        host = host.lower().rstrip(".")
        if host in self._exact:
            return self._exact[host]
        matching = [suffix for suffix in self._suffixes if host.endswith(suffix) and host != suffix]
        return self._suffixes[max(matching, key=len)] if matching else None

    def knows(self, host: str) -> bool:
        """Whether an app answers for the host name."""
        return self.find(host) is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to its host's app; 421 when there is none."""
        if scope["type"] == "lifespan":
            return
        host = next((value for key, value in scope["headers"] if key == b"host"), b"").decode("latin-1")
        app = self.find(without_port(host))
        if app is not None:
            await app(scope, receive, _dated(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            refusal = PlainTextResponse(f"The rehearsal has no host {host!r}.\n", status_code=421)
            await refusal(scope, receive, _dated(send))


def without_port(authority: str) -> str:
    """The host of `host`, `host:port` or `[address]:port`."""
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.partition(":")[0]


def _dated(send: Send) -> Send:
    # The server's own Date would stand beside the one of an origin that an app passes on.
    async def with_date(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            if not any(name.lower() == b"date" for name, _ in headers):
                headers.append((b"date", format_datetime(datetime.now(UTC), usegmt=True).encode()))
            message = {**message, "headers": headers}
        await send(message)

    return with_date
