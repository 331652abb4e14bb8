"""The edge's cache: what is kept, under which key, and for how long."""

import collections
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime

from rehearsal.edge.model import CachePolicy
from rehearsal.edge.request import Fields, Request

OBJECT_BYTES = 32 * 1024 * 1024
ERRORS_ALWAYS = frozenset({404, 410, 414, 500, 501, 502, 503, 504})
ERRORS_WITH_AGE = frozenset({400, 403, 405, 412, 415})
ERRORS_THAT_MAY_REFUSE = frozenset({404, 410, 414, 501})
"""Only for these does CloudFront heed no-store, no-cache and private."""
KEPT_STATUSES = frozenset({200, 203, 204, 300, 301, 302, 303, 307, 308})

Key = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A kept answer.

    Args:
        status: Its status.
        fields: Its header fields, lower-case names.
        body: Its body.
        stored: When it was fetched or confirmed, in seconds.
        ttl: For how long it is fresh, in seconds.
        age: The Age that it came with.
    """

    status: int
    fields: Fields
    body: bytes
    stored: float
    ttl: float
    age: float = 0.0

    def header(self, name: str) -> str | None:
        """One header's value."""
        return next((value for key, value in self.fields if key == name), None)

    def fresh(self, now: float) -> bool:
        """Whether it may be served without asking the origin."""
        return now < self.stored + self.ttl

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return len(self.body) + sum(len(name) + len(value) for name, value in self.fields) + 512


class Cache:
    """Least recently used answers go first.

    Args:
        clock: Seconds.
        limit: Bytes.
    """

    def __init__(self, *, clock: Callable[[], float], limit: int = 256 * 1024 * 1024) -> None:
        self._clock = clock
        self._limit = limit
        self._used = 0
        self._entries: collections.OrderedDict[Key, Entry] = collections.OrderedDict()

    @property
    def used(self) -> int:
        """Bytes in use."""
        return self._used

    def get(self, key: Key) -> Entry | None:
        """The answer kept under a key, fresh or not."""
        if key in self._entries:
            self._entries.move_to_end(key)
        return self._entries.get(key)

    def put(self, key: Key, entry: Entry) -> None:
        """Keep an answer; nothing is kept that is too large or stale already."""
        self.drop(key)
        if entry.ttl <= 0 or entry.size > min(OBJECT_BYTES, self._limit):
            return
        self._entries[key] = entry
        self._used += entry.size
        while self._used > self._limit:
            _, oldest = self._entries.popitem(last=False)
            self._used -= oldest.size

    def confirm(self, key: Key, entry: Entry, *, ttl: float, fields: Fields) -> Entry:
        """Keep an answer that the origin called unchanged.

        Args:
            key: Its key.
            entry: What was kept.
            ttl: Its new life in seconds.
            fields: What the origin's 304 said.
        """
        updated = {
            name: value for name, value in fields if name in ("cache-control", "date", "expires", "etag")
        }
        merged = [(name, value) for name, value in entry.fields if name not in updated and name != "age"]
        fresh = replace(entry, fields=(*merged, *updated.items()), stored=self._clock(), ttl=ttl, age=0.0)
        self.put(key, fresh)
        return fresh

    def drop(self, key: Key) -> None:
        """Forget an answer."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._used -= entry.size


def accepted_encoding(policy: CachePolicy, request: Request) -> str:
    """The viewer's Accept-Encoding as the cache normalises it: `br,gzip`, `br`, `gzip` or ``."""
    offered = _qualities(request.header("accept-encoding") or "")
    wanted = [("br", policy.brotli), ("gzip", policy.gzip)]
    return ",".join(
        name for name, enabled in wanted if enabled and offered.get(name, offered.get("*", 0)) > 0
    )


def cache_key(*, distribution: str, policy: CachePolicy, request: Request) -> Key:
    """What tells kept answers apart. The origin is no part of it, as on CloudFront.

    Args:
        distribution: The distribution's id.
        policy: The behaviour's cache policy.
        request: The request after the function.
    """
    queries = [part for name, part in request.parameters if policy.queries.takes(name)]
    cookies = [f"{name}={value}" for name, value in request.cookies if policy.cookies.takes(name)]
    headers = [f"{name}:{value}" for name, value in request.fields if policy.headers.takes(name)]
    encoding = accepted_encoding(policy, request)
    return (distribution, request.path, "&".join(queries), ";".join(cookies), "\n".join(headers), encoding)


def lifetime(*, status: int, fields: Fields, policy: CachePolicy, error_ttl: float, now: float) -> float:
    """For how many seconds an answer is kept.

    Args:
        status: Its status.
        fields: Its header fields.
        policy: The behaviour's cache policy.
        error_ttl: The error caching minimum TTL of the status.
        now: Seconds since the epoch.
    """
    control = directives(fields)
    stated = _stated(control, fields, now)
    refused = bool({"no-store", "no-cache", "private"} & set(control))
    if status >= 400:
        if status in ERRORS_WITH_AGE and stated is None:
            return 0.0
        if status not in ERRORS_ALWAYS | ERRORS_WITH_AGE:
            return 0.0
        if refused and status in ERRORS_THAT_MAY_REFUSE | ERRORS_WITH_AGE:
            return 0.0
        return max(error_ttl, min(stated or 0.0, policy.maximum))
    if status not in KEPT_STATUSES:
        return 0.0
    if refused:
        return policy.minimum
    if stated is None:
        # CloudFront takes the minimum when the default is below it
        return min(max(policy.minimum, policy.default), max(policy.maximum, policy.minimum))
    return max(policy.minimum, min(stated, policy.maximum))


def directives(fields: Fields) -> dict[str, str]:
    """Cache-Control's directives in lower case."""
    found: dict[str, str] = {}
    for name, value in fields:
        if name == "cache-control":
            for part in re.findall(r'[^,"]+(?:"[^"]*")?', value):
                key, _, content = part.strip().partition("=")
                found[key.strip().lower()] = content.strip().strip('"')
    return found


def _stated(control: Mapping[str, str], fields: Fields, now: float) -> float | None:
    for name in ("s-maxage", "max-age"):
        if control.get(name, "").isdigit():
            return float(control[name])
    expires = next((value for name, value in fields if name == "expires"), None)
    if expires is None:
        return None
    try:
        return max(0.0, parsedate_to_datetime(expires).timestamp() - now)
    except ValueError:
        return 0.0


def _qualities(value: str) -> dict[str, float]:
    qualities = {}
    for part in value.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            qualities[name] = float(quality)
        except ValueError:
            qualities[name] = 1.0
    return qualities
