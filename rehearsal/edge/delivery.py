"""From cache or origin to the answer: what happens to a request once its behaviour and origin are known."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx

from rehearsal.edge.answers import Answer, end_to_end, error_page
from rehearsal.edge.cache import OBJECT_BYTES, Cache, Entry, Key, accepted_encoding, cache_key, lifetime
from rehearsal.edge.compression import compressed, compressible
from rehearsal.edge.incoming import Incoming
from rehearsal.edge.kept import answer_from
from rehearsal.edge.model import Behavior, Distribution, Origin
from rehearsal.edge.origin import OriginError, OriginRequest, ask, origin_request
from rehearsal.edge.request import Fields, Request

Keep = Callable[[Fields | None, bytes], None]
"""Keeps a body; with the header fields, where those were changed."""

SERVED_STALE = frozenset({500, 502, 503, 504})


@dataclass(frozen=True, kw_only=True)
class Errand:
    """A request with all that decides its answer.

    Args:
        request: The request after the function.
        distribution: Whose it is.
        behavior: Of its path.
        origin: Where a miss goes.
        identity: The request's id.
        incoming: The viewer's body.
    """

    request: Request
    distribution: Distribution
    behavior: Behavior
    origin: Origin
    identity: str
    incoming: Incoming


class _OriginBody:
    """An origin's body; kept when it came whole."""

    def __init__(self, response: httpx.Response, keep: Keep | None) -> None:
        self._response = response
        self._keep = keep

    async def __aiter__(self) -> AsyncIterator[bytes]:
        collected: list[bytes] = []
        size = 0
        async for piece in self._response.aiter_raw():
            size += len(piece)
            if self._keep is not None and size <= OBJECT_BYTES:
                collected.append(piece)
            yield piece
        if self._keep is not None and size <= OBJECT_BYTES:
            self._keep(None, b"".join(collected))

    async def aclose(self) -> None:
        await self._response.aclose()


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Serves errands out of the cache and from origins.

    Args:
        cache: The cache.
        origins: Finds origins.
        clock: Seconds since the epoch.
        time_scale: Seconds of AWS in a second here; shortens how long errors are kept.
    """

    cache: Cache
    origins: httpx.AsyncClient
    clock: Callable[[], float]
    time_scale: float = 1.0

    async def answer(self, errand: Errand) -> Answer:
        """The answer; its body may still have to be read from the origin."""
        request = errand.request
        key = _key(errand)
        entry = self.cache.get(key) if key else None
        if entry is not None and entry.fresh(self.clock()):
            return answer_from(entry, request, now=self.clock(), cache="Hit")
        shared = key is not None and errand.behavior.cache.maximum > 0
        outgoing = origin_request(
            request,
            behavior=errand.behavior,
            origin=errand.origin,
            identity=errand.identity,
            shared=shared,
        )
        if entry is not None and shared:
            outgoing = _conditional(outgoing, entry)
        body = errand.incoming.body() if errand.incoming.has_body else None
        try:
            response = await ask(self.origins, errand.origin, outgoing, scheme=request.scheme, body=body)
        except OriginError as error:
            if entry is not None and entry.status < 400:
                return answer_from(entry, request, now=self.clock(), cache="Hit")
            return self._failed(errand, key, error)
        return await self._answered(errand, key, entry, response)

    async def _answered(
        self, errand: Errand, key: Key | None, entry: Entry | None, response: httpx.Response
    ) -> Answer:
        fields = end_to_end(
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers.raw
        )
        if entry is not None and key is not None and response.status_code in (304, *SERVED_STALE):
            if response.status_code == 304:
                await response.aclose()
                ttl = self._lifetime(errand, entry.status, (*fields, *entry.fields))
                entry = self.cache.confirm(key, entry, ttl=ttl, fields=fields)
                return answer_from(entry, errand.request, now=self.clock(), cache="RefreshHit")
            if entry.status < 400:
                await response.aclose()
                return answer_from(entry, errand.request, now=self.clock(), cache="Hit")
        cache = "Error" if response.status_code >= 400 else "Miss"
        if _to_compress(errand, response.status_code, fields):
            return await self._compressed(errand, key, response, fields)
        keep = self._keeping(errand, key, response.status_code, fields)
        body = _OriginBody(response, keep)
        return Answer(status=response.status_code, fields=fields, body=body, cache=cache)

    async def _compressed(
        self, errand: Errand, key: Key | None, response: httpx.Response, fields: Fields
    ) -> Answer:
        status = response.status_code
        keep = self._keeping(errand, key, status, fields)
        whole = b"".join([piece async for piece in _OriginBody(response, None)])
        fields, packed = await compressed(fields, whole)
        if keep is not None:
            keep(fields, packed)
        return Answer(status=status, fields=fields, body=packed, cache="Error" if status >= 400 else "Miss")

    def _keeping(self, errand: Errand, key: Key | None, status: int, fields: Fields) -> Keep | None:
        if key is None or errand.request.method != "GET" or errand.request.header("range"):
            return None
        ttl = self._lifetime(errand, status, fields)
        length = dict(fields).get("content-length", "0")
        if ttl <= 0 or (length.isdigit() and int(length) > OBJECT_BYTES):
            return None
        age = dict(fields).get("age", "0")

        def keep(changed: Fields | None, body: bytes) -> None:
            entry = Entry(
                status=status,
                fields=changed if changed is not None else fields,
                body=body,
                stored=self.clock(),
                ttl=ttl,
                age=float(age) if age.isdigit() else 0.0,
            )
            self.cache.put(key, entry)

        return keep

    def _failed(self, errand: Errand, key: Key | None, error: OriginError) -> Answer:
        page = error_page(error.status, str(error), method=errand.request.method)
        if key is not None and errand.request.method == "GET" and isinstance(page.body, bytes):
            ttl = errand.distribution.error_ttl(error.status) / self.time_scale
            kept = Entry(status=page.status, fields=page.fields, body=page.body, stored=self.clock(), ttl=ttl)
            self.cache.put(key, kept)
        return page

    def _lifetime(self, errand: Errand, status: int, fields: Fields) -> float:
        return lifetime(
            status=status,
            fields=fields,
            policy=errand.behavior.cache,
            error_ttl=errand.distribution.error_ttl(status) / self.time_scale,
            now=self.clock(),
        )


def _key(errand: Errand) -> Key | None:
    if errand.request.method not in ("GET", "HEAD"):
        return None
    return cache_key(
        distribution=errand.distribution.id, policy=errand.behavior.cache, request=errand.request
    )


def _conditional(request: OriginRequest, entry: Entry) -> OriginRequest:
    conditions = {"if-none-match": entry.header("etag"), "if-modified-since": entry.header("last-modified")}
    added = tuple((name, value) for name, value in conditions.items() if value and entry.status == 200)
    return OriginRequest(method=request.method, target=request.target, fields=(*request.fields, *added))


def _to_compress(errand: Errand, status: int, fields: Fields) -> bool:
    policy = errand.behavior.cache
    return (
        errand.behavior.compress
        and policy.maximum > 0
        and "gzip" in accepted_encoding(policy, errand.request)
        and errand.request.method == "GET"
        and not errand.request.header("range")
        and compressible(status=status, fields=fields)
    )
