"""Files within files as streams: gzip, bzip2, xz, tar and zip, nested as deep as they come."""

import bz2
import gzip
import lzma
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any, Final, cast

DEEPEST: Final = 8
MOST_BYTES: Final = 64 * 1024**3
"""All that is unpacked of one artifact: beyond any real one, and an end for archives made to have none."""

IN_MEMORY: Final = 16 * 1024 * 1024
HEAD: Final = 512

BROKEN: Final = (EOFError, OSError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile,
                 NotImplementedError, RuntimeError, ValueError)  # fmt: skip
"""What reading a damaged or encrypted archive raises."""


class Budget:
    """What may still be unpacked."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._left = most

    def take(self, size: int) -> None:
        """Counts bytes.

        Raises:
            ValueError: Too many.
        """
        self._left -= size
        if self._left < 0:
            raise ValueError("it unpacks to more than this machine could hold")


class Stream:
    """A byte stream whose beginning can be looked at first.

    Args:
        source: Something with `read`.
        budget: Counts what is read.
    """

    def __init__(self, source: Any, budget: Budget) -> None:
        self._source = source
        self._budget = budget
        self._held = b""

    def peek(self, size: int) -> bytes:
        """The first bytes, which `read` will give again."""
        while len(self._held) < size and (more := self._source.read(size - len(self._held))):
            self._held += more
        return self._held[:size]

    def read(self, size: int = -1) -> bytes:
        """The next bytes; fewer than asked for at the end alone."""
        if size is None or size < 0:
            size = IN_MEMORY
        parts = [self._held[:size]]
        self._held = self._held[size:]
        missing = size - len(parts[0])
        while missing > 0 and (more := self._source.read(missing)):
            parts.append(more)
            missing -= len(more)
        data = b"".join(parts)
        self._budget.take(len(data))
        return data


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Something to look through.

    Args:
        place: The file, and `!` before each name inside it.
        stream: Its bytes, unpacked.
        unreadable: Why it cannot be looked into; empty when it can.
    """

    place: str
    stream: Stream | None
    unreadable: str = ""


def pieces(place: str, source: Any, *, budget: Budget, depth: int = 0) -> Iterator[Piece]:
    """A file's own bytes, or those of everything inside it.

    Args:
        place: What to call it.
        source: Something with `read`.
        budget: Counts what is unpacked.
        depth: How deep it is nested.
    """
    stream = Stream(source, budget)
    try:
        head = stream.peek(HEAD)
        opened = next((opener for is_one, opener in _KINDS if is_one(head)), None)
        if head[:4] == b"\x28\xb5\x2f\xfd":
            yield Piece(place=place, stream=None, unreadable="zstd cannot be unpacked here")
        elif opened is None:
            yield Piece(place=place, stream=stream)
        elif depth >= DEEPEST:
            yield Piece(place=place, stream=None, unreadable=f"it is nested more than {DEEPEST} deep")
        else:
            for name, inner in opened(stream):
                yield from pieces(f"{place}!{name}" if name else place, inner, budget=budget, depth=depth + 1)
    except BROKEN as error:
        yield Piece(place=place, stream=None, unreadable=f"it is damaged: {type(error).__name__}")


def _in_tar(stream: Stream) -> Iterator[tuple[str, Any]]:
    with tarfile.open(fileobj=stream, mode="r|") as archive:  # type: ignore[call-overload]
        for member in archive:
            if member.isfile() and (content := archive.extractfile(member)) is not None:
                yield member.name, content


def _in_zip(stream: Stream) -> Iterator[tuple[str, Any]]:
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as spool:
        while chunk := stream.read(1024 * 1024):
            spool.write(chunk)
        with zipfile.ZipFile(spool) as archive:
            for member in archive.infolist():
                if not member.is_dir():
                    with archive.open(member) as content:
                        yield member.filename, content


def _unpacked(opener: Callable[[Stream], IO[bytes]]) -> Callable[[Stream], Iterator[tuple[str, Any]]]:
    def unpack(stream: Stream) -> Iterator[tuple[str, Any]]:
        with opener(stream) as content:
            yield "", content

    return unpack


# Each needs `read` of its source alone, though the type stubs ask for more.
def _gunzip(stream: Any) -> IO[bytes]:
    return cast(IO[bytes], gzip.GzipFile(fileobj=stream))


def _bunzip(stream: Any) -> IO[bytes]:
    return cast(IO[bytes], bz2.BZ2File(stream))


def _unxz(stream: Any) -> IO[bytes]:
    return cast(IO[bytes], lzma.LZMAFile(stream))


_Opener = Callable[[Stream], Iterator[tuple[str, Any]]]
_KINDS: Final[tuple[tuple[Callable[[bytes], bool], _Opener], ...]] = (
    (lambda head: head[:3] == b"\x1f\x8b\x08", _unpacked(_gunzip)),
    (lambda head: head[:3] == b"BZh" and head[4:10] == b"1AY&SY", _unpacked(_bunzip)),
    (lambda head: head[:6] == b"\xfd7zXZ\x00", _unpacked(_unxz)),
    (lambda head: head[257:262] == b"ustar", _in_tar),
    (lambda head: head[:4] in (b"PK\x03\x04", b"PK\x05\x06"), _in_zip),
)
