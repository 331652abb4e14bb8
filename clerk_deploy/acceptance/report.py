"""The report: written anew with every finding, so that a run that is cut off keeps what it had."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, Final

from clerk_deploy.acceptance.findings import Finding, Verdict
from clerk_deploy.acceptance.load import Answer
from clerk_deploy.acceptance.picture import requests_by_second, switch_times
from clerk_deploy.secret_value import SecretValue

STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2937; max-width: 64rem; margin: 2rem auto; }
body { padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin-bottom: 1.5rem; }
th { text-align: left; color: #6b7280; font-weight: 500; }
th, td { padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #e5e7eb; vertical-align: top; }
td.n { text-align: right; }
.differs { color: #c0392b; font-weight: 600; }
.as { color: #2f7d4f; font-weight: 600; }
.could { color: #9a6700; font-weight: 600; }
p.how, dd { color: #4b5563; }
dt { font-weight: 500; }
svg { width: 100%; height: auto; }
"""


@dataclass(kw_only=True)
class Report:
    """What a run found out.

    Args:
        folder: Where report.html and report.json go.
        about: What was measured, when and where from.
        findings: In the order in which they were made.
        answers: What the client saw during switches and rollback.
        notes: What became of the run and of the environment.
    """

    folder: Path
    about: Mapping[str, Any]
    findings: list[Finding] = field(default_factory=list)
    answers: Sequence[Answer] = ()
    notes: list[str] = field(default_factory=list)

    @property
    def page(self) -> Path:
        """The page."""
        return self.folder / "report.html"

    def add(self, *findings: Finding) -> None:
        """Keep findings."""
        self.findings += findings
        self.write()

    def note(self, text: str) -> None:
        """Keep what became of the run."""
        self.notes.append(text)
        self.write()

    def worst(self) -> Verdict:
        """The verdict that decides how a run ends."""
        found = {finding.verdict for finding in self.findings}
        return next(
            (each for each in (Verdict.DIFFERS, Verdict.UNMEASURED) if each in found), Verdict.EXPECTED
        )

    def plain(self) -> dict[str, Any]:
        """For another program."""
        return {
            "about": dict(self.about),
            "findings": [finding.plain() for finding in self.findings],
            "notes": list(self.notes),
        }

    def write(self) -> None:
        """Write both files; no secret that this process knows is in them."""
        self.folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.plain(), indent=2, ensure_ascii=False)
        _replace(self.folder / "report.json", f"{text}\n")
        _replace(self.page, self._page())

    def _page(self) -> str:
        rows = "".join(_row(finding) for finding in self.findings)
        about = "".join(
            f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in self.about.items()
        )
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        pictures = "".join(filter(None, (self._switches(), requests_by_second(self.answers))))
        return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>What only AWS can show</title><style>{STYLE}</style></head>
<body><h1>What only AWS can show</h1>
<dl>{about}</dl>
<table><thead><tr><th>question</th><th>answer</th><th>verdict</th><th>n</th></tr></thead>
<tbody>{rows}</tbody></table>
{pictures}
{"".join(_details(finding) for finding in self.findings)}
<h2>The run</h2><ul>{notes}</ul>
</body></html>
"""

    def _switches(self) -> str:
        found = next((each for each in self.findings if each.key == "propagation"), None)
        return switch_times(found.values) if found else ""


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}")
    fresh.write_text(SecretValue.hide_in(text), encoding="utf-8")
    fresh.replace(path)


def _row(finding: Finding) -> str:
    return (
        f"<tr><td>{escape(finding.question)}</td><td>{escape(finding.summary)}</td>"
        f'<td class="{finding.verdict.value.split()[0]}">{finding.verdict.value}</td>'
        f'<td class="n">{finding.number}</td></tr>'
    )


def _details(finding: Finding) -> str:
    values = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(_told(value))}</td></tr>"
        for name, value in finding.values.items()
    )
    return (
        f"<h2>{escape(finding.question)}</h2>"
        f'<p>Expected: {escape(finding.expected)}.</p><p class="how">Measured: {escape(finding.how)}.</p>'
        f"<table><tbody>{values}</tbody></table>"
    )


def _told(value: Any) -> str:
    """A value in words."""
    told: Sequence[tuple[type, Callable[[Any], str]]] = (
        (dict, lambda found: ", ".join(f"{key}: {_told(each)}" for key, each in found.items()) or "none"),
        (list, lambda found: "; ".join(_told(each) for each in found) or "none"),
        (bool, lambda found: "yes" if found else "no"),
        (type(None), lambda _: "never"),
    )
    return next((say(value) for kind, say in told if isinstance(value, kind)), str(value))
