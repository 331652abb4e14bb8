"""Known vulnerable dependencies, asked of npm: the one part that needs the network; only when asked for."""

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from clerk_deploy.application.repository import Repository
from clerk_deploy.application.rule import Judged, Level, Mistake, Rule
from clerk_deploy.errors import UnreachableError

AskNpm = Callable[[Path, Sequence[str]], str]


def ask_npm(folder: Path, command: Sequence[str]) -> str:
    """What npm prints. Its exit code only tells whether something was found."""
    try:
        return subprocess.run(
            command, cwd=folder, capture_output=True, timeout=120, check=False
        ).stdout.decode()
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ""


def audit_command() -> list[str]:
    """How npm is asked; it installs and runs nothing."""
    return ["npm", "audit", "--json", "--omit=dev", "--package-lock-only", "--ignore-scripts"]


def audit(repository: Repository, *, ask: AskNpm = ask_npm) -> Judged:
    """Known holes of high and critical severity in what the application runs with.

    Args:
        repository: The application.
        ask: Runs npm.

    Raises:
        UnreachableError: npm is not there, or did not tell.
    """
    try:
        document = json.loads(ask(repository.root, audit_command()))
        holes = document["vulnerabilities"]
    except (ValueError, KeyError, TypeError):
        raise UnreachableError(
            "npm did not tell known vulnerable dependencies.",
            next_step="see what `npm audit` says there; it needs a package-lock.json and the registry",
        ) from None
    rule = Rule(
        id="dependencies.audit",
        title="No dependency has a known serious hole",
        level=Level.ERROR,
        guide="Deployment Checklist > No security warnings",
        why="How to use such a hole is published together with it.",
        next_step="`npm audit fix`, or update what depends on it",
        function=lambda _: iter(()),
    )
    return Judged(rule=rule, mistakes=tuple(_mistakes(holes)))


def _mistakes(holes: dict[str, Any]) -> Iterator[Mistake]:
    for name, hole in sorted(holes.items()):
        if hole.get("severity") in ("high", "critical"):
            yield Mistake(
                file="package-lock.json", found=f"{name} {hole.get('range', '')}: {hole['severity']}"
            )
