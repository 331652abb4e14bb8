"""What secrets look like. Each pattern needs enough of the value: bare prefixes stand in libraries."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 4096
"""Bytes that any match can have: a reader in pieces must overlap them by as much."""

_BREAK: Final = rb"(?:\\+[rn]|%0[dDaA]|\s|[\"'+,]){0,8}"
"""What stands between the lines of a PEM key in JSON, JavaScript, URLs and files."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One kind of secret.

    Args:
        kind: What a person calls it.
        pattern: Finds it in bytes.
        prefix: How it begins, for finding it inside Base64.
    """

    kind: str
    pattern: re.Pattern[bytes]
    prefix: bytes


SHAPES: Final = (
    Shape(
        kind="Clerk secret key",
        pattern=re.compile(rb"(?<![A-Za-z0-9])sk_(?:live|test)_[A-Za-z0-9]{10,256}"),
        prefix=b"sk_",
    ),
    Shape(
        kind="webhook signing secret",
        pattern=re.compile(rb"(?<![A-Za-z0-9])whsec_[A-Za-z0-9+/]{16,256}"),
        prefix=b"whsec_",
    ),
    Shape(
        kind="private key",
        pattern=re.compile(
            rb"-----BEGIN (?:[A-Z]{2,12} ){0,2}PRIVATE KEY-----"
            + _BREAK
            + rb"(?:[A-Za-z0-9+/=]{1,76}"
            + _BREAK
            + rb"){0,2}[A-Za-z0-9+/]{24,2400}"
        ),
        prefix=b"-----BEGIN ",
    ),
    Shape(
        kind="AWS access key",
        pattern=re.compile(rb"(?<![A-Za-z0-9])A(?:KIA|SIA)(?![A-Z0-9]{9}EXAMPLE)[A-Z0-9]{16}(?![A-Za-z0-9])"),
        prefix=b"AKIA",
    ),
    Shape(
        kind="AWS secret access key",
        pattern=re.compile(
            rb"(?i:aws_?secret_?access_?key|secretAccessKey)[\"'\\]{0,4}\s{0,4}[=:]\s{0,4}[\"'\\]{0,4}"
            rb"(?![A-Za-z0-9/+]{29,31}EXAMPLEKEY)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])"
        ),
        prefix=b"aws_secret_access_key",
    ),
    Shape(
        kind="GitHub token",
        pattern=re.compile(
            rb"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{22,255})"
        ),
        prefix=b"gh",
    ),
    Shape(
        kind="Google client secret",
        pattern=re.compile(rb"(?<![A-Za-z0-9])GOCSPX-[A-Za-z0-9_-]{20,64}"),
        prefix=b"GOCSPX-",
    ),
)

_ENCODED_PREFIXES: Final = (
    b"sk_live_", b"sk_test_", b"whsec_", b"-----BEGIN ", b"AKIA", b"ASIA", b"github_pat_", b"ghp_", b"gho_",
    b"ghs_", b"ghu_", b"ghr_", b"GOCSPX-",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Match:
    """A secret found.

    Args:
        kind: What it is.
        offset: Byte at which it begins.
        shown: Its first four characters and stars.
        encoding: `plain` or `base64`.
    """

    kind: str
    offset: int
    shown: str
    encoding: str


def find(data: bytes) -> Iterator[Match]:
    """Every secret by its shape, plain or inside Base64.

    Args:
        data: What to look through.
    """
    for shape in SHAPES:
        for match in shape.pattern.finditer(data):
            yield Match(kind=shape.kind, offset=match.start(), shown=starred(match[0]), encoding="plain")
    yield from _find_encoded(data)


def starred(value: bytes) -> str:
    """At most the first four characters of a secret."""
    return value[:4].decode("ascii", "replace") + "********"


def encoded_cores(value: bytes) -> tuple[bytes, bytes, bytes]:
    """The Base64 characters that stand for a value alone, at each of its three alignments.

    Args:
        value: Some bytes within a longer text.
    """
    cores = []
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + value)
        # A character that also encodes a neighbour's bits is left out.
        first = (0, 2, 3)[shift]
        last = (shift + len(value)) * 8 // 6
        cores.append(whole[first:last])
    return cores[0], cores[1], cores[2]


_ENCODED: Final = re.compile(
    b"|".join(sorted({re.escape(core) for prefix in _ENCODED_PREFIXES for core in encoded_cores(prefix)}))
)
_RUN_BEFORE: Final = re.compile(rb"[A-Za-z0-9+/_-]{0,64}\Z")
_RUN_AFTER: Final = re.compile(rb"(?:[A-Za-z0-9+/_-]|\\+n|\n){1,3600}")
_NO_BASE64: Final = re.compile(rb"\\+n|\n")


def _find_encoded(data: bytes) -> Iterator[Match]:
    seen = -1
    for hit in _ENCODED.finditer(data):
        if hit.start() < seen:
            continue
        after = _RUN_AFTER.match(data, hit.start())
        run = _NO_BASE64.sub(b"", after[0]).replace(b"-", b"+").replace(b"_", b"/") if after else b""
        for kind, shown in _decoded_matches(run):
            seen = after.end() if after else hit.end()
            yield Match(kind=kind, offset=hit.start(), shown=shown, encoding="base64")


def _decoded_matches(run: bytes) -> Iterator[tuple[str, str]]:
    """What a run of Base64 holds at its very beginning, whichever alignment that has."""
    for drop in range(4):
        usable = b"A" * drop + run
        decoded = base64.b64decode(usable[: len(usable) // 4 * 4])
        for shape in SHAPES:
            # The few bytes before the value come from the padding made here: no boundary to look at.
            for start in range(4):
                match = shape.pattern.match(decoded[start:])
                if match:
                    yield shape.kind, starred(match[0])
                    return
