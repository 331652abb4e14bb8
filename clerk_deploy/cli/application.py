"""`clerk-deploy app`: check and adopt an application's repository. Needs no settings and no AWS."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clerk_deploy.cli.context import Context, command, noun
from clerk_deploy.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from clerk_deploy.application.adopt import Adopted
    from clerk_deploy.application.repository import Repository
    from clerk_deploy.application.rule import Judged

MOST_SHOWN = 8

app = noun("Check an application's repository, and bring it what it lacks.")

Folder = Annotated[Path, typer.Argument(metavar="PATH", help="The application's repository.")]
Audit = Annotated[bool, typer.Option("--audit", help="Ask npm for known vulnerable dependencies (network).")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be copied; copy nothing.")]


@command(app, "check")
def check(*, context: Context, path: Folder, audit: Audit = False) -> None:
    """Find the guide's mistakes, and those that it warns of, in any Next.js repository."""
    from clerk_deploy.application.audit import audit as ask_npm
    from clerk_deploy.application.repository import open_repository
    from clerk_deploy.application.rule import Level, all_rules, judge

    repository = open_repository(path)
    judged = judge(repository, all_rules())
    if audit:
        judged = (*judged, ask_npm(repository))
    context.output.show(_check_document(repository, judged), lambda: _check_text(repository, judged))
    if any(each.mistakes and each.rule.level is Level.ERROR for each in judged):
        raise typer.Exit(Exit.CHECKED_AND_BAD)


@command(app, "adopt")
def adopt(*, context: Context, path: Folder, dry_run: DryRun = False) -> None:
    """Copy what a repository lacks from the reference application; nothing is overwritten."""
    from clerk_deploy.application.adopt import adopt as bring
    from clerk_deploy.application.adopt import package_changes
    from clerk_deploy.application.repository import open_repository

    repository = open_repository(path)
    adopted = bring(repository, dry_run=dry_run)
    changes = package_changes(repository)
    document = {
        "folder": str(repository.root),
        "dryRun": dry_run,
        "files": [{"name": each.name, "source": each.source, "fate": each.fate.value} for each in adopted],
        "packageJson": changes,
    }
    context.output.show(document, lambda: _adopt_text(adopted, changes, dry_run=dry_run))


def _check_document(repository: "Repository", judged: "Sequence[Judged]") -> dict[str, Any]:
    return {
        "folder": str(repository.root),
        "rules": [
            {
                "id": each.rule.id,
                "title": each.rule.title,
                "level": each.rule.level.value,
                "guide": each.rule.guide,
                "why": each.rule.why,
                "nextStep": each.rule.next_step,
                "mistakes": [
                    {"file": mistake.file, "line": mistake.line, "found": mistake.found}
                    for mistake in each.mistakes
                ],
            }
            for each in judged
        ],
    }


def _check_text(repository: "Repository", judged: "Sequence[Judged]") -> "list[RenderableType]":
    from rich.padding import Padding
    from rich.text import Text

    from clerk_deploy.application.rule import Level

    styles = {Level.ERROR: "bold red", Level.WARNING: "yellow"}
    parts: list[RenderableType] = [Text(str(repository.root), style="bold")]
    for level in Level:
        for each in judged:
            if each.rule.level is level and each.mistakes:
                heading = Text.assemble((f"{level.value} ", styles[level]), (each.rule.id, "bold"))
                parts += ["", heading.append(f"  not so: {each.rule.title}")]
                parts += [
                    Padding(Text.assemble((f"{word:<6}", "cyan"), line), (0, 0, 0, 2), expand=False)
                    for word, line in _lines(each)
                ]
    errors = sum(bool(each.mistakes) for each in judged if each.rule.level is Level.ERROR)
    warnings = sum(bool(each.mistakes) for each in judged if each.rule.level is Level.WARNING)
    style = "bold red" if errors else "bold yellow" if warnings else "bold green"
    summary = f"{len(judged)} rules: {errors} errors, {warnings} warnings"
    return [*parts, "", Text(summary, style=style)]


def _lines(judged: "Judged") -> list[tuple[str, str]]:
    shown = [("found", _place(each.file, each.line, each.found)) for each in judged.mistakes[:MOST_SHOWN]]
    if (rest := len(judged.mistakes) - MOST_SHOWN) > 0:
        shown.append(("", f"and {rest} more"))
    rule = judged.rule
    return [*shown, ("guide", rule.guide), ("why", rule.why), ("next", rule.next_step)]


def _place(file: str, line: int, found: str) -> str:
    return f"{file}:{line}: {found}" if line else f"{file}: {found}"


def _adopt_text(
    adopted: "Sequence[Adopted]", changes: dict[str, dict[str, str]], *, dry_run: bool
) -> "list[RenderableType]":
    from rich.text import Text

    from clerk_deploy.application.adopt import Fate

    words = {Fate.COPIED: "would copy" if dry_run else "copied", Fate.DIFFERS: "differs", Fate.SAME: "same"}
    styles = {Fate.COPIED: "green", Fate.DIFFERS: "yellow", Fate.SAME: "dim"}
    parts: list[RenderableType] = []
    for fate in (Fate.COPIED, Fate.DIFFERS):
        for each in adopted:
            if each.fate is fate:
                beside = "" if each.name == each.source else f"  (web/{each.source})"
                parts.append(Text.assemble((f"{words[fate]:<11}", styles[fate]), each.name, (beside, "dim")))
    same = sum(each.fate is Fate.SAME for each in adopted)
    if same:
        parts.append(Text(f"{same} files are the same already", style="dim"))
    for group, entries in changes.items():
        for name, value in entries.items():
            parts.append(
                Text.assemble(("merge      ", "yellow"), f'package.json, {group}: "{name}": "{value}"')
            )
    step = (
        "compare what differs with web/ by hand (nothing was overwritten), then: clerk-deploy app check PATH"
    )
    return [*parts, f"next: {step}"]
