"""The page docs/guide.md, by `python -m clerk_deploy.verification.guide_document > docs/guide.md`."""

import sys
from collections.abc import Iterable
from itertools import groupby

from clerk_deploy.verification.checklist import LINES, Line
from clerk_deploy.verification.guide import SECTIONS

INTRODUCTION = """# The deployment guide, and where each part of it is now

Written from `clerk_deploy/verification/guide.py` and `checklist.py` by
`python -m clerk_deploy.verification.guide_document > docs/guide.md`; do not edit.

## Sections

| The guide | Now | Otherwise than the guide, and why |
|---|---|---|
"""
CHECKLISTS = """
## Checklists

`clerk-deploy checklist` runs them and marks every line. A *check* is one of `clerk-deploy verify --list`.
"""
HEAD = """
| | Checks | Built in | For a person |
|---|---|---|---|
"""


def document() -> str:
    """The page."""
    sections = "".join(f"| {each.heading} | {each.now} | {each.otherwise} |\n" for each in SECTIONS)
    return INTRODUCTION + sections + CHECKLISTS + "".join(_checklists())


def _checklists() -> Iterable[str]:
    for heading, lines in groupby(LINES, key=lambda line: line.section):
        yield f"\n### {heading}\n{HEAD}"
        yield from map(_row, lines)


def _row(line: Line) -> str:
    checks = ", ".join(f"`{name}`" for name in line.checks)
    built = "; ".join(f"{each.how} (`{each.file}`)" for each in line.built)
    return f"| {line.text} | {checks} | {built} | {line.person} |\n"


if __name__ == "__main__":
    sys.stdout.write(document())
