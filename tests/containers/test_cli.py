"""What the commands print for an environment on containers, and with which code they end."""

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from clerk_deploy.cli.containers_text import Telling
from clerk_deploy.cli.root import app
from clerk_deploy.containers import operations
from clerk_deploy.containers.problems import RolledBackError
from clerk_deploy.errors import CheckFailedError, Exit, RefusedError, UnusableInputError
from tests.containers.world import (
    FIRST,
    SECOND,
    THIRD,
    FakeHttp,
    FakeStack,
    FakeWorld,
    image_id,
    make_host,
    make_live,
    make_world,
    run,
)

Typed = Callable[..., Result]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeWorld:
    """The first commit is live since long, the third is checked out."""
    found = make_world(tmp_path / "scene")
    document = json.loads(found.scene.settings.read_text())
    document["context"]["environments"]["production"]["release"] = {
        "bakeMinutes": 2,
        "candidateCheck": "health",
    }
    found.scene.settings.write_text(json.dumps(document))

    def sleep(seconds: float) -> None:
        found.now += seconds

    def full(_folder: Path, named: str) -> str:
        return next(commit for commit in (FIRST, SECOND, THIRD) if commit.startswith(named))

    made = functools.partial(
        operations.open_operations,
        run=lambda command: run(found, command),
        http=FakeHttp(found),
        clock=lambda: found.now,
        wall_clock=lambda: found.now,
        sleep=sleep,
    )
    monkeypatch.setattr(operations, "open_operations", made)
    monkeypatch.setattr(operations, "open_stack", lambda name, folder: FakeStack(found))
    monkeypatch.setattr("clerk_deploy.containers.inputs.commit_of", lambda folder: THIRD)
    monkeypatch.setattr("clerk_deploy.containers.plan.commit_of", lambda folder: THIRD)
    monkeypatch.setattr("clerk_deploy.containers.plan.head_of", lambda folder: THIRD)
    monkeypatch.setattr("clerk_deploy.containers.plan.full_commit", full)
    monkeypatch.setenv("GITHUB_ACTOR", "ana")
    for name in ("CLERK_DEPLOY_SMOKE_FILE", "CLERK_DEPLOY_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    make_live(found, make_host(found), FIRST)
    found.now = 3600.0
    return found


@pytest.fixture
def typed(world: FakeWorld) -> Typed:
    def type_in(*words: str, answer: str | None = None) -> Result:
        settings = ("--settings", str(world.scene.settings))
        return CliRunner().invoke(app, [*words, *settings], input=answer)

    return type_in


def test_release_is_watched_and_live(world: FakeWorld, typed: Typed) -> None:
    answer = typed("release", "--reason", "the new page")
    assert answer.exit_code == Exit.OK, answer.output
    assert answer.stdout == f"{world.release_name(THIRD)} is live (promoted).\n"
    assert "asks https://yourapp.com who answers" in answer.stderr
    assert "watches for 2 minutes" in answer.stderr
    assert world.now == 3600 + 120
    newest = json.loads(typed("history", "--json").stdout)["operations"][0]
    assert (newest["kind"], newest["outcome"], newest["who"]) == ("release", "promoted", "ana")
    assert newest["reason"] == "the new page"


def test_release_as_json_is_one_document(world: FakeWorld, typed: Typed) -> None:
    answer = typed("release", "--json")
    told = json.loads(answer.stdout)
    assert (told["outcome"], told["built"]) == ("promoted", True)
    assert told["before"] == world.release_name(FIRST)
    assert answer.stderr == ""


def test_release_of_what_is_live_does_nothing(world: FakeWorld, typed: Typed) -> None:
    assert "nothing to do" in typed("release", FIRST).stdout
    assert len(world.updates) == 1


def test_release_of_a_kept_image_builds_nothing(world: FakeWorld, typed: Typed) -> None:
    told = json.loads(typed("release", SECOND[:12], "--json").stdout)
    assert (told["release"], told["built"]) == (world.release_name(SECOND), False)
    assert world.serves == world.release_name(SECOND)


@pytest.fixture
def with_fallback(world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> FakeWorld:
    """The third commit is the app with Clerk's own components, and the settings name it."""
    document = json.loads(world.scene.settings.read_text())
    document["context"]["environments"]["production"]["release"]["fallback"] = THIRD[:8]
    world.scene.settings.write_text(json.dumps(document))
    monkeypatch.setattr(operations, "known_commit", lambda folder, named: THIRD)
    world.client_side.add(world.release_name(THIRD))
    return world


def test_fallback_is_released_as_one(with_fallback: FakeWorld, typed: Typed) -> None:
    fallback = with_fallback.release_name(THIRD)
    assert typed("release", "--fallback").stdout == f"The fallback {fallback} is live (promoted).\n"
    assert f"{fallback} (the fallback), well" in typed("status").stdout
    assert json.loads(typed("history", "--json").stdout)["operations"][0]["kind"] == "fallback"
    assert "nothing to do" in typed("release", "--fallback").stdout
    assert typed("rollback", "--yes").exit_code == Exit.OK
    assert with_fallback.serves == with_fallback.release_name(FIRST)


def test_fallbacks_commit_is_no_ordinary_release(with_fallback: FakeWorld, typed: Typed) -> None:
    answer = typed("release")
    assert answer.exit_code == Exit.REFUSED
    assert "clerk-deploy release --fallback" in answer.stderr
    assert len(with_fallback.updates) == 1


def test_other_app_than_the_one_asked_for_is_taken_back(world: FakeWorld, typed: Typed) -> None:
    # No setting names it: only what runs tells.
    world.client_side.add(world.release_name(THIRD))
    answer = typed("release")
    assert answer.exit_code == Exit.ROLLED_BACK
    assert "is the fallback: users sign in by Clerk's own components" in answer.stderr
    assert world.serves == world.release_name(FIRST)


def test_app_with_its_own_sign_in_is_no_fallback(with_fallback: FakeWorld, typed: Typed) -> None:
    with_fallback.client_side.clear()
    answer = typed("release", "--fallback")
    assert answer.exit_code == Exit.ROLLED_BACK
    assert "is no fallback" in answer.stderr
    assert with_fallback.serves == with_fallback.release_name(FIRST)


def test_release_of_what_is_not_checked_out_is_refused(world: FakeWorld, typed: Typed) -> None:
    del world.images[image_id(SECOND)]
    answer = typed("release", SECOND)
    assert answer.exit_code == Exit.USAGE
    assert f"has {THIRD[:12]} checked out, not {SECOND[:12]}" in answer.stderr
    assert "git -C" in answer.stderr
    assert len(world.updates) == 1


def test_release_that_sickens_is_taken_back_and_refused_from_then_on(world: FakeWorld, typed: Typed) -> None:
    world.sickens_at = 3600.0 + 60
    answer = typed("release")
    assert answer.exit_code == Exit.ROLLED_BACK
    assert "3 looks in a row failed" in answer.stderr
    assert world.serves == world.release_name(FIRST)
    world.sickens_at = None
    again = typed("release")
    assert again.exit_code == Exit.REFUSED
    assert "was rolled back: 3 looks in a row failed" in again.stderr
    assert typed("release", "--pardon").exit_code == Exit.OK
    assert world.serves == world.release_name(THIRD)


def test_two_bad_looks_do_not_end_a_bake(world: FakeWorld, typed: Typed) -> None:
    world.sickens_at, world.mends_at = 3600.0 + 55, 3600.0 + 75
    answer = typed("release")
    assert answer.exit_code == Exit.OK
    assert answer.stderr.count("failed: ") == 2


def test_skipped_bake_verifies_health_alone(world: FakeWorld, typed: Typed) -> None:
    assert typed("release", "--skip-bake").exit_code == Exit.OK
    assert world.now == 3600.0
    # not yet live for as long as a bake: nothing to go back to by itself
    world.now += 60
    assert typed("release", SECOND, "--skip-bake").exit_code == Exit.OK
    assert json.loads(typed("rollback", "--yes", "--json").stdout)["release"] == world.release_name(FIRST)


def test_sick_release_is_taken_back_without_a_bake_too(world: FakeWorld, typed: Typed) -> None:
    world.unhealthy.add(world.release_name(THIRD))
    assert typed("release", "--skip-bake").exit_code == Exit.ROLLED_BACK
    assert world.serves == world.release_name(FIRST)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RolledBackError("The engine went back.", next_step="look"), Exit.ROLLED_BACK),
        (RefusedError("Somebody else is updating this stack.", next_step="pulumi cancel"), Exit.REFUSED),
        (CheckFailedError("The engine's disk is full.", next_step="prune"), Exit.CHECKED_AND_BAD),
    ],
)
def test_update_that_fails_tells_why(
    world: FakeWorld, typed: Typed, error: BaseException, code: Exit
) -> None:
    world.up_error = error
    answer = typed("release")
    assert answer.exit_code == code
    assert str(error).splitlines()[0] in answer.stderr
    assert world.serves == world.release_name(FIRST)
    assert json.loads(world.config["clerk-deploy:release"])["name"] == world.release_name(FIRST)


