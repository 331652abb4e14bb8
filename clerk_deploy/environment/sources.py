"""Where values come from: a .env file or a mapping. Only the file itself is judged here, no value."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dotenv.parser import Binding, parse_stream

from clerk_deploy.errors import UnusableInputError

LARGEST: Final = 256 * 1024
"""Bytes of a file; the contract's values fit many times."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One variable as it was written.

    Args:
        name: As written.
        value: As written, quotes and escapes resolved; None when there was no `=`.
        line: Line in the file, from 1; None outside files.
    """

    name: str
    value: str | None = field(repr=False)
    line: int | None = None


@dataclass(frozen=True, kw_only=True)
class RawInput:
    """All that a source holds, before any check.

    Args:
        source: What a person calls it, such as the file's path.
        entries: In the order in which they were written, duplicates included.
        unreadable: Lines that are no `NAME=value`.
    """

    source: str
    entries: tuple[Entry, ...]
    unreadable: tuple[int, ...] = ()


def from_file(path: Path) -> RawInput:
    """What a .env file holds; `${NAME}` is not replaced.

    Args:
        path: A file or a pipe, in UTF-8.

    Raises:
        UnusableInputError: It is missing, unreadable, too large, or no text.
    """
    return from_text(_decode(_read(path), path), source=str(path))


def from_text(text: str, *, source: str) -> RawInput:
    """What the text of a .env file holds."""
    bindings = tuple(parse_stream(io.StringIO(text, newline="")))
    return RawInput(
        source=source,
        entries=tuple(_entries(bindings)),
        unreadable=tuple(_line(binding) for binding in bindings if binding.error),
    )


def from_mapping(values: Mapping[str, str], *, source: str) -> RawInput:
    """What a mapping of names to values holds."""
    return RawInput(
        source=source, entries=tuple(Entry(name=name, value=value) for name, value in values.items())
    )


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise UnusableInputError(
            f"There is no file {path}.", next_step="check the name; docs/variables.md shows what it holds"
        ) from None
    except IsADirectoryError:
        raise UnusableInputError(
            f"{path} is a folder, not a file.", next_step="name the .env file inside it"
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "the name cannot be a file's"
        raise UnusableInputError(
            f"{path} cannot be read: {reason}.", next_step="check the file's owner and permissions"
        ) from None
    if len(content) > LARGEST:
        raise UnusableInputError(
            f"{path} has more than {LARGEST // 1024} KiB: that is no .env file.",
            next_step="name the file with the variables, one NAME=value a line",
        )
    return content


def _decode(content: bytes, path: Path) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnusableInputError(
            f"{path} is in UTF-16, not in UTF-8.", next_step="save it as UTF-8 (Windows editors offer both)"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableInputError(
            f"{path} is no UTF-8 text: byte {error.start + 1} fits no character.",
            next_step="save it as UTF-8, or name the right file",
        ) from None
    if "\0" in text:
        raise UnusableInputError(f"{path} is a binary file.", next_step="name the .env file")
    return text


def _entries(bindings: tuple[Binding, ...]) -> Iterator[Entry]:
    for binding in bindings:
        if binding.key is not None:
            yield Entry(name=binding.key, value=binding.value, line=_line(binding))


def _line(binding: Binding) -> int:
    """The line of the name: the parser counts from the blank lines before it."""
    written = binding.original.string
    leading = written[: len(written) - len(written.lstrip())]
    line_ends = leading.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    return binding.original.line + line_ends
