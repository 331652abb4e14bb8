"""What a person gets who has no AWS, no right file, or no right words."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from clerk_deploy.cli import environment as environment_commands
from clerk_deploy.cli.failures import READER_GONE
from clerk_deploy.cli.root import COMMANDS, app
from clerk_deploy.errors import Exit

if TYPE_CHECKING:
    from conftest import Desk
else:
    Desk = Any

SECRET = "sk_live_c0ffeec0ffeec0ffeec0ffee"
ROOT = Path(__file__).parents[3]


def test_check_of_a_right_file(desk: Desk) -> None:
    answer = desk.run("environment", "check", desk.write())

    assert answer.exit_code == Exit.OK
    assert "is right for production: 5 public and plain variables, 1 secret." in answer.output


def test_check_as_json_lists_names(desk: Desk) -> None:
    answer = json.loads(desk.run("environment", "check", desk.write(), "--json").stdout)

    assert answer["ok"] is True
    assert answer["secrets"] == ["CLERK_SECRET_KEY"]
    assert "NEXT_PUBLIC_TENANT_ID" in answer["variables"]


def test_problems_go_to_stderr_with_exit_1(desk: Desk) -> None:
    answer = desk.run("environment", "check", desk.write(NEXT_PUBLIC_TENANT_ID="your_tenant"))

    assert answer.exit_code == Exit.CHECKED_AND_BAD
    assert answer.stdout == ""
    assert "NEXT_PUBLIC_TENANT_ID\n      it is still a placeholder" in answer.stderr
    assert SECRET not in answer.stderr


def test_problems_as_json(desk: Desk) -> None:
    answer = desk.run("environment", "check", desk.write(NEXT_PUBLIC_TENANT_ID=None), "--json")

    error = json.loads(answer.stdout)["error"]
    assert answer.exit_code == Exit.CHECKED_AND_BAD
    assert [problem["where"] for problem in error["problems"]] == ["NEXT_PUBLIC_TENANT_ID"]
    assert error["next_step"]
    assert answer.stderr == ""


def test_binary_file(desk: Desk) -> None:
    path = desk.folder / "binary"
    path.write_bytes(b"\x7fELF\x00\xff")

    answer = desk.run("environment", "check", str(path))

    assert answer.exit_code == Exit.USAGE
    assert "no UTF-8 text" in answer.stderr


def test_missing_file(desk: Desk) -> None:
    answer = desk.run("environment", "check", "nowhere.env")

    assert answer.exit_code == Exit.USAGE
    assert "There is no file nowhere.env." in answer.stderr


def test_unknown_environment(desk: Desk) -> None:
    answer = desk.run("environment", "check", desk.write(), "-e", "prodction")

    assert answer.exit_code == Exit.USAGE
    assert "did you mean `production`?" in answer.stderr


def test_environment_from_the_variable(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLERK_DEPLOY_ENVIRONMENT", "nonsense")

    assert "no `nonsense`" in desk.run("environment", "check", desk.write()).stderr
    assert desk.run("environment", "check", desk.write(), "-e", "production").exit_code == Exit.OK


def test_missing_settings(desk: Desk) -> None:
    (desk.folder / "cdk.json").unlink()

    answer = desk.run("environment", "check", desk.write())

    assert answer.exit_code == Exit.USAGE
    assert "--settings" in answer.stderr


def test_malformed_settings_name_the_path(desk: Desk) -> None:
    desk.settings({"context": {"application": "yourapp", "environments": {"production": {"host": "x"}}}})

    answer = desk.run("environment", "check", desk.write())

    assert answer.exit_code == Exit.USAGE
    assert "environments.production.host" in answer.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("-e", "production", "--json", "environment", "check", "FILE"),
        ("environment", "--environment=production", "--json", "check", "FILE"),
        ("environment", "check", "-eproduction", "FILE", "--json"),
        ("--json", "environment", "check", "FILE", "--profile", "x", "--region=us-east-1"),
    ],
)
def test_shared_options_stand_anywhere(desk: Desk, arguments: tuple[str, ...]) -> None:
    file = desk.write()

    answer = desk.run(*(file if word == "FILE" else word for word in arguments))

    assert answer.exit_code == Exit.OK, answer.output
    assert json.loads(answer.stdout)["environment"] == "production"


@pytest.mark.parametrize(
    "arguments",
    [
        ("environment", "push", "FILE"),
        ("environment", "diff", "FILE"),
        ("environment", "show"),
        ("environment", "rotate-tokens"),
        ("status",),
    ],
)
def test_no_credentials(desk: Desk, arguments: tuple[str, ...]) -> None:
    file = desk.write()

    answer = desk.run(*(file if word == "FILE" else word for word in arguments))

    assert answer.exit_code == Exit.COULD_NOT_FIND_OUT
    assert "no usable AWS credentials" in answer.output
    assert "sign in" in answer.output
    assert "Traceback" not in answer.output


def test_word_that_is_no_region_is_not_asked(desk: Desk) -> None:
    answer = desk.run("environment", "show", "--region", "mars")

    assert answer.exit_code == Exit.USAGE
    assert "`mars` is no AWS region's name" in answer.stderr


def test_unknown_profile(desk: Desk) -> None:
    answer = desk.run("environment", "show", "--profile", "nobody")

    assert answer.exit_code == Exit.USAGE
    assert "(nobody)" in answer.stderr
    assert "aws configure list-profiles" in answer.stderr


def test_aws_that_does_not_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    answer = desk.run("environment", "show")

    assert answer.exit_code == Exit.COULD_NOT_FIND_OUT
    assert "AWS did not answer" in answer.stderr


def test_host_that_keeps_its_values_elsewhere(desk: Desk) -> None:
    environment = {
        "host": "containers",
        "domain": "yourapp.com",
        "repository": "https://github.com/your-org/yourapp",
    }
    desk.settings({"context": {"application": "yourapp", "environments": {"production": environment}}})

    answer = desk.run("environment", "push", desk.write())

    assert answer.exit_code == Exit.USAGE
    assert "names no AWS account" in answer.stderr
    assert desk.run("environment", "check", desk.write()).exit_code == Exit.OK


@pytest.mark.parametrize("typed", ["", "nonsense", "ghp_short", "sk_live_c0ffeec0ffee"])
def test_what_is_no_github_token_is_refused_and_not_repeated(desk: Desk, typed: str) -> None:
    answer = desk.run("repository", "connect", typed=typed)

    assert answer.exit_code == Exit.USAGE
    assert "github_pat_" in answer.stderr
    assert not typed or typed not in answer.output


def test_misspelt_command(desk: Desk) -> None:
    answer = desk.run("enviroment", "check")

    assert answer.exit_code == Exit.USAGE
    assert "Did you mean 'environment'?" in answer.stderr


def test_misspelt_option_as_json(desk: Desk) -> None:
    answer = desk.run("environment", "check", "--jsn", "--json", desk.write())

    assert answer.exit_code == Exit.USAGE
    assert "--jsn" in json.loads(answer.stdout)["error"]["message"]


def test_no_command_prints_the_help() -> None:
    answer = CliRunner().invoke(app, [])

    assert answer.exit_code == Exit.USAGE
    for name, entry in COMMANDS.items():
        assert name in answer.output
        assert entry.help.split(",")[0] in answer.output


def test_interruption_is_one_line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(environment_commands, "_values", interrupted)

    answer = desk.run("environment", "check", desk.write())

    assert answer.exit_code == Exit.INTERRUPTED
    assert answer.output.count("\n") == 1


def broken(*_: object) -> None:
    raise RuntimeError(f"with {SECRET} in it")


def test_unexpected_exception_is_one_message_without_what_it_says(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment_commands, "_values", broken)

    answer = desk.run("environment", "check", desk.write())

    assert answer.exit_code == Exit.COULD_NOT_FIND_OUT
    assert "RuntimeError" in answer.stderr
    assert "CLERK_DEPLOY_DEBUG=1" in answer.stderr
    assert "Traceback" not in answer.output
    assert SECRET not in answer.output


def test_debugging_gives_the_traceback_with_secrets_starred(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment_commands, "_values", broken)
    monkeypatch.setenv("CLERK_DEPLOY_DEBUG", "1")

    answer = desk.run("environment", "check", desk.write())

    assert "Traceback" in answer.stderr
    assert "with ******** in it" in answer.stderr
    assert SECRET not in answer.output


def command_line(*arguments: str, **options: Any) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "clerk_deploy.cli", *arguments],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_reader_that_went_away_leaves_no_traceback(desk: Desk, unbuffered: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    child = subprocess.Popen(
        [sys.executable, "-m", "clerk_deploy.cli", "environment", "check", desk.write(), "-e", "production"],
        cwd=ROOT,
        text=True,
        stdout=writing,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )
    os.close(writing)
    _, errors = child.communicate()

    assert errors == ""
    assert child.returncode == READER_GONE


def test_interrupt_of_the_real_process_ends_it_with_130(desk: Desk) -> None:
    pipe = desk.folder / "pipe"
    os.mkfifo(pipe)
    child = command_line("environment", "check", str(pipe), "-e", "production")
    with pipe.open("w"):  # it reads now, and nothing comes
        child.send_signal(signal.SIGINT)
        output, errors = child.communicate()

    assert child.returncode == Exit.INTERRUPTED
    assert (output, errors.count("\n")) == ("", 1)


def test_standard_input_is_read(desk: Desk) -> None:
    child = command_line("environment", "check", "-", "-e", "production", stdin=subprocess.PIPE)
    output, errors = child.communicate(Path(desk.write()).read_text(encoding="utf-8"))

    assert child.returncode == Exit.OK, errors
    assert "is right for production" in output


@pytest.mark.parametrize("arguments", ["environment check {file} -e production", "--help"])
def test_fast_commands_import_no_slow_library(desk: Desk, arguments: str) -> None:
    words = arguments.format(file=desk.write()).split()
    code = (
        "import sys; sys.argv = ['clerk-deploy', *sys.argv[1:]];"
        "import atexit; atexit.register(lambda: print(*sorted(sys.modules), sep=',', file=sys.stderr));"
        "from clerk_deploy.cli import main; main()"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, text=True, check=True
    )

    modules = set(done.stderr.strip().split(","))
    assert "clerk_deploy.cli.root" in modules
    assert not modules & {"boto3", "botocore", "aws_cdk", "pulumi", "httpx", "cryptography"}
    assert "pydantic" in modules or words == ["--help"]
