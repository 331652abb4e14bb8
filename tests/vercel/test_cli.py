"""What the commands print for an environment on Vercel, and with which code they end."""

import functools
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from clerk_deploy.cli import vercel as commands
from clerk_deploy.cli.context import Context
from clerk_deploy.cli.output import Output
from clerk_deploy.cli.root import app
from clerk_deploy.errors import CheckFailedError, Exit, RefusedError, UnusableInputError
from clerk_deploy.vercel import operations
from rehearsal.vercel.state import Fault
from tests.vercel.world import BAD, BYPASS, DOMAIN, ONE, TEAM, TOKEN, TWO, World


@pytest.fixture
def context(first: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    environment = {
        "host": "vercel",
        "domain": DOMAIN,
        "repository": "https://github.com/your-org/yourapp",
        "vercel": {"team": TEAM},
        "release": {"bakeMinutes": 1, "candidateCheck": "health"},
    }
    document = {"context": {"application": "yourapp", "environments": {"production": environment}}}
    (tmp_path / "cdk.json").write_text(json.dumps(document))
    made = functools.partial(
        operations.vercel_operations,
        environ={"VERCEL_API_TOKEN": TOKEN},
        http=first,
        clock=first.clock,
        wall_clock=first.clock,
        sleep=first.sleep,
    )
    monkeypatch.setattr(operations, "vercel_operations", made)
    for name in ("CLERK_DEPLOY_ENV_FILE", "CLERK_DEPLOY_SMOKE_FILE", "VERCEL_AUTOMATION_BYPASS_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VERCEL_API_TOKEN", TOKEN)
    return Context(
        environment=None,
        profile=None,
        region=None,
        settings_path=tmp_path / "cdk.json",
        output=Output(as_json=False),
    )


def as_json(context: Context) -> Context:
    return Context(
        environment=None,
        profile=None,
        region=None,
        settings_path=context.settings_path,
        output=Output(as_json=True),
    )


def release(context: Context, commit: str = TWO, *, skip_bake: bool = False) -> None:
    commands.release(
        context, commit=commit, skip_bake=skip_bake, pardon=False, fallback=False, reason="a test"
    )


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_release_shows_its_steps_and_what_is_live(
    context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    release(context)
    out, err = capsys.readouterr()
    assert out == f"{TWO[:12]}-abababab is live (promoted).\n"
    shown = [line.split()[2].rstrip(":") for line in err.splitlines()]
    assert shown == ["look", "build", "verify", "switch", "confirm", "bake"]


def test_release_as_json_is_one_document(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    release(as_json(context))
    told = printed(capsys)
    assert (told["outcome"], told["built"], told["exit_code"]) == ("promoted", True, 0)
    assert [step["name"] for step in told["steps"]][-1] == "bake"


def test_release_that_was_rolled_back_ends_with_4(context: Context, first: World) -> None:
    first.sick_on_domain.add(BAD)
    with pytest.raises(CheckFailedError, match="was rolled back") as caught:
        release(context, BAD)
    assert caught.value.exit_code is Exit.ROLLED_BACK


def test_refused_release_ends_with_3(context: Context, first: World) -> None:
    first.site.auto_assign = True
    with pytest.raises(RefusedError) as caught:
        release(context)
    assert caught.value.exit_code is Exit.REFUSED


def test_silent_api_ends_with_5(context: Context, first: World) -> None:
    first.vercel.faults.append(Fault(call="any", status=503, times=1000))
    with pytest.raises(CheckFailedError) as caught:
        release(context)
    assert caught.value.exit_code is Exit.COULD_NOT_FIND_OUT


def test_rollback_says_where_to_before_it_acts(
    context: Context, first: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    release(context)
    capsys.readouterr()
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: False)
    with pytest.raises(typer.Exit) as caught:
        commands.rollback(context, to="", yes=False)
    assert caught.value.exit_code == Exit.REFUSED
    assert f"back to {ONE[:12]}" in capsys.readouterr().err
    assert first.live == TWO
    commands.rollback(context, to="", yes=True)
    assert first.live == ONE


def test_history_is_a_table_and_a_document(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    release(context)
    capsys.readouterr()
    commands.history(context, limit=1)
    table = capsys.readouterr().out
    assert f"{TWO[:12]}-abababab" in table
    assert "READY PROMOTED, live" in table
    assert ONE[:12] not in table
    commands.history(as_json(context), limit=10)
    assert [each["commit"] for each in printed(capsys)["deployments"]] == [TWO, ONE]


def test_status_is_a_document_with_the_next_step(context: Context, first: World) -> None:
    told = commands.status(context, context.target())
    assert json.loads(json.dumps(told))["live"]["commit"] == ONE
    assert told["next_step"] is None
    first.site.auto_assign = True
    assert "mend what is named" in commands.status(context, context.target())["next_step"]


def test_logs_tell_the_command_and_the_page(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    commands.logs(context)
    command, page = capsys.readouterr().out.splitlines()
    assert command.startswith("vercel logs https://")
    assert page.startswith("https://vercel.com/")


def typed(context: Context, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--settings", str(context.settings_path)])


def test_commands_act_on_vercel(context: Context, first: World) -> None:
    assert typed(context, "release", TWO, "--reason", "the fix").exit_code == Exit.OK
    assert first.live == TWO
    told = json.loads(typed(context, "history", "--json").stdout)["deployments"]
    assert told[0]["reason"] == "the fix"
    assert typed(context, "rollback", "--yes").exit_code == Exit.OK
    assert first.live == ONE
    assert "vercel logs https://" in typed(context, "logs").stdout


def test_status_shows_vercel(context: Context, first: World) -> None:
    staged = first.vercel.create(first.site, commit=TWO, ref="main", meta={})
    shown = typed(context, "status").stdout
    for text in (f"{ONE[:12]}-abababab", "well", staged.id, "nothing to go back to", "promote from nothing"):
        assert text in shown
    told = json.loads(typed(context, "status", "--json").stdout)["environments"][0]
    assert (told["host"], told["live"]["commit"], told["healthy"]) == ("vercel", ONE, True)


def test_status_tells_why_it_could_not_find_out(context: Context, first: World) -> None:
    first.vercel.faults.append(Fault(call="any", status=503, times=1000))
    answer = typed(context, "status")
    assert answer.exit_code == Exit.COULD_NOT_FIND_OUT
    assert "vercel-status.com" in answer.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("release", TWO, "--no-wait"), "this process is the release"),
        (("release", TWO, "--despite-alarm"), "no alarm is asked"),
        (("rollback", "--no-wait"), "this process is the release"),
        (("freeze", "holidays"), "keeps no freeze"),
        (("unfreeze",), "keeps no freeze"),
        (("abort",), "keeps no freeze"),
    ],
)
def test_what_has_no_meaning_on_vercel_is_refused(
    context: Context, first: World, words: tuple[str, ...], told: str
) -> None:
    answer = typed(context, *words)
    assert answer.exit_code == Exit.USAGE
    assert told in answer.stderr
    assert first.calls("promote") == 0


def test_whole_verification_needs_its_files(context: Context) -> None:
    text = context.settings_path.read_text().replace('"candidateCheck": "health"', '"candidateCheck": "full"')
    context.settings_path.write_text(text)
    with pytest.raises(UnusableInputError, match="CLERK_DEPLOY_ENV_FILE"):
        release(context)
    release(context, skip_bake=True)


def test_whole_verification_takes_values_and_users_from_its_files(
    context: Context, first: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = context.settings_path.read_text().replace('"candidateCheck": "health"', '"candidateCheck": "full"')
    context.settings_path.write_text(text)
    variables, smoke = tmp_path / ".env", tmp_path / "smoke.json"
    variables.write_text("NEXT_PUBLIC_TENANT_ID=tenant_production_001\n")
    users = [{"tenant": "tenant_production_001", "email": "a@yourapp.com", "password": "not-a-real-one"}]
    smoke.write_text(json.dumps({"users": users}))
    monkeypatch.setenv("CLERK_DEPLOY_ENV_FILE", str(variables))
    monkeypatch.setenv("CLERK_DEPLOY_SMOKE_FILE", str(smoke))
    monkeypatch.setenv("VERCEL_AUTOMATION_BYPASS_SECRET", BYPASS)
    made = commands._verification(context, context.target())
    assert made is not None
    assert made.target.user is not None
    assert (made.target.url, made.target.tenant) == (f"https://{DOMAIN}", "tenant_production_001")
    assert made.bypass is not None
    assert BYPASS not in repr(made)