def test_interrupted_update_says_what_goes_on(world: FakeWorld, typed: Typed) -> None:
    world.up_error = KeyboardInterrupt()
    answer = typed("release")
    assert answer.exit_code == Exit.INTERRUPTED
    assert f"The engine was given {world.release_name(FIRST)}" in answer.stderr
    assert "pulumi cancel" in answer.stderr
    assert json.loads(world.config["clerk-deploy:release"])["name"] == world.release_name(FIRST)


def test_interrupted_update_that_the_engine_has_taken_is_pinned_and_released_again(
    world: FakeWorld, typed: Typed
) -> None:
    def taken() -> None:
        world.serves, world.running = world.image(THIRD), image_id(THIRD)

    world.happens_in_up = taken
    world.up_error = KeyboardInterrupt()
    assert typed("release").exit_code == Exit.INTERRUPTED
    assert json.loads(world.config["clerk-deploy:release"])["name"] == world.release_name(THIRD)
    world.up_error, world.happens_in_up = None, None
    told = json.loads(typed("status", "--json").stdout)["environments"][0]
    assert "an update was interrupted" in told["differences"][0]
    # Pulumi's state must learn it, so it is no "nothing to do"
    assert json.loads(typed("release", "--json").stdout)["outcome"] == "promoted"
    assert json.loads(typed("status", "--json").stdout)["environments"][0]["differences"] == []


