"""What status, history and logs tell."""

import pytest

from clerk_deploy.errors import UnusableInputError
from tests.vercel.world import ONE, REVISION, TWO, World


def test_status_tells_live_previous_and_staged(first: World) -> None:
    first.operations(bakeMinutes=0).release(TWO)
    staged = first.vercel.create(first.site, commit=TWO, ref="main", meta={})
    status = first.operations().status()
    assert status.live and status.live.commit == TWO
    assert status.previous and status.previous.commit == ONE
    assert [each.deployment for each in status.staged] == [staged.id]
    assert (status.healthy, status.pending_revision, status.differences) == (True, "", ())
    assert status.move.startswith("promote from dpl_")


def test_status_tells_a_revision_that_no_release_has(first: World) -> None:
    baked = first.site.variables["RELEASE_REVISION"].value
    first.bakes = lambda made: {"revision": baked}
    first.site.variables["RELEASE_REVISION"].value = "cd" * 32
    assert first.operations().status().pending_revision == "cd" * 32


def test_status_tells_auto_assignment_and_a_silent_domain(first: World) -> None:
    first.site.auto_assign = True
    first.site.live = ""
    status = first.operations().status()
    assert status.healthy is None
    assert "take the domains by themselves" in status.differences[0]
    assert "no health answer" in status.differences[1]


def test_status_tells_when_another_release_answers_than_was_moved_to(first: World) -> None:
    before = first.site.live
    first.operations(bakeMinutes=0).release(TWO)
    first.site.live = before
    (difference,) = first.operations().status().differences
    assert f"yet {before} answers" in difference


def test_status_tells_an_answer_that_is_no_deployment_of_the_project(first: World) -> None:
    first.bakes = lambda made: {"job": "-", "commit": "9" * 40}
    assert "no deployment of the project" in first.operations().status().differences[0]


def test_status_of_an_empty_project(world: World) -> None:
    status = world.operations().status()
    assert (status.live, status.previous, status.move) == (None, None, "")


def test_builds_that_know_no_id_are_told_apart_by_commit_and_revision(first: World) -> None:
    first.bakes = lambda made: {"job": "-"}
    assert first.operations(bakeMinutes=0).release(TWO).outcome == "promoted"
    status = first.operations().status()
    assert status.live and status.live.commit == TWO


def test_unreadable_revision_is_not_compared(first: World) -> None:
    baked = "cd" * 32
    first.site.variables["RELEASE_REVISION"].value = "eyJ2IjoiIn0="
    first.bakes = lambda made: {"revision": baked}
    result = first.operations(bakeMinutes=0).release(TWO)
    assert (result.outcome, result.release) == ("promoted", f"{TWO[:12]}-{baked[:8]}")


def test_history_is_vercels_own_list_newest_first(first: World) -> None:
    first.builds = lambda world, made: world.vercel.fail(made, problem="no")
    first.operations().release(TWO)
    newest, oldest = first.operations().history()
    assert (newest.commit, newest.state, newest.live) == (TWO, "ERROR", False)
    assert (oldest.commit, oldest.state, oldest.live) == (ONE, "READY PROMOTED", True)
    assert oldest.revision == REVISION


def test_logs_tell_where_the_lines_are(first: World) -> None:
    logs = first.operations().logs()
    assert logs.page.startswith("https://vercel.com/")
    assert logs.command.startswith("vercel logs https://yourapp-production-")
    assert first.operations().logs(ONE[:8]).deployment == logs.deployment


def test_logs_of_an_empty_project_are_refused(world: World) -> None:
    with pytest.raises(UnusableInputError, match="is live"):
        world.operations().logs()
