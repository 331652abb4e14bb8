"""Path patterns of cache behaviours."""

import functools
import re
from collections.abc import Sequence
from urllib.parse import quote, unquote

from rehearsal.edge.model import Behavior


@functools.lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    pattern = pattern if pattern.startswith(("/", "*")) else f"/{pattern}"
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(character, re.escape(character)) for character in pattern), re.DOTALL)


def matches(pattern: str, path: str) -> bool:
    """Whether a path pattern takes a path. `*` is any run of characters, `?` exactly one; case counts."""
    return _expression(pattern).fullmatch(path) is not None


def normalized(path: str) -> str:
    """The path as RFC 3986 normalises it, which is what patterns are compared with."""
    path = re.sub(r"%[0-9A-Fa-f]{2}", _unreserved, path)
    kept: list[str] = []
    segments = path.split("/")[1:]
    for index, segment in enumerate(segments):
        last = index == len(segments) - 1
        if segment in (".", ".."):
            if segment == ".." and kept:
                kept.pop()
            if last:
                kept.append("")
        else:
            kept.append(segment)
    return "/" + "/".join(kept)


def behavior_for(behaviors: Sequence[Behavior], path: str) -> Behavior:
    """The first behaviour whose pattern takes the path; the default one is last and takes all.

    Args:
        behaviors: In their order.
        path: The viewer's path, before any function, without the query.
    """
    wanted = normalized(path)
    return next(behavior for behavior in behaviors if matches(behavior.pattern, wanted))


def _unreserved(match: re.Match[str]) -> str:
    character = unquote(match[0])
    return character if quote(character, safe="") == character else match[0].upper()
