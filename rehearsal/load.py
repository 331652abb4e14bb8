"""An open-loop client: requests leave at a steady pace, whether or not those before were answered."""

import asyncio
import ssl
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx

ADDRESS = "127.0.0.9"
"""The client's own: rate limits by address must not take it and a verification for one."""

PATIENCE_SECONDS = 30.0
"""Longer than the edge holds a request: what it says in the end counts, on a machine as slow as may be."""

MOST_AT_ONCE = 2_000
"""All that is asked while nothing answers has a connection of its own: no request waits for another."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One request's end.

    Args:
        sent: When it left, on time.monotonic's clock.
        seconds: How long the answer took.
        status: HTTP status; 0 when there was no answer.
        release: The answer's x-release.
        error: Why there was no answer.
        expected: The status that a good release answers.
    """

    sent: float
    seconds: float
    status: int
    release: str
    error: str = ""
    expected: int = 200

    @property
    def failed(self) -> bool:
        """Whether a user would have seen an error."""
        return self.status != self.expected


@dataclass(kw_only=True)
class Load:
    """Sends requests to one site on this machine until it is stopped, a minute or two at most.

    Args:
        port: The edge's HTTPS port.
        host: The site's name.
        asked: Paths with the status that a good release answers, asked in turn.
        rate: Requests a second.
        longest: Seconds after which it stops by itself.
        address: Where the edge listens: loopback, or a machine of the rehearsal's own.
    """

    port: int
    host: str
    asked: tuple[tuple[str, int], ...] = (("/", 200),)
    rate: int = 100
    longest: float = 180.0
    address: str = "127.0.0.1"
    answers: list[Answer] = field(default_factory=list)

    def __enter__(self) -> "Load":
        """Start sending."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and wait for what is on its way."""
        self._stop.set()
        self._thread.join(timeout=2 * PATIENCE_SECONDS)

    @property
    def failed(self) -> list[Answer]:
        """The requests that failed."""
        return [answer for answer in self.answers if answer.failed]

    def releases(self) -> Counter[str]:
        """How many answers came from each release."""
        return Counter(answer.release for answer in self.answers if not answer.failed)

    def settled_after(self, begin: float, release: str) -> float:
        """Seconds from a moment to the last answer that was not a good one of a release."""
        others = [a.sent for a in self.answers if a.sent >= begin and (a.failed or a.release != release)]
        return max(others, default=begin) - begin

    async def _run(self) -> None:
        # The edge's certificate is its own authority's: this client looks at answers, not at trust.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        limits = httpx.Limits(max_connections=MOST_AT_ONCE, max_keepalive_connections=50)
        transport = httpx.AsyncHTTPTransport(
            verify=context,
            limits=limits,
            local_address=ADDRESS if self.address == "127.0.0.1" else None,
            trust_env=False,
        )
        async with httpx.AsyncClient(transport=transport, timeout=PATIENCE_SECONDS) as client:
            begin = time.monotonic()
            sending: set[asyncio.Task[None]] = set()
            for number in range(int(self.rate * self.longest)):
                await asyncio.sleep(max(0.0, begin + number / self.rate - time.monotonic()))
                if self._stop.is_set():
                    break
                path, expected = self.asked[number % len(self.asked)]
                task = asyncio.create_task(self._send(client, path, expected))
                sending.add(task)
                task.add_done_callback(sending.discard)
            await asyncio.gather(*sending)

    async def _send(self, client: httpx.AsyncClient, path: str, expected: int) -> None:
        sent = time.monotonic()
        status, release, error = 0, "", ""
        try:
            answer = await client.get(
                f"https://{self.address}:{self.port}{path}",
                headers={"host": self.host},
                extensions={"sni_hostname": self.host},
            )
            status, release = answer.status_code, answer.headers.get("x-release", "")
        except httpx.HTTPError as found:
            error = type(found).__name__
        self.answers.append(
            Answer(
                sent=sent,
                seconds=time.monotonic() - sent,
                status=status,
                release=release,
                error=error,
                expected=expected,
            )
        )