def test_release_that_failed_is_marked_in_status(world: FakeWorld, typed: Typed) -> None:
    world.image(THIRD)
    world.up_error = RolledBackError("The engine went back.", next_step="look")
    typed("release")
    assert f"{world.release_name(THIRD)} (failed)" in typed("status").stdout


def test_release_of_somebody_else_in_the_bake_stays(world: FakeWorld, typed: Typed) -> None:
    other = world.image(SECOND)

    def intervene() -> None:
        world.serves, world.running = other, image_id(SECOND)

    world.happens_at = (3600.0 + 30, intervene)
    answer = typed("release")
    assert answer.exit_code == Exit.REFUSED
    assert f"Somebody else has made {other} live meanwhile" in answer.stderr
    assert world.serves == other
    assert len(world.updates) == 2


def test_rollback_says_where_to_and_asks(world: FakeWorld, typed: Typed) -> None:
    typed("release")
    first, third = world.release_name(FIRST), world.release_name(THIRD)
    refused = typed("rollback", answer="n\n")
    assert refused.exit_code == Exit.REFUSED
    assert f"{third} -> {first}" in refused.stderr
    assert world.serves == third
    assert typed("rollback", answer="y\n").exit_code == Exit.OK
    assert world.serves == first


def test_rollback_never_goes_to_and_fro(world: FakeWorld, typed: Typed) -> None:
    typed("release", SECOND)
    world.now += 3600
    typed("release")
    typed("rollback", "--yes")
    assert world.serves == world.release_name(SECOND)
    assert typed("rollback", "--yes").exit_code == Exit.OK
    assert world.serves == world.release_name(FIRST)
    nowhere = typed("rollback", "--yes")
    assert nowhere.exit_code == Exit.USAGE
    assert "no earlier release that was live for 2 minutes, was not rolled back" in nowhere.stderr
    condemned = typed("rollback", "--yes", "--to", THIRD)
    assert condemned.exit_code == Exit.REFUSED
    assert "--pardon" in condemned.stderr
    assert typed("rollback", "--yes", "--to", THIRD, "--pardon").exit_code == Exit.OK
    assert world.serves == world.release_name(THIRD)


