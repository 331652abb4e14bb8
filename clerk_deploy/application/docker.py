"""A Dockerfile's instructions."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """One instruction, its continuation lines joined.

    Args:
        word: In capitals, such as COPY.
        rest: What follows.
        line: Where it begins, from 1.
    """

    word: str
    rest: str
    line: int


def instructions(text: str) -> tuple[Instruction, ...]:
    """All instructions of a Dockerfile.

    Args:
        text: The file's text.
    """
    found: list[Instruction] = []
    pending, start = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("#") or (not line.strip() and not pending):
            continue
        start = start or number
        pending += line.rstrip().removesuffix("\\") + " "
        if line.rstrip().endswith("\\"):
            continue
        word, _, rest = pending.strip().partition(" ")
        found.append(Instruction(word=word.upper(), rest=rest.strip(), line=start))
        pending, start = "", 0
    return tuple(found)


def arguments(found: tuple[Instruction, ...]) -> dict[str, int]:
    """Names of ARG instructions, with their lines."""
    return {
        name.partition("=")[0]: each.line
        for each in found
        if each.word == "ARG"
        for name in each.rest.split()
    }


def variables(found: tuple[Instruction, ...]) -> dict[str, tuple[str, int]]:
    """ENV's names with value and line."""
    names: dict[str, tuple[str, int]] = {}
    for each in found:
        if each.word != "ENV":
            continue
        pairs = re.findall(r"([A-Za-z_]\w*)=(\"[^\"]*\"|'[^']*'|\S*)", each.rest)
        if not pairs and " " in each.rest:
            pairs = [tuple(each.rest.split(maxsplit=1))]
        names |= {name: (value.strip("\"'"), each.line) for name, value in pairs}
    return names


def bases(found: tuple[Instruction, ...]) -> tuple[tuple[str, int], ...]:
    """Images that stages start from, with ARG's defaults filled in, other stages left out."""
    defaults = dict(re.findall(r"([A-Za-z_]\w*)=(\S+)", " ".join(i.rest for i in found if i.word == "ARG")))
    stages: set[str] = set()
    images: list[tuple[str, int]] = []
    for each in found:
        if each.word != "FROM" or not each.rest:
            continue
        words = [word for word in each.rest.split() if not word.startswith("--")]
        image = re.sub(r"\$\{?(\w+)(?::-[^}]*)?\}?", lambda m: defaults.get(m[1], m[0]), words[0])
        if image.lower() not in stages:
            images.append((image, each.line))
        if len(words) == 3 and words[1].upper() == "AS":
            stages.add(words[2].lower())
    return tuple(images)
