import json
from pathlib import Path

from rehearsal.load import Answer
from rehearsal.report.facts import Facts, Mark, Step
from rehearsal.report.page import write_report


def answers(*, release: str, begin: float, count: int, status: int = 200) -> list[Answer]:
    return [
        Answer(sent=begin + number / 10, seconds=0.01, status=status, release=release)
        for number in range(count)
    ]


def facts() -> Facts:
    return Facts(
        title="Releases <rehearsed>",
        begin=100.0,
        answers=[
            *answers(release="good", begin=100, count=50),
            *answers(release="bad", begin=105, count=10),
            *answers(release="bad", begin=106, count=10, status=500),
            *answers(release="good", begin=107, count=20),
            *answers(release="", begin=109, count=1, status=503),
        ],
        steps=[Step(name="release <two>", outcome="rolled back", begin=105, end=107.5)],
        marks=[Mark(at=105.0, name="switch")],
        bad_releases={"bad"},
        rollback={"seconds": 2.25, "changes": 3, "built": False},
        rebuild={"seconds": 60.0},
    )


def test_what_a_bad_release_answered_badly_is_counted_apart():
    told = json.loads(facts().to_json())
    assert told["requests"] == {
        "total": 91,
        "failed": 1,
        "failed_by_bad_release": 10,
        "seconds_of_bad_releases": 1.9,
    }
    assert told["steps"] == [{"name": "release <two>", "outcome": "rolled back", "seconds": 2.5}]
    assert told["rollback"] == {"seconds": 2.25, "changes": 3, "built": False}


def test_a_good_answer_of_a_bad_release_is_no_failure():
    assert all(answer.status == 500 for answer in facts().failed_by_bad_release)


def test_the_page_needs_nothing_else_and_escapes_names(tmp_path: Path):
    page = write_report(facts(), tmp_path / "release").read_text()
    assert "<script src=" not in page
    assert "release &lt;two&gt;" in page
    assert "Releases &lt;rehearsed&gt;" in page
    assert (tmp_path / "release" / "report.json").is_file()


def test_a_rehearsal_without_requests_still_has_a_report(tmp_path: Path):
    assert write_report(Facts(title="Nothing", begin=0.0), tmp_path).is_file()
