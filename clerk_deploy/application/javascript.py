"""Reading JavaScript without a parser: comments taken out, blocks by their brackets."""

import re
from typing import Final

_COMMENT_OR_TEXT: Final = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`""", re.DOTALL
)


def without_comments(text: str) -> str:
    """The text with comments blanked, so that positions and lines stay.

    Args:
        text: JavaScript or TypeScript.
    """

    def blank(match: re.Match[str]) -> str:
        found = match[0]
        return re.sub(r"[^\n]", " ", found) if found.startswith(("//", "/*")) else found

    return _COMMENT_OR_TEXT.sub(blank, text)


def blocks(text: str, name: str) -> list[tuple[int, str]]:
    """Position and content of each `name: { ... }`, nested brackets counted.

    Args:
        text: JavaScript without comments.
        name: The property's name.
    """
    found = []
    for match in re.finditer(rf"(?<![\w.])[\"']?{re.escape(name)}[\"']?\s*:\s*\{{", text):
        end = closing(text, match.end() - 1)
        found.append((match.start(), text[match.end() : end]))
    return found


def closing(text: str, opening: int) -> int:
    """Position of the bracket that closes the one at a position; the text's end without one."""
    depth = 0
    for position in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return position
    return len(text)