def test_rollback_to_an_unknown_release_names_the_kept_ones(world: FakeWorld, typed: Typed) -> None:
    answer = typed("rollback", "--to", "nothing", "--yes")
    assert answer.exit_code == Exit.USAGE
    assert f"kept are: {world.release_name(SECOND)}" in answer.stderr


def test_freeze_forbids_releases_for_everybody_and_no_rollback(world: FakeWorld, typed: Typed) -> None:
    typed("release", SECOND)
    frozen = typed("freeze", "migration until 14:00")
    assert "releases are refused until clerk-deploy unfreeze" in frozen.stdout
    answer = typed("release")
    assert answer.exit_code == Exit.REFUSED
    assert "frozen by ana: migration until 14:00" in answer.stderr
    assert "a rollback is possible all the same" in answer.stderr
    assert typed("rollback", "--yes").exit_code == Exit.OK
    assert "migration until 14:00" in typed("unfreeze").stdout
    assert "It was not frozen" in typed("unfreeze").stdout
    assert typed("release").exit_code == Exit.OK


def test_freeze_of_everything_forbids_rollbacks_too(world: FakeWorld, typed: Typed) -> None:
    typed("freeze", "old", "--json")
    typed("freeze", "an audit", "--everything")
    answer = typed("rollback", "--yes")
    assert answer.exit_code == Exit.REFUSED
    assert "an audit" in answer.stderr


def test_note_of_somebody_elses_is_not_taken_for_a_freeze(world: FakeWorld, typed: Typed) -> None:
    world.notes[f"{world.scene.prefix}-freeze"] = b"\xff"
    assert "was not written by clerk-deploy" in typed("release").stderr
    world.notes = {f"{world.scene.prefix}-freeze-of-another": b"x"}
    assert typed("release").exit_code == Exit.OK


def test_lines_that_tell_nothing_are_left_out() -> None:
    told: list[str] = []
    telling = Telling(note=told.append, clock=lambda: 2.5)
    image = "  +  docker:index:Image app creating (0s)"
    stack = "      pulumi:pulumi:Stack clerk-deploy-production running"
    layer, trace = f"{image} digest: sha256:1", f"{stack}   File x.py, line 1"
    repeated = ("Diagnostics:", "  pulumi:pulumi:Stack:", "    error: the moon is full")
    kept = (image, f"{image} Image built", f"{stack} error: update failed", "Resources:", "    1 errored")
    for line in (image, layer, "", *kept[:3], trace, *repeated, *kept[3:]):
        telling(line)
    assert told == [f"    0.0 s  {line}" for line in kept]


def test_history_is_a_table(world: FakeWorld, typed: Typed) -> None:
    typed("release")
    typed("rollback", "--yes", "--reason", "sign-in is slow")
    newest, release, first = typed("history").stdout.splitlines()[1:4]
    assert "rollback" in newest
    assert "sign-in is slow" in newest
    assert "rolled back" in release
    assert "promoted" in first
    assert len(typed("history", "--limit", "1").stdout.splitlines()) == 2


def test_status_shows_the_roles(world: FakeWorld, typed: Typed) -> None:
    typed("release")
    typed("freeze", "a holiday")
    shown = typed("status").stdout
    for text in (
        f"{world.release_name(THIRD)}, well",
        "2/2 tasks, update completed",
        world.release_name(SECOND),
        "by ana, 1970-01-01",
        f"release {world.release_name(THIRD)} by ana, 2026-11-24T01:00:00Z: promoted",
        "2026-11-22T00:00:00Z",
    ):
        assert text in shown
    told = json.loads(typed("status", "--json").stdout)["environments"][0]
    assert (told["live"], told["previous"]) == (world.release_name(THIRD), world.release_name(FIRST))
    assert told["freeze"]["reason"] == "a holiday"
    assert (told["differences"], told["next_step"]) == ([], None)


