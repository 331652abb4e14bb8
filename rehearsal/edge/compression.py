"""Compression at the edge."""

import asyncio
import gzip

from rehearsal.edge.request import Fields

SMALLEST = 1_000
LARGEST = 10_000_000
STATUSES = frozenset({200, 403, 404})
TYPES = frozenset(
    {
        "application/dash+xml",
        "application/eot",
        "application/font",
        "application/font-sfnt",
        "application/javascript",
        "application/json",
        "application/opentype",
        "application/otf",
        "application/pdf",
        "application/pkcs7-mime",
        "application/protobuf",
        "application/rss+xml",
        "application/truetype",
        "application/ttf",
        "application/vnd.apple.mpegurl",
        "application/vnd.mapbox-vector-tile",
        "application/vnd.ms-fontobject",
        "application/wasm",
        "application/xhtml+xml",
        "application/xml",
        "application/x-font-opentype",
        "application/x-font-truetype",
        "application/x-font-ttf",
        "application/x-httpd-cgi",
        "application/x-javascript",
        "application/x-mpegurl",
        "application/x-opentype",
        "application/x-otf",
        "application/x-perl",
        "application/x-ttf",
        "font/eot",
        "font/opentype",
        "font/otf",
        "font/ttf",
        "image/svg+xml",
        "text/css",
        "text/csv",
        "text/html",
        "text/javascript",
        "text/js",
        "text/plain",
        "text/richtext",
        "text/tab-separated-values",
        "text/xml",
        "text/x-component",
        "text/x-java-source",
        "text/x-script",
    }
)


def compressible(*, status: int, fields: Fields) -> bool:
    """Whether CloudFront would compress an answer: by status, type, length, and only if nobody else did."""
    headers = dict(fields)
    length = headers.get("content-length", "")
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    return (
        status in STATUSES
        and "content-encoding" not in headers
        and length.isdigit()
        and SMALLEST <= int(length) <= LARGEST
        and media in TYPES
    )


async def compressed(fields: Fields, body: bytes) -> tuple[Fields, bytes]:
    """The answer in gzip. A strong ETag becomes a weak one, as the bytes are others.

    Args:
        fields: Header fields with lower-case names.
        body: The whole body.
    """
    packed = await asyncio.to_thread(gzip.compress, body, 6, mtime=0)
    kept = []
    for name, value in fields:
        if name == "etag" and not value.startswith("W/"):
            kept.append((name, f"W/{value}"))
        elif name not in ("content-length", "accept-ranges"):
            kept.append((name, value))
    if "accept-encoding" not in (dict(kept).get("vary") or "").lower():
        kept.append(("vary", "Accept-Encoding"))
    return (*kept, ("content-encoding", "gzip"), ("content-length", str(len(packed)))), packed
