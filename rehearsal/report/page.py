"""The report: one HTML file that needs nothing else, and report.json beside it."""

from collections.abc import Iterable
from html import escape
from pathlib import Path

from rehearsal.report.facts import Facts
from rehearsal.report.picture import timeline

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2937; max-width: 76rem; margin: 2rem auto; }
body { padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; color: #6b7280; font-weight: 500; }
th, td { padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #e5e7eb; }
td.number, th.number { text-align: right; }
.bad { color: #c0392b; font-weight: 600; }
.good { color: #2f7d4f; font-weight: 600; }
ul { padding-left: 1.2rem; }
"""
HEAD = '<tr><th>step</th><th>outcome</th><th class="number">at, s</th><th class="number">took, s</th></tr>'


def write_report(facts: Facts, folder: Path) -> Path:
    """Write report.html and report.json.

    Args:
        facts: What the report tells.
        folder: Made when missing.

    Returns:
        The page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(facts.to_json(), encoding="utf-8")
    page = folder / "report.html"
    page.write_text(_page(facts), encoding="utf-8")
    return page


def _page(facts: Facts) -> str:
    picture = timeline(facts).to_html(full_html=False, include_plotlyjs=True, config={"displaylogo": False})
    rows = "".join(
        f"<tr><td>{escape(step.name)}</td><td>{escape(step.outcome)}</td>"
        f'<td class="number">{step.begin - facts.begin:.1f}</td>'
        f'<td class="number">{step.seconds:.1f}</td></tr>'
        for step in facts.steps
    )
    title = escape(facts.title)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>{STYLE}</style></head>
<body><h1>{title}</h1>
<ul>{"".join(f"<li>{line}</li>" for line in _findings(facts))}</ul>
{picture}
<table><thead>{HEAD}</thead>
<tbody>{rows}</tbody></table>
{"".join(f"<h2>Dashboard {escape(name)}</h2>{drawn}" for name, drawn in facts.dashboards.items())}
</body></html>
"""


def _findings(facts: Facts) -> Iterable[str]:
    failed = len(facts.failed)
    style = "bad" if failed else "good"
    yield f'{len(facts.answers)} requests, <span class="{style}">{failed} failed</span>'
    if facts.bad_releases:
        yield (
            f"bad releases had traffic for {facts.bad_seconds:.1f} s and answered "
            f"{len(facts.failed_by_bad_release)} requests badly, counted apart"
        )
    if facts.rollback:
        built = "with" if facts.rollback.get("built") else "without"
        yield (
            f"rollback {built} a build: {facts.rollback['seconds']:.1f} s, "
            f"calls that change something: {facts.rollback['changes']}"
        )
    if facts.rebuild:
        yield f"the same by a rebuild: {facts.rebuild['seconds']:.1f} s"
