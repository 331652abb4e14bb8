"""A small HTTP client for checks: bounded in time and memory; no cookies, redirects or retries of its own."""

import hashlib
import hmac
import json
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.response import BaseHTTPResponse

from clerk_deploy.secret_value import SecretValue
from clerk_deploy.verification.routes import Routes, authority

USER_AGENT: Final = "clerk-deploy-verification"
LARGEST_BODY: Final = 8 * 1024 * 1024
CHUNK: Final = 64 * 1024
POOL: Final = 32
"""Connections kept for one host: more than there are checks at work."""


class NoAnswerError(Exception):
    """The other side did not answer, or not in HTTP; the message says what happened.

    Args:
        message: What happened.
        host: Who did not answer.
    """

    def __init__(self, message: str, *, host: str = "") -> None:
        super().__init__(message)
        self.host = host


class RateLimitedError(Exception):
    """The other side lets in no more requests from here: its answers say nothing about what is verified.

    Args:
        response: What it answered.
        seconds: When to try again, where the answer itself does not say.
    """

    def __init__(self, response: "Response", *, seconds: int | None = None) -> None:
        told = response.header("retry-after") or str(seconds or "")
        again = f"in {told} s" if told.isdigit() else "in a few minutes"
        super().__init__(f"{response}: too many requests from here; try again {again}")
        self.retry_after = int(told) if told.isdigit() else None


class ClosedConnectionError(NoAnswerError):
    """The connection ended before an answer began."""


class OutOfTimeError(NoAnswerError):
    """The check's deadline passed."""


