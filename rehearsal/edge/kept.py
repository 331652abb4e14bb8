"""Answers out of the cache: conditions, ranges and age."""

import re
from email.utils import parsedate_to_datetime

from rehearsal.edge.answers import Answer
from rehearsal.edge.cache import Entry
from rehearsal.edge.request import Fields, Request

NOT_MODIFIED_FIELDS = frozenset(
    {"cache-control", "date", "etag", "expires", "vary", "last-modified", "server"}
)


def answer_from(entry: Entry, request: Request, *, now: float, cache: str) -> Answer:
    """What a viewer gets out of a kept answer: the whole, a range, or 304.

    Args:
        entry: The kept answer.
        request: The viewer's.
        now: Seconds.
        cache: `Hit`, `RefreshHit` or `Miss`.
    """
    age = int(now - entry.stored + entry.age)
    fields: Fields = (*((name, value) for name, value in entry.fields if name != "age"), ("age", str(age)))
    cache = "Error" if entry.status >= 400 else cache
    if entry.status == 200 and _unchanged(entry, request):
        short = tuple((name, value) for name, value in fields if name in NOT_MODIFIED_FIELDS | {"age"})
        return Answer(status=304, fields=short, cache=cache)
    body = entry.body
    if entry.status == 200 and request.method == "GET":
        span = _range(entry, request)
        if span is not None:
            return _part(fields, body, span, cache=cache)
    if entry.status not in (204, 304):
        fields = (
            *(pair for pair in fields if pair[0] != "content-length"),
            ("content-length", str(len(body))),
        )
    return Answer(
        status=entry.status, fields=fields, body=b"" if request.method == "HEAD" else body, cache=cache
    )


def _unchanged(entry: Entry, request: Request) -> bool:
    wanted = request.header("if-none-match")
    if wanted is not None:
        etag = (entry.header("etag") or "").removeprefix("W/")
        known = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
        return wanted.strip() == "*" or (bool(etag) and etag in known)
    since, modified = request.header("if-modified-since"), entry.header("last-modified")
    if since is None or modified is None:
        return False
    try:
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False


def _range(entry: Entry, request: Request) -> tuple[int, int] | None:
    value = request.header("range")
    condition = request.header("if-range")
    if value is None or (
        condition and condition not in (entry.header("etag"), entry.header("last-modified"))
    ):
        return None
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", value.strip())
    if match is None or match[0] == "bytes=-":
        return None
    size = len(entry.body)
    if not match[1]:
        return max(0, size - int(match[2])), size - 1
    return int(match[1]), min(int(match[2] or size - 1), size - 1)


def _part(fields: Fields, body: bytes, span: tuple[int, int], *, cache: str) -> Answer:
    first, last = span
    kept = tuple(pair for pair in fields if pair[0] not in ("content-length", "content-range"))
    if first > last or first >= len(body):
        missing = (*kept, ("content-range", f"bytes */{len(body)}"), ("content-length", "0"))
        return Answer(status=416, fields=missing, cache="Error")
    piece = body[first : last + 1]
    content_range = f"bytes {first}-{last}/{len(body)}"
    found = (*kept, ("content-range", content_range), ("content-length", str(len(piece))))
    return Answer(status=206, fields=found, body=piece, cache=cache)
