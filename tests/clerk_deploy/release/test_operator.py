"""What the command line does with releases, and how it ends."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.main import get_command

from clerk_deploy.cli import release as commands
from clerk_deploy.cli.root import app
from clerk_deploy.errors import RefusedError
from clerk_deploy.release.executions import StateMachine
from clerk_deploy.release.operator import Operator
from tests.clerk_deploy.release.cloud import MACHINE
from tests.clerk_deploy.release.world import ONE, THREE, TWO, World

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def operator(world: World) -> Operator:
    """Whose waiting lets the executions run that it started."""
    return Operator(
        ledger=world.engine.ledger,
        machine=StateMachine(client=world.cloud, arn=MACHINE),
        clock=lambda: world.cloud.now,
        sleep=lambda seconds: (world.sleep(seconds), world.run_started())[0],
    )


@pytest.fixture
def run(operator: Operator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setattr(commands, "operator_of", lambda _context: operator)
    monkeypatch.setattr(commands, "who", lambda: "ada")

    def call(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            get_command(app).main(["-e", "production", *words], prog_name="clerk-deploy")
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out + printed.err

    return call


def test_a_release_shows_its_steps_and_ends_with_0(run: Run, world: World):
    code, text = run("release", ONE)
    assert code == 0
    assert "switch" in text
    assert f"{ONE[:12]}-11111111 is live" in text
    world.assert_well(live=ONE, outcome="promoted")


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (lambda world: world.cloud.builds.update({TWO: "fails"}), 1),
        (lambda world: world.cloud.alarms.update({"slot-a": "ALARM"}), 3),
        (
            lambda world: world.at(
                "Watch the release", lambda: world.cloud.alarms.update({"slot-b": "ALARM"})
            ),
            4,
        ),
    ],
    ids=["aborted", "refused", "rolled-back"],
)
def test_each_bad_end_has_its_exit_code_and_its_reason(prepare: Any, code: int, run: Run, world: World):
    world.release(ONE)
    prepare(world)
    found, text = run("release", TWO)
    assert found == code
    assert "next: " in text
    assert "Traceback" not in text


def test_a_release_that_is_not_waited_for_is_only_started(run: Run, world: World):
    code, text = run("release", ONE, "--no-wait")
    assert code == 0
    assert "Started: release-cli-" in text
    assert world.cloud.edge().live == ""


def test_a_rollback_says_what_it_will_do_and_does_it(run: Run, world: World):
    world.release(ONE)
    world.release(TWO)
    code, text = run("rollback", "--yes")
    assert code == 0
    assert f"{TWO[:12]}-11111111 -> {ONE[:12]}-11111111 (slot-a holds it: a switch, no build)" in text
    world.assert_well(live=ONE, outcome="promoted")


def test_a_rollback_that_is_not_wanted_changes_nothing(
    run: Run, world: World, monkeypatch: pytest.MonkeyPatch
):
    world.release(ONE)
    world.release(TWO)
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    code, _ = run("rollback")
    assert code == 3
    assert world.live_commit == TWO


def test_a_rollback_with_nothing_to_go_back_to_is_refused_before_it_starts(run: Run, world: World):
    world.release(ONE)
    code, text = run("rollback", "--yes")
    assert code == 3
    assert "nothing to go back to" in text
    assert world.cloud.started == []


def test_ctrl_c_leaves_the_operation_running_and_says_so(run: Run, operator: Operator, world: World):
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    object.__setattr__(operator, "sleep", interrupt)
    code, text = run("release", ONE)
    assert code == 130
    assert "goes on without this terminal" in text
    world.run_started()
    world.assert_well(live=ONE, outcome="promoted")


def test_the_history_is_a_document_for_programs(run: Run, world: World):
    world.release(ONE)
    world.release(TWO)
    world.rollback(reason="slow")
    code, text = run("history", "--json")
    operations = json.loads(text)["operations"]
    assert code == 0
    assert [each["number"] for each in operations] == [3, 2, 1]
    assert operations[0]["request"]["reason"] == "slow"
    assert operations[0]["built"] is False
    assert operations[1]["built"] is True
    assert {step["name"] for step in operations[0]["steps"]} >= {"Switch", "Confirm"}


def test_the_history_is_a_table_for_people(run: Run, world: World):
    world.release(ONE)
    world.cloud.builds[TWO] = "fails"
    world.release(TWO)
    _, text = run("history")
    assert "promoted" in text
    assert "npm run build" in text


def test_a_freeze_is_kept_until_it_is_lifted(run: Run, world: World):
    world.release(ONE)
    run("freeze", "holidays")
    code, text = run("release", TWO)
    assert code == 3
    assert "frozen by ada: holidays" in text
    assert "holidays" in run("unfreeze")[1]
    assert run("release", TWO)[0] == 0


def test_an_abort_ends_the_running_release(world: World, operator: Operator):
    world.release(ONE)
    world.at("Wait for the build", lambda: operator.abort(by="grace"))
    assert "Ended by grace" in world.release(TWO).cause
    world.assert_well(live=ONE, outcome="aborted")


def test_an_abort_of_nothing_is_refused(operator: Operator, world: World):
    world.release(ONE)
    with pytest.raises(RefusedError, match="No operation is running"):
        operator.abort(by="grace")


def test_the_way_back_that_is_shown_is_the_one_that_is_taken(operator: Operator, world: World):
    for commit in (ONE, TWO, THREE):
        world.release(commit)
    shown = operator.way_back()
    world.rollback()
    assert world.newest.target.release == shown.target.release
    assert operator.way_back().target.commit == ONE
