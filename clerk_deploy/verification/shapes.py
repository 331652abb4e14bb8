"""What secrets look like. Each pattern needs enough of the value: bare prefixes stand in libraries."""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 4096
"""Bytes that any match can have: a reader in pieces must overlap them by as much."""

MONOTONE: Final = 3
"""Different characters that a placeholder such as sk_test_ and many x has; no random key has so few."""

_BREAK: Final = rb"(?:\\+[rn]|%0[dDaA]|\s|[\"'+,]){0,8}"
"""What stands between the lines of a PEM key in JSON, JavaScript, URLs and files."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One kind of secret.

    Args:
        kind: What a person calls it.
        pattern: Finds it in bytes.
        hints: One of them, in lower case, is in every match: searching for texts is much faster.
    """

    kind: str
    pattern: re.Pattern[bytes]
    hints: tuple[bytes, ...]


SHAPES: Final = (
    Shape(
        kind="Clerk secret key",
        hints=(b"sk_live_", b"sk_test_"),
        pattern=re.compile(rb"(?<![A-Za-z0-9])sk_(?:live|test)_[A-Za-z0-9]{10,256}"),
    ),
    Shape(
        kind="webhook signing secret",
        hints=(b"whsec_",),
        pattern=re.compile(rb"(?<![A-Za-z0-9])whsec_[A-Za-z0-9+/]{16,256}"),
    ),
    Shape(
        kind="private key",
        hints=(b"private key-----",),
        pattern=re.compile(
            rb"-----BEGIN (?:[A-Z]{2,12} ){0,2}PRIVATE KEY-----"
            + _BREAK
            + rb"(?:[A-Za-z0-9+/=]{1,76}"
            + _BREAK
            + rb"){0,2}[A-Za-z0-9+/]{24,2400}"
        ),
    ),
    Shape(
        kind="AWS access key",
        hints=(b"akia", b"asia"),
        pattern=re.compile(rb"(?<![A-Za-z0-9])A(?:KIA|SIA)(?![A-Z0-9]{9}EXAMPLE)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ),
    Shape(
        kind="AWS secret access key",
        hints=(b"secretaccesskey", b"secret_access_key", b"secret_accesskey", b"secretaccess_key"),
        pattern=re.compile(
            rb"(?i:aws_?secret_?access_?key|secretAccessKey)[\"'\\]{0,4}\s{0,4}[=:]\s{0,4}[\"'\\]{0,4}"
            rb"(?![A-Za-z0-9/+]{29,31}EXAMPLEKEY)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])"
        ),
    ),
    Shape(
        kind="GitHub token",
        hints=(b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_"),
        pattern=re.compile(
            rb"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{22,255})"
        ),
    ),
    Shape(
        kind="Google client secret",
        hints=(b"gocspx-",),
        pattern=re.compile(rb"(?<![A-Za-z0-9])GOCSPX-[A-Za-z0-9_-]{20,64}"),
    ),
)

_PUBLISHED_KEYS: Final = {
    "4a1dd77058c5810487b07b37dfd414c01ed9fc901873e93965c86b03fddf7741": "fixture of npm's @clerk/backend",
}
"""Private keys that their makers publish, by the SHA-256 of their first 64 characters: no secrets."""

_NO_KEY_TEXT: Final = re.compile(rb"-----BEGIN [A-Z ]+-----|\\+[rn]|%0[dDaA]|[^A-Za-z0-9+/]")


_PREFIX: Final = re.compile(rb"^(?:sk_(?:live|test)_|whsec_|gh[pousr]_|github_pat_|GOCSPX-|A(?:KIA|SIA))")


def _is_no_secret(match: bytes) -> bool:
    """A key that its maker publishes, or a placeholder of one character over and over."""
    body = _NO_KEY_TEXT.sub(b"", match)[:64]
    if hashlib.sha256(body).hexdigest() in _PUBLISHED_KEYS:
        return True
    return len(set(_PREFIX.sub(b"", match))) <= MONOTONE


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
    lowered = data.lower()
    for shape in SHAPES:
        if any(hint in lowered for hint in shape.hints):
            for match in shape.pattern.finditer(data):
                if not _is_no_secret(match[0]):
                    yield Match(
                        kind=shape.kind, offset=match.start(), shown=starred(match[0]), encoding="plain"
                    )
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


_CORES: Final = tuple(sorted({core for prefix in _ENCODED_PREFIXES for core in encoded_cores(prefix)}))
_ENCODED: Final = re.compile(b"|".join(re.escape(core) for core in _CORES))
_RUN: Final = re.compile(rb"[A-Za-z0-9+/_-]{1,3600}")
_ALIGNMENTS: Final = ((0, 0), (2, 1), (3, 2))
"""For each core: characters from its group's beginning, and bytes of a neighbour that stand there."""

_WRAP: Final = re.compile(rb"(?<=[A-Za-z0-9+/]{60})(?:(?:\\+r)?\\+n|\r?\n)(?=[A-Za-z0-9+/=])")
"""The end of a full line of Base64, as MIME and PEM have it, as it is or escaped."""


def unwrapped(data: bytes) -> tuple[bytes, "Offsets"]:
    """The data with lines of Base64 joined, and where each byte was before.

    Args:
        data: Any data.
    """
    removed = [match.span() for match in _WRAP.finditer(data)]
    return (_WRAP.sub(b"", data) if removed else data), Offsets(removed=tuple(removed))


@dataclass(frozen=True, kw_only=True)
class Offsets:
    """Leads from joined data back to what it was made of.

    Args:
        removed: Ranges that were taken out.
    """

    removed: tuple[tuple[int, int], ...]

    def original(self, offset: int) -> int:
        """The offset before anything was taken out."""
        for start, end in self.removed:
            if start > offset:
                break
            offset += end - start
        return offset


def _find_encoded(data: bytes) -> Iterator[Match]:
    joined, offsets = unwrapped(data)
    if not any(core in joined for core in _CORES):
        return
    seen = -1
    for hit in _ENCODED.finditer(joined):
        if hit.start() < seen:
            continue
        for back, skip in _ALIGNMENTS:
            run = _RUN.match(joined, max(0, hit.start() - back))
            if run is None or run.end() < hit.end():
                continue
            # With the group before, so that it is known whether the secret begins in the middle of a word.
            before = joined[max(0, run.start() - 4) : run.start()]
            lead = before if _RUN.fullmatch(before) and len(before) == 4 else b""
            for kind, shown in _decoded_matches(lead + run[0], skip + len(lead) // 4 * 3):
                seen = run.end()
                offset = offsets.original(hit.start())
                yield Match(kind=kind, offset=offset, shown=shown, encoding="base64")


def _decoded_matches(run: bytes, skip: int) -> Iterator[tuple[str, str]]:
    """The secrets in a run of Base64 that begin after so many decoded bytes."""
    standard = run.replace(b"-", b"+").replace(b"_", b"/")
    padded = standard + b"A" * (-len(standard) % 4)
    decoded = base64.b64decode(padded)
    for shape in SHAPES:
        match = shape.pattern.match(decoded, skip)
        if match and not _is_no_secret(match[0]):
            yield shape.kind, starred(match[0])
