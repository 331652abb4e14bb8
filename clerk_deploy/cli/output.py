"""What commands print: a document with --json, else text for people; secrets are starred in both."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from clerk_deploy.secret_value import SecretValue

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

PIPE_WIDTH = 500
"""Columns when nobody looks: a line of a table stays a line, so that it can be searched."""


class ReaderGoneError(Exception):
    """Nobody reads what is printed any more, as behind `| head`."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """Where a command's answer goes.

    Args:
        as_json: One JSON document on stdout instead of text.
    """

    as_json: bool

    def show(self, document: Mapping[str, Any], text: "Callable[[], list[RenderableType]]") -> None:
        """Print a command's answer.

        Args:
            document: The answer for programs.
            text: Makes the answer for people; rich is imported only if it is needed.
        """
        if self.as_json:
            line = json.dumps(document, ensure_ascii=False, indent=2)
            _write(sys.stdout, line + "\n")
            return
        self._print(text(), sys.stdout)

    def line(self, text: str) -> None:
        """Print a line of an answer that comes line by line."""
        _write(sys.stdout, text + "\n")

    def note(self, text: str) -> None:
        """Tell a person something that is no part of the answer."""
        _write(sys.stderr, text + "\n")

    def fail(self, document: Mapping[str, Any], text: "Callable[[], list[RenderableType]]") -> None:
        """Print why a command failed: on stdout for programs, on stderr for people."""
        if self.as_json:
            self.show({"error": document}, text)
        else:
            self._print(text(), sys.stderr)

    def _print(self, parts: "list[RenderableType]", stream: TextIO) -> None:
        drawing = _console(stream)
        with drawing.capture() as captured:
            for part in parts:
                drawing.print(part)
        # Tables pad their last column: no use in a terminal, noise in a log.
        _write(stream, "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(SecretValue.hide_in(text))
        stream.flush()
    except BrokenPipeError:
        raise ReaderGoneError from None


def _console(stream: TextIO) -> "Console":
    from rich.console import Console

    width = None if stream.isatty() else PIPE_WIDTH
    return Console(file=stream, width=width, highlight=False, emoji=False, markup=False, soft_wrap=False)