def test_status_tells_what_differs(world: FakeWorld, typed: Typed) -> None:
    typed("release")
    world.running, world.update_state = image_id(FIRST), "rollback_paused"
    world.labelled = world.release_name(FIRST)
    told = json.loads(typed("status", "--json").stdout)["environments"][0]
    first, third = world.release_name(FIRST), world.release_name(THIRD)
    assert told["differences"] == [
        f"the engine runs {first}, the site answers with {third}",
        f"Pulumi's last update brought {third}, the engine runs {first}: an update was interrupted, or "
        "somebody used Docker itself (pulumi refresh)",
        f"the stack's file here names {third}, the engine runs {first}: `pulumi up` would change the release "
        "(take the file from git)",
        "the service's update is rollback_paused: told",
    ]
    assert told["next_step"].startswith(f"clerk-deploy release {FIRST[:12]} -e production brings")


def test_status_of_a_silent_site_shows_the_rest(world: FakeWorld, typed: Typed) -> None:
    world.silent = True
    told = json.loads(typed("status", "--json").stdout)["environments"][0]
    assert (told["live"], told["healthy"]) == ("", None)
    assert "did not answer" in told["silence"]
    assert told["service"]["release"] == world.release_name(FIRST)
    assert told["next_step"] == "clerk-deploy rollback -e production, or see clerk-deploy logs"
    assert "nothing answers" in typed("status").stdout


def test_status_before_the_first_release_names_the_next_step(world: FakeWorld, typed: Typed) -> None:
    world.serves, world.silent, world.updates = "", True, []
    told = json.loads(typed("status", "--json").stdout)["environments"][0]
    assert told["service"] is None
    assert told["next_step"] == "clerk-deploy release -e production"


def test_status_needs_no_values(world: FakeWorld, typed: Typed) -> None:
    world.scene.variables.unlink()
    assert typed("status").exit_code == Exit.OK
    assert typed("history").exit_code == Exit.OK
    assert typed("freeze", "a reason").exit_code == Exit.OK


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("release", "--no-wait"), "this process is the release"),
        (("release", "--despite-alarm"), "No alarm is asked"),
        (("rollback", "--no-wait"), "this process is the release"),
        (("abort",), "pulumi cancel --stack production"),
    ],
)
def test_what_has_no_meaning_on_containers_is_refused(
    world: FakeWorld, typed: Typed, words: tuple[str, ...], told: str
) -> None:
    answer = typed(*words)
    assert answer.exit_code == Exit.USAGE
    assert told in answer.stderr
    assert len(world.updates) == 1


def test_stack_of_another_environment_is_refused(world: FakeWorld, typed: Typed) -> None:
    document = json.loads(world.scene.settings.read_text())
    document["context"]["application"] = "another"
    other = world.scene.folder / "other.json"
    other.write_text(json.dumps(document))
    answer = CliRunner().invoke(app, ["release", "--settings", str(other)])
    assert answer.exit_code == Exit.USAGE
    assert "is yourapp-production, not another-production" in answer.stderr


def test_engine_without_swarm_names_the_command(world: FakeWorld, typed: Typed) -> None:
    world.swarm = False
    answer = typed("release")
    assert answer.exit_code == Exit.USAGE
    assert "docker swarm init" in answer.stderr


def full_check(world: FakeWorld) -> None:
    text = world.scene.settings.read_text().replace(', "candidateCheck": "health"', "")
    world.scene.settings.write_text(text)


def test_verification_without_smoke_users_is_refused_before_anything_is_built(
    world: FakeWorld, typed: Typed
) -> None:
    full_check(world)
    answer = typed("release")
    assert answer.exit_code == Exit.USAGE
    assert "CLERK_DEPLOY_SMOKE_FILE names no file" in answer.stderr
    assert len(world.updates) == 1
    assert typed("release", "--skip-bake").exit_code == Exit.OK


