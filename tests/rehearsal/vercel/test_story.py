"""The rehearsal on Vercel, whole: real builds and servers, a client at the domain throughout."""

import io
import json
from pathlib import Path

from rich.console import Console

from rehearsal.report.page import write_report
from rehearsal.timeline import Timeline
from rehearsal.vercel.story import rehearse


def test_rehearsal_fails_no_request_of_a_good_release(tmp_path: Path) -> None:
    console = Console(file=io.StringIO())
    facts = rehearse(folder=tmp_path / "run", timeline=Timeline(console=console), time_scale=60.0)
    assert [step.outcome for step in facts.steps] == [
        "promoted",
        "promoted",
        "aborted",
        "rolled back",
        "promoted",
        "promoted",
    ]
    assert len(facts.answers) > 100
    assert facts.failed == []
    assert len(facts.failed_by_bad_release) > 0
    assert (facts.rollback["changes"], facts.rollback["built"]) == (1, False)
    write_report(facts, tmp_path / "report")
    told = json.loads((tmp_path / "report" / "report.json").read_text())
    assert told["requests"]["failed"] == 0
