"""A Next.js repository as it lies on disk. Nothing in it is run."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from clerk_deploy.errors import UnusableInputError

LARGEST: Final = 2 * 1024 * 1024
"""Bytes of a file that is read; sources are smaller."""

SKIPPED: Final = {"node_modules", ".next", ".git", "dist", "out", "coverage", ".turbo", ".vercel", "cdk.out"}
CODE: Final = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")

RunGit = Callable[[Path, Sequence[str]], "tuple[int, str]"]


def run_git(folder: Path, arguments: Sequence[str]) -> tuple[int, str]:
    """Runs git without the repository's own hooks and helpers.

    Args:
        folder: Where.
        arguments: What follows `git`.

    Returns:
        Exit code and output; 128 where there is no git.
    """
    # A repository's own configuration may name programs: none of these is run by what is asked here.
    command = ["git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", *arguments]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 128, ""
    return done.returncode, done.stdout.decode("utf-8", "replace")


@dataclass(frozen=True)
class Repository:
    """The folder of one Next.js application.

    Args:
        root: The application's folder.
        git: Runs git.
    """

    root: Path
    git: RunGit = field(default=run_git, repr=False)

    @cached_property
    def is_git(self) -> bool:
        """Whether the folder is in a git work tree."""
        code, text = self.git(self.root, ["rev-parse", "--is-inside-work-tree"])
        return code == 0 and text.strip() == "true"

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Files that git has or would take in with `git add .`; without git the same by .gitignore."""
        if self.is_git:
            code, text = self.git(
                self.root, ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "."]
            )
            if code == 0:
                return tuple(sorted({name for name in text.split("\0") if name}))
        return tuple(sorted(name for name in self._walk() if not self.ignores(name)))

    def ignores(self, name: str) -> bool:
        """Whether git ignores a file of that name, tracked or not."""
        if self.is_git:
            code, _ = self.git(self.root, ["check-ignore", "--no-index", "-q", "--", name])
            return code == 0
        return matches_ignore(self.text(".gitignore") or "", name)

    def has(self, name: str) -> bool:
        """Whether there is a file of that name."""
        return (self.root / name).is_file()

    def first(self, *names: str) -> str | None:
        """The first of some names that exists."""
        return next((name for name in names if self.has(name)), None)

    def text(self, name: str) -> str | None:
        """A file's text; None when there is none, or it is no text of reasonable size."""
        path = self.root / name
        try:
            if not path.is_file() or path.stat().st_size > LARGEST:
                return None
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None

    def code(self) -> Iterator[tuple[str, str]]:
        """Name and text of every source file, tests left out."""
        for name in self.files:
            if name.endswith(CODE) and not is_test(name) and (text := self.text(name)) is not None:
                yield name, text

    @cached_property
    def package(self) -> Mapping[str, Any]:
        """package.json; empty when unreadable."""
        try:
            found = json.loads(self.text("package.json") or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def version_of(self, name: str) -> str | None:
        """A dependency's version as package.json asks for it."""
        for group in ("dependencies", "devDependencies"):
            listed = self.package.get(group)
            if isinstance(listed, dict) and isinstance(listed.get(name), str):
                return str(listed[name])
        return None

    @cached_property
    def next_config(self) -> str | None:
        """Name of Next's configuration file."""
        return self.first("next.config.ts", "next.config.mjs", "next.config.js", "next.config.mts")

    def _walk(self) -> Iterator[str]:
        for parent, folders, names in os.walk(self.root):
            folders[:] = sorted(set(folders) - SKIPPED)
            for name in names:
                yield str(Path(parent, name).relative_to(self.root))


def is_test(name: str) -> bool:
    """Whether a file belongs to a test suite, where made-up keys are normal."""
    parts = name.lower().split("/")
    return any(
        part in ("test", "tests", "__tests__", "e2e", "cypress", "__mocks__", "fixtures") for part in parts
    ) or bool(re.search(r"\.(test|spec|stories)\.\w+$", parts[-1]))


def open_repository(path: Path) -> Repository:
    """The Next.js application at a path, or the only one below it.

    Args:
        path: A repository or a folder in it.

    Raises:
        UnusableInputError: There is none, or there are several.
    """
    if not path.is_dir():
        raise UnusableInputError(f"There is no folder {path}.", next_step="name the application's repository")
    if _is_next(path):
        return Repository(path.resolve())
    below = [
        parent for depth in ("*", "*/*", "*/*/*") for parent in sorted(path.glob(depth)) if _is_next(parent)
    ]
    found = [each for each in below if not set(each.relative_to(path).parts) & SKIPPED]
    if not found:
        raise UnusableInputError(
            f"{path} holds no Next.js application.",
            next_step="name the folder whose package.json depends on next",
        )
    if len(found) > 1:
        names = ", ".join(str(each.relative_to(path)) for each in found[:8])
        raise UnusableInputError(
            f"{path} holds several Next.js applications: {names}.", next_step="name the folder of one of them"
        )
    return Repository(found[0].resolve())


def _is_next(folder: Path) -> bool:
    if folder.name in SKIPPED or not (folder / "package.json").is_file():
        return False
    return Repository(folder).version_of("next") is not None


def matches_ignore(patterns: str, name: str) -> bool:
    """Whether an ignore file's patterns cover a name; the last that fits decides.

    Good for the names asked for here (files at the top); git itself answers where there is git.

    Args:
        patterns: The file's text.
        name: Path from the file's folder.
    """
    ignored = False
    for line in patterns.splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        is_kept = pattern.startswith("!")
        pattern = pattern.lstrip("!").removeprefix("**/").strip("/")
        expression = re.escape(pattern).replace(r"\*\*", ".*").replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
        if re.fullmatch(f"(?:.*/)?{expression}(?:/.*)?", name):
            ignored = not is_kept
    return ignored