@dataclass(frozen=True, kw_only=True)
class Response:
    """An answer, read up to the limit.

    Args:
        method: Of the request.
        url: Of the request.
        status: Status code.
        headers: Case-insensitive; repeated headers joined by commas.
        cookies: Each Set-Cookie header as it came.
        body: Decoded from gzip when it was compressed so, at most LARGEST_BODY bytes.
        is_cut: The body was longer.
        wire_bytes: Bytes of the body as they travelled.
        seconds: From sending to the last byte.
    """

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    body: bytes
    is_cut: bool
    wire_bytes: int
    seconds: float

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")

    @property
    def path(self) -> str:
        """The request's path, as evidence shows it."""
        return urlsplit(self.url).path or "/"

    def header(self, name: str) -> str:
        """A header's value; empty when absent."""
        return self.headers.get(name, "")

    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def field(self, name: str) -> Any:
        """A field of the body's JSON object; None when there is none."""
        document = self.json()
        return document.get(name) if isinstance(document, dict) else None

    def __str__(self) -> str:
        """The line that evidence quotes."""
        return f"{self.method} {self.path} answered {self.status}"


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Headers for the site alone: they never go to another host, nor in clear text to a public one.

    Args:
        base_url: The site.
        verification_token: Marks requests as synthetic.
        release_token: Opens a slot at the edge.
        slot: The slot to be led to.
        origins: The site's other addresses: requests there are marked as well, without the release token.
        now: The time in seconds since the epoch.
    """

    base_url: str
    now: Callable[[], float]
    verification_token: SecretValue | None = None
    release_token: SecretValue | None = None
    slot: str = ""
    origins: tuple[str, ...] = ()

    def headers(self, method: str, url: str) -> dict[str, str]:
        """The headers for one request."""
        is_site = authority(url) == authority(self.base_url)
        if not is_site and authority(url) not in map(authority, self.origins):
            return {}
        made: dict[str, str] = {}
        if self.verification_token:
            stamp = str(int(self.now()))
            path = urlsplit(url).path or "/"
            digest = hmac.new(
                self.verification_token.reveal().encode(),
                f"{stamp}\n{method}\n{path}".encode(),
                hashlib.sha256,
            )
            made["x-verification"] = f"t={stamp};v1={digest.hexdigest()}"
        if self.release_token and self.slot and is_site:
            made["x-release-slot"] = self.slot
            made["x-release-token"] = self.release_token.reveal()
        return made


@dataclass(frozen=True, kw_only=True)
class Client:
    """Sends requests.

    Args:
        routes: How hosts are reached.
        cacert: PEM file of the authorities to trust in place of the machine's; empty: the machine's.
        signature: Headers for the site itself.
        timeout: Seconds without progress after which a request is given up.
        deadline: On the monotonic clock; nothing goes on after it.
        is_patient: A 429 is an error, for what it says is only that others asked too much before.
        dead: Hosts that are known not to answer: they are not asked again.
    """

    routes: Routes
    cacert: str = ""
    signature: Signature | None = None
    timeout: float = 10.0
    deadline: float | None = None
    is_patient: bool = True
    dead: frozenset[str] = frozenset()
    _pools: dict[tuple[str, str, int], urllib3.HTTPConnectionPool] = field(
        default_factory=dict, repr=False, compare=False
    )

    def until(self, deadline: float) -> "Client":
        """The same client (and connections) with a deadline."""
        return replace(self, deadline=deadline)

    def get(self, url: str, *, headers: Mapping[str, str] | None = None, follow: int = 0) -> Response:
        """A GET request; the arguments are those of `request`."""
        return self.request("GET", url, headers=headers, follow=follow)

    def post(self, url: str, document: object, *, headers: Mapping[str, str] | None = None) -> Response:
        """A POST request with a JSON body."""
        return self.request(
            "POST",
            url,
            headers={"Content-Type": "application/json", **(headers or {})},
            body=json.dumps(document).encode(),
        )

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        follow: int = 0,
        limit: int = LARGEST_BODY,
    ) -> Response:
        """One request.

        Args:
            method: HTTP method.
            url: Absolute URL.
            headers: Besides those that the client sets itself.
            body: Bytes to send.
            follow: Redirects to follow, at most; only GET is repeated.
            limit: Bytes of the body to read, at most.

        Raises:
            NoAnswerError: No answer in HTTP came; OutOfTimeError when the deadline passed.
            RateLimitedError: The answer is 429.
        """
        response = self._on_a_live_connection(
            method, url, headers=dict(headers or {}), body=body, limit=limit
        )
        if response.status == 429 and self.is_patient:
            raise RateLimitedError(response)
        location = response.header("location")
        if follow <= 0 or response.status not in (301, 302, 303, 307, 308) or not location:
            return response
        next_url = urljoin(url, location)
        if not next_url.startswith(("http://", "https://")):
            return response
        # A token is for the host that it was meant for.
        kept = headers if authority(next_url) == authority(url) else {}
        return self.request("GET", next_url, headers=kept, follow=follow - 1, limit=limit)

    def remaining(self) -> float:
        """Seconds that one request may take."""
        if self.deadline is None:
            return self.timeout
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise OutOfTimeError("the check's time was over")
        return min(self.timeout, left)

    def ssl_context(self) -> ssl.SSLContext:
        """The machine's authorities (SSL_CERT_FILE is honoured), or `cacert`'s alone."""
        context = ssl.create_default_context(cafile=self.cacert or None)
        # On from Python 3.13: it refuses certificates that every browser takes, and a Lambda and this machine
        # would disagree.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        return context

    def _on_a_live_connection(self, method: str, url: str, **arguments: Any) -> Response:
        """A server may close a kept connection when it is used again: what is safe is asked once more."""
        try:
            return self._once(method, url, **arguments)
        except ClosedConnectionError:
            if method not in ("GET", "HEAD", "OPTIONS"):
                raise
            return self._once(method, url, **arguments)

    def _once(
        self, method: str, url: str, *, headers: dict[str, str], body: bytes | None, limit: int
    ) -> Response:
        scheme, host, port = authority(url)
        parts = urlsplit(url)
        if host in self.dead:
            raise NoAnswerError(f"{host} does not answer", host=host)
        sent = {
            "Host": host if port in (80, 443) else f"{host}:{port}",
            "User-Agent": USER_AGENT,
            "Accept-Encoding": "identity",
            **(self.signature.headers(method, url) if self.signature else {}),
            **headers,
        }
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        timeout = self.remaining()
        started = time.monotonic()
        pool = self._pool(scheme, host, port)
        target = url if pool.proxy and scheme == "http" else path
        try:
            answer = pool.urlopen(
                method,
                target,
                body=body,
                headers=sent,
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
                timeout=urllib3.Timeout(connect=timeout, read=timeout),
                assert_same_host=False,
            )
            raw, is_cut = self._read(answer, limit)
        except OutOfTimeError as error:
            raise OutOfTimeError(str(error), host=host) from None
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise _no_answer(error, f"{scheme}://{parts.netloc}{parts.path}", host) from None
        decoded, was_cut = _decoded(raw, answer.headers.get("content-encoding", ""), limit)
        return Response(
            method=method,
            url=url,
            status=answer.status,
            headers=answer.headers,
            cookies=tuple(answer.headers.getlist("set-cookie")),
            body=decoded,
            is_cut=is_cut or was_cut,
            wire_bytes=len(raw),
            seconds=time.monotonic() - started,
        )

    def _read(self, answer: BaseHTTPResponse, limit: int) -> tuple[bytes, bool]:
        chunks: list[bytes] = []
        size = 0
        while size <= limit:
            self.remaining()
            # read1 returns what has arrived: a body that drips cannot outlive the deadline.
            chunk = answer.read1(min(CHUNK, limit + 1 - size))
            if not chunk:
                answer.release_conn()
                return b"".join(chunks), False
            chunks.append(chunk)
            size += len(chunk)
        answer.close()
        return b"".join(chunks)[:limit], True

    def _pool(self, scheme: str, host: str, port: int) -> urllib3.HTTPConnectionPool:
        key = (scheme, host, port)
        if key not in self._pools:
            self._pools[key] = self._new_pool(scheme, host, port)
        return self._pools[key]

    def _new_pool(self, scheme: str, host: str, port: int) -> urllib3.HTTPConnectionPool:
        secure: dict[str, Any] = {"ssl_context": self.ssl_context()} if scheme == "https" else {}
        if proxy := self.routes.proxy(scheme, host, port):
            manager = urllib3.ProxyManager(proxy, maxsize=POOL, **secure)
            return manager.connection_from_host(host, port, scheme)
        detour = self.routes.detour(host, port)
        address, to_port = (detour.address, detour.to_port) if detour else (host, port)
        if scheme == "http":
            return urllib3.HTTPConnectionPool(address, to_port, maxsize=POOL)
        return urllib3.HTTPSConnectionPool(
            address, to_port, maxsize=POOL, server_hostname=host, assert_hostname=host, **secure
        )


def _decoded(raw: bytes, encoding: str, limit: int) -> tuple[bytes, bool]:
    """The body without gzip or deflate; other encodings stay as they came."""
    if encoding.lower() not in ("gzip", "deflate", "x-gzip"):
        return raw, False
    inflater = zlib.decompressobj(47)
    try:
        body = inflater.decompress(raw, limit)
    except zlib.error:
        return raw, False
    return body, bool(inflater.unconsumed_tail)


def _no_answer(error: Exception, where: str, host: str) -> NoAnswerError:
    if isinstance(error, urllib3.exceptions.TimeoutError | TimeoutError) and not isinstance(
        error, urllib3.exceptions.NewConnectionError
    ):
        return NoAnswerError(f"{where} did not answer in time", host=host)
    reason: BaseException = error
    while isinstance(reason, urllib3.exceptions.HTTPError) and reason.args:
        inner = reason.args[-1] if isinstance(reason.args[-1], BaseException) else reason.__cause__
        if inner is None:
            break
        reason = inner
    closed = isinstance(reason, ConnectionError) and not isinstance(reason, ConnectionRefusedError)
    kind = ClosedConnectionError if closed else NoAnswerError
    return kind(f"{where} gave no usable answer: {_short(reason)}", host=host)


def _short(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {error.verify_message}"
    text = str(error).rpartition(": ")[2] if isinstance(error, urllib3.exceptions.HTTPError) else str(error)
    return (text or type(error).__name__)[:200]
