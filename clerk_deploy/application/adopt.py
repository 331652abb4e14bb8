"""Brings an application what it lacks: files of the reference application. Nothing is ever overwritten."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any, Final

from clerk_deploy.application.repository import SKIPPED, Repository
from clerk_deploy.errors import UnusableInputError

WEB: Final = Path(__file__).resolve().parents[2] / "web"
"""The reference application, beside this package in the project."""

ADOPTED: Final = (
    "amplify.yml",
    "Dockerfile",
    ".dockerignore",
    "compose.yaml",
    ".env.example",
    "bundle-budget.json",
    "next.config.ts",
    "instrumentation.ts",
    "proxy.ts",
    "scripts/**",
    "lib/**",
    "app/api/**",
)
"""What makes an application deployable. Pages and components stay its own."""

IN_SOURCE: Final = ("app/", "lib/", "instrumentation.ts", "proxy.ts")
"""What stands under src/ in applications that have it."""

STAND_FOR: Final = {
    "compose.yaml": ("compose.yml", "docker-compose.yml", "docker-compose.yaml"),
    "next.config.ts": ("next.config.mjs", "next.config.js", "next.config.mts"),
    "proxy.ts": ("proxy.js", "middleware.ts", "middleware.js"),
    "instrumentation.ts": ("instrumentation.js",),
}
"""Files that take another's place: with both of them a tool uses one, or fails."""


class Fate(StrEnum):
    """What became of a file."""

    COPIED = "copied"
    SAME = "same"
    DIFFERS = "differs"
    """It is there with other content: a person merges."""


@dataclass(frozen=True, kw_only=True)
class Adopted:
    """One file of the reference application.

    Args:
        name: In the application.
        source: In the reference application.
        fate: What became of it.
    """

    name: str
    source: str
    fate: Fate


def adopt(repository: Repository, *, web: Path = WEB, dry_run: bool = False) -> tuple[Adopted, ...]:
    """Copies the files that are missing.

    Args:
        repository: The application.
        web: The reference application.
        dry_run: Only tell.

    Raises:
        UnusableInputError: The reference application is not there, or a folder leads out of the repository.
    """
    if not (web / "package.json").is_file():
        raise UnusableInputError(
            f"The reference application is not at {web}.",
            next_step="run clerk-deploy from a checkout of its project, which has the folder web/",
        )
    under_source = (repository.root / "src" / "app").is_dir() and not (repository.root / "app").is_dir()
    plan = [_judged(repository, web, source, under_source) for source in _sources(web)]
    if not dry_run:
        for each in plan:
            if each.fate is Fate.COPIED:
                _copy(repository.root, web / each.source, each.name)
    return tuple(plan)


def package_changes(repository: Repository, *, web: Path = WEB) -> dict[str, dict[str, str]]:
    """What the application's package.json lacks for the copied files: to be merged by a person.

    Args:
        repository: The application.
        web: The reference application.
    """
    reference = Repository(web).package
    lacking = {
        group: _missing(reference.get(group), repository.package.get(group))
        for group in ("dependencies", "imports", "engines")
    }
    scripts = repository.package.get("scripts")
    if not isinstance(scripts, dict) or scripts.get("build") != reference["scripts"]["build"]:
        # The checks of the environment and of the artifact are this script's: without it nothing looks.
        lacking["scripts"] = {"build": str(reference["scripts"]["build"])}
    return {group: entries for group, entries in lacking.items() if entries}


def _missing(reference: Any, own: Any) -> dict[str, str]:
    have = own if isinstance(own, dict) else {}
    wanted = reference if isinstance(reference, dict) else {}
    return {str(name): str(value) for name, value in wanted.items() if name not in have}


def _sources(web: Path) -> Iterator[str]:
    found = {
        path.relative_to(web).as_posix()
        for pattern in ADOPTED
        for path in web.glob(f"{pattern}/*" if pattern.endswith("**") else pattern)
        if path.is_file() and not set(path.relative_to(web).parts) & SKIPPED
    }
    yield from sorted(found)


def _judged(repository: Repository, web: Path, source: str, under_source: bool) -> Adopted:
    name = f"src/{source}" if under_source and source.startswith(IN_SOURCE) else source
    parent = PurePosixPath(name).parent
    for other in STAND_FOR.get(source, ()):
        if (repository.root / parent / other).exists():
            return Adopted(name=str(parent / other), source=source, fate=Fate.DIFFERS)
    target = repository.root / name
    if not os.path.lexists(target):
        return Adopted(name=name, source=source, fate=Fate.COPIED)
    is_same = target.is_file() and target.read_bytes() == (web / source).read_bytes()
    return Adopted(name=name, source=source, fate=Fate.SAME if is_same else Fate.DIFFERS)


def _copy(root: Path, source: Path, name: str) -> None:
    target = root / name
    for parent in reversed(target.relative_to(root).parents):
        folder = root / parent
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise UnusableInputError(
                f"{folder} is no folder of the repository itself.",
                next_step="move it away, then run it again: what was copied is kept",
            )
        folder.mkdir(exist_ok=True)
    # Opened for creation alone: what appeared meanwhile is not overwritten either.
    with target.open("xb") as file:
        file.write(source.read_bytes())
    target.chmod(source.stat().st_mode & 0o777)