def test_smoke_file_that_cannot_be_read_is_named(
    world: FakeWorld, typed: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    full_check(world)
    monkeypatch.setenv("CLERK_DEPLOY_SMOKE_FILE", str(tmp_path / "nowhere.json"))
    assert "nowhere.json, which cannot be read" in typed("release").stderr
    (tmp_path / "nowhere.json").write_text("[]")
    assert "something else than smoke users" in typed("release").stderr


LOG = """2026-11-24T00:00:02Z {"event":"auth.signin","status":401,"reason":"incorrect-password"}
2026-11-24T00:00:01Z {"event":"auth.me","status":200,"reason":"ok"}"""


@pytest.fixture
def docker_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `docker` that gives two lines and notes how it was asked."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "docker").write_text(f"#!/bin/sh\necho \"$*\" >{folder}/words\ncat <<'E'\n{LOG}\nE\n")
    (folder / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder / "words"


def test_logs_are_the_engines_lines(world: FakeWorld, typed: Typed, docker_logs: Path) -> None:
    assert typed("logs", "--since", "2h").stdout.splitlines() == [
        "auth.me  200  ok",
        "auth.signin  401  incorrect-password",
    ]
    assert docker_logs.read_text().split() == [
        *("--host", "unix:///var/run/docker.sock", "service", "logs", "--raw", "--timestamps"),
        *("--since", "7200s", f"{world.scene.prefix}-app"),
    ]
    (line,) = typed("logs", "--failures", "--json").stdout.splitlines()
    assert json.loads(line)["reason"] == "incorrect-password"
    typed("logs", "--follow")
    assert "--follow" in docker_logs.read_text()


def test_logs_that_a_driver_sends_to_cloudwatch_are_read_there(
    world: FakeWorld, typed: Typed, docker_logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = {"driver": "awslogs", "options": {"awslogs-group": "/yourapp/production/containers"}}
    world.config["clerk-deploy:log"] = json.dumps(log)

    def no_aws(*_: object) -> None:
        raise UnusableInputError("AWS was asked.", next_step="sign in")

    monkeypatch.setattr("clerk_deploy.cli.context.Context.clients", no_aws)
    assert "AWS was asked" in typed("logs").stderr
    assert not docker_logs.exists()


@dataclass
class CloudWatch:
    """The release alarm in CloudWatch: what it says, look after look, the last one for ever."""

    states: list[str]
    asked: list[str] = field(default_factory=list)

    def describe_alarms(self, **asked: Any) -> dict[str, Any]:
        (name,) = asked["AlarmNames"]
        self.asked.append(name)
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"MetricAlarms": [{"AlarmName": name, "StateValue": state, "ActionsEnabled": True}]}


@pytest.fixture
def watched(world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> CloudWatch:
    """The log goes to the group that Monitoring watches."""
    document = json.loads(world.scene.settings.read_text())
    document["context"]["environments"]["production"]["account"] = "123456789012"
    world.scene.settings.write_text(json.dumps(document))
    log = {"driver": "awslogs", "options": {"awslogs-group": "/yourapp/production/containers"}}
    world.config["clerk-deploy:log"] = json.dumps(log)
    cloudwatch = CloudWatch(states=["OK"])

    class Clients:
        def client(self, _service: str) -> CloudWatch:
            return cloudwatch

    monkeypatch.setattr("clerk_deploy.cli.context.Context.clients", lambda *_: Clients())
    return cloudwatch


def test_alarm_is_read_before_a_release_and_in_its_bake(typed: Typed, watched: CloudWatch) -> None:
    assert typed("release").exit_code == Exit.OK
    assert set(watched.asked) == {"yourapp-production-release-containers"}
    assert len(watched.asked) == 1 + 4


def test_red_alarm_refuses_a_release_that_is_no_fix(
    world: FakeWorld, typed: Typed, watched: CloudWatch
) -> None:
    watched.states = ["ALARM", "ALARM", "ALARM", "OK"]
    answer = typed("release")
    assert answer.exit_code == Exit.REFUSED
    assert "--despite-alarm" in answer.stderr
    assert len(world.updates) == 1
    assert typed("release", "--despite-alarm").exit_code == Exit.OK


def test_alarm_that_goes_red_takes_the_release_back(
    world: FakeWorld, typed: Typed, watched: CloudWatch
) -> None:
    watched.states = ["OK", "OK", "ALARM"]
    answer = typed("release")
    assert answer.exit_code == Exit.ROLLED_BACK
    assert "The alarm yourapp-production-release-containers is red" in answer.stderr
    assert world.serves == world.release_name(FIRST)
