"""`clerk-deploy checklist`: the guide's checklists with what became of every line."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from clerk_deploy.cli.context import Context, command, noun
from clerk_deploy.cli.verify import Cacert, EnvFile, NoAws, Resolve, Smoke, Url, run_context
from clerk_deploy.verification.findings import Status

if TYPE_CHECKING:
    from rich.console import RenderableType

    from clerk_deploy.verification.checklist import Marked

app = noun("The guide's checklists, every line marked.")

Plan = Annotated[bool, typer.Option("--plan", help="Only say how each line is covered; verify nothing.")]

STYLES: Final = {
    "failed": "bold red",
    "unknown": "yellow",
    "waived": "magenta",
    "in part": "yellow",
    "passed": "green",
    "by verify": "green",
    "built in": "cyan",
    "for a person": "blue",
    "not checked": "dim",
}


@command(app, "checklist")
def checklist(
    *,
    context: Context,
    url: Url = None,
    env_file: EnvFile = None,
    smoke: Smoke = None,
    no_aws: NoAws = False,
    resolve: Resolve = None,
    cacert: Cacert = None,
    plan: Plan = False,
) -> None:
    """Verify, and show the guide's checklists with every line marked: none is dropped in silence."""
    from clerk_deploy.cli.verify_target import Sources, gather
    from clerk_deploy.verification.checklist import LINES, mark
    from clerk_deploy.verification.engine import run
    from clerk_deploy.verification.registry import Moment, all_checks, select

    report = None
    if not plan:
        gathered = gather(context, Sources(url=url, env_file=env_file, smoke=smoke, no_aws=no_aws))
        wanted = {name for line in LINES for name in line.checks}
        checks = [each for each in select(all_checks(), moment=Moment.DOMAIN) if each.id in wanted]
        report = run(
            checks,
            run_context(gathered.target, resolve or (), cacert, gathered.aws),
            moment=Moment.DOMAIN,
            waivers=gathered.waivers,
        )
    marked = mark(report)
    context.output.show({"lines": [_document(each) for each in marked]}, lambda: _text(marked))
    if report is not None and report.of(Status.FAILED):
        raise typer.Exit(report.exit_code)


def _document(marked: "Marked") -> dict[str, Any]:
    line = marked.line
    return {
        "section": line.section,
        "text": line.text,
        "mark": marked.word,
        "checks": dict.fromkeys(line.checks) | {each.check.id: each.status.value for each in marked.results},
        "builtIn": [{"file": each.file, "how": each.how} for each in line.built],
        "forAPerson": line.person or None,
    }


def _text(marked: "tuple[Marked, ...]") -> "list[RenderableType]":
    from rich.text import Text

    parts: list[RenderableType] = []
    section = ""
    for each in marked:
        if each.line.section != section:
            section = each.line.section
            parts += ["", Text(section, style="bold")]
        parts.append(Text.assemble((f"  {each.word:<13}", STYLES[each.word]), each.line.text))
        parts += [_detail(word, style) for word, style in _details(each)]
    counts = {word: sum(each.word == word for each in marked) for word in STYLES}
    summary = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return [*parts, "", Text(f"{len(marked)} lines: {summary}", style="bold")]


def _details(marked: "Marked") -> list[tuple[str, str]]:
    """What a line's mark rests on; passes in one line, anything else with its evidence."""
    passes = [each.check.id for each in marked.results if each.status is Status.PASSED]
    lines = [(f"checked: {', '.join(passes)}", "dim")] if passes else []
    for each in marked.results:
        if each.status is not Status.PASSED:
            lines.append((f"{each.check.id} {each.status.value}: {each.finding.evidence}", "dim"))
        if each.status in (Status.FAILED, Status.UNKNOWN):
            lines.append((f"next: {each.check.next_step}", "cyan"))
    ran = {each.check.id for each in marked.results}
    if waiting := [name for name in marked.line.checks if name not in ran]:
        lines.append((f"verify checks: {', '.join(waiting)}", "dim"))
    lines += [(f"built in: {each.how} ({each.file})", "dim") for each in marked.line.built]
    if marked.line.person:
        lines.append((f"for a person: {marked.line.person}", "blue"))
    return lines


def _detail(text: str, style: str) -> "RenderableType":
    from rich.padding import Padding
    from rich.text import Text

    return Padding(Text(text, style=style), (0, 0, 0, 15), expand=False)
