"""The search itself: in pieces that overlap, so that memory stays bounded and nothing falls between two."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from clerk_deploy.errors import UnusableInputError
from clerk_deploy.verification import shapes
from clerk_deploy.verification.artifacts.needles import Needle
from clerk_deploy.verification.artifacts.streams import BROKEN, Budget, Stream, pieces

CHUNK: Final = 4 * 1024 * 1024
OVERLAP: Final = 2 * shapes.LONGEST
MOST_HITS: Final = 1_000
"""Of one artifact: enough to know that it must not be used."""


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A secret found.

    Args:
        place: The file, and `!` before each name inside it.
        offset: Byte within the innermost file, unpacked.
        kind: What it is.
        encoding: In which form it stands there.
        shown: At most its first four characters.
    """

    place: str
    offset: int
    kind: str
    encoding: str
    shown: str


@dataclass(kw_only=True)
class Scan:
    """What a search came to.

    Args:
        hits: What was found.
        unreadable: What could not be looked into, with the reason.
        files: Files looked through, those inside others counted.
        size: Bytes looked through, unpacked.
    """

    hits: list[Hit] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    files: int = 0
    size: int = 0

    def tell_unreadable(self, place: str, reason: str) -> None:
        """Notes a place once: what is damaged inside is damaged outside too."""
        if all(place != known for known, _ in self.unreadable):
            self.unreadable.append((place, reason))


def scan(artifact: str, known: Sequence[Needle]) -> Scan:
    """Looks for secrets in an artifact.

    Args:
        artifact: A folder, a file, or a Docker image of the engine.
        known: Forms of known values.

    Raises:
        UnusableInputError: There is no such thing.
    """
    found = Scan()
    path = Path(artifact)
    if path.is_dir():
        for file in _files(path):
            _scan_file(found, file, str(file.relative_to(path)), known)
    elif path.is_file():
        _scan_file(found, path, path.name, known)
    elif path.exists():
        raise UnusableInputError(f"{artifact} is no file and no folder.", next_step="name a file or a folder")
    else:
        with _saved_image(artifact) as stream:
            _scan_stream(found, artifact, stream, known)
    return found


def _files(folder: Path) -> Iterator[Path]:
    """Regular files in a stable order; links are not followed, what they lead to is not in the artifact."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            file = Path(parent, name)
            if file.is_file() and not file.is_symlink():
                yield file


def _scan_file(found: Scan, file: Path, place: str, known: Sequence[Needle]) -> None:
    try:
        with file.open("rb") as stream:
            _scan_stream(found, place, stream, known)
    except OSError as error:
        found.tell_unreadable(place, error.strerror or type(error).__name__)


def _scan_stream(found: Scan, place: str, stream: IO[bytes], known: Sequence[Needle]) -> None:
    for piece in pieces(place, stream, budget=Budget()):
        if piece.stream is None:
            found.tell_unreadable(piece.place, piece.unreadable)
            continue
        found.files += 1
        try:
            _search(found, piece.place, piece.stream, known)
        except BROKEN as error:
            found.tell_unreadable(piece.place, f"it is damaged: {type(error).__name__}")


def _search(found: Scan, place: str, stream: Stream, known: Sequence[Needle]) -> None:
    seen: set[tuple[int, str]] = set()
    before, start = b"", 0
    while chunk := stream.read(CHUNK):
        found.size += len(chunk)
        data = before + chunk
        for hit in _hits(place, data, known):
            # Whatever begins in the first half of the overlap was seen whole with the piece before.
            if before and hit.offset < OVERLAP // 2:
                continue
            at = start + hit.offset
            if (at, hit.kind) not in seen and len(found.hits) < MOST_HITS:
                seen.add((at, hit.kind))
                found.hits.append(
                    Hit(place=place, offset=at, kind=hit.kind, encoding=hit.encoding, shown=hit.shown)
                )
        before = data[-OVERLAP:]
        start += len(data) - len(before)


def _hits(place: str, data: bytes, known: Sequence[Needle]) -> Iterator[Hit]:
    values = list(_known_hits(place, data, known))
    yield from values
    starts = {hit.offset for hit in values}
    for match in shapes.find(data):
        # A value that is known by name is not told a second time by its shape.
        if match.offset not in starts:
            yield Hit(
                place=place,
                offset=match.offset,
                kind=match.kind,
                encoding=match.encoding,
                shown=match.shown,
            )


def _known_hits(place: str, data: bytes, known: Sequence[Needle]) -> Iterator[Hit]:
    if not known:
        return
    joined, offsets = shapes.unwrapped(data)
    for needle in known:
        text = joined if needle.encoding == "base64" else data
        at = text.find(needle.form)
        while at >= 0:
            yield Hit(
                place=place,
                offset=offsets.original(at) if text is joined else at,
                kind=needle.name,
                encoding=needle.encoding,
                shown=shapes.starred(b""),
            )
            at = text.find(needle.form, at + len(needle.form))


def save_command(image: str) -> list[str]:
    """How the engine is asked for an image as a tar archive."""
    return ["docker", "save", image]


@contextmanager
def _saved_image(image: str) -> Iterator[IO[bytes]]:
    missing = UnusableInputError(
        f"{image} is neither a file, nor a folder, nor an image of the Docker engine.",
        next_step="check the name; `docker image ls` lists images, and `docker save` makes a file of one",
    )
    if image.startswith("-") or "/." in image:
        raise missing
    try:
        process = subprocess.Popen(save_command(image), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        raise missing from None
    assert process.stdout is not None
    with process.stdout:
        yield process.stdout
        # A tar archive's end is read before the pipe's: the engine must not wait for a reader.
        while process.stdout.read(CHUNK):
            pass
    if process.wait():
        raise missing
