"""`clerk-deploy verify` as a person and a pipeline use it."""

import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from clerk_deploy.cli.root import app
from clerk_deploy.errors import Exit
from clerk_deploy.verification import needs
from tests.clerk_deploy.verification import world as w


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLERK_DEPLOY_ENVIRONMENT", raising=False)


class Desk:
    """A folder with the files that a person without AWS has."""

    def __init__(self, folder: Path, served) -> None:
        self.folder, self.served = folder, served
        values = {
            "CLERK_SECRET_KEY": w.SECRET,
            "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY": w.PUBLISHABLE,
            "NEXT_PUBLIC_API_BASE_URL": f"https://{w.BACKEND}",
            "NEXT_PUBLIC_TENANT_ID": w.OWN,
            "NEXT_PUBLIC_APP_URL": f"https://{w.SITE}",
        }
        (folder / "env").write_text("".join(f"{name}={value}\n" for name, value in values.items()))
        users = [
            {"tenant": user.tenant, "email": user.email, "password": user.password}
            for user in served.world.users.values()
        ]
        (folder / "smoke.json").write_text(json.dumps({"users": users}))

    def run(self, *arguments: str) -> Result:
        detours = [
            word
            for each in self.served.routes.detours
            for word in ("--resolve", f"{each.host}:{each.port}:{each.address}:{each.to_port}")
        ]
        files = ["--env-file", str(self.folder / "env"), "--smoke", str(self.folder / "smoke.json")]
        words = ["verify", *arguments, *files, "--cacert", self.served.cacert, *detours]
        return CliRunner().invoke(app, words)


@pytest.fixture
def desk(tmp_path: Path, served) -> Desk:
    return Desk(tmp_path, served)


SITE = f"https://{w.SITE}"


def test_healthy_site_ends_with_zero_and_a_summary(desk):
    result = desk.run(SITE, "--only", "authentication", "--only", "tokens")
    assert result.exit_code == 0, result.output
    assert "passed" in result.output.splitlines()[-1]


def test_failure_comes_first_with_reason_and_next_step(desk, served):
    served.world.faults.add("no-hsts")
    result = desk.run(SITE, "--only", "transport.hsts", "--only", "transport.reachable")
    assert result.exit_code == 1
    lines = [line for line in result.output.splitlines() if "transport." in line]
    assert lines[0].startswith("failed") and "transport.hsts" in lines[0]
    for word in ("found", "guide", "why", "next", "Strict-Transport-Security"):
        assert word in result.output


def test_narrow_terminal_gets_a_table_without_the_promises():
    from rich.console import Console

    from clerk_deploy.cli import verify_text
    from clerk_deploy.verification.findings import passed
    from clerk_deploy.verification.registry import Moment, all_checks
    from clerk_deploy.verification.report import Report, Result

    check = all_checks()[0]
    result = Result(check=check, finding=passed("GET / answered 200"), seconds=0)
    report = Report(url=SITE, moment=Moment.DOMAIN, started=0, seconds=0, results=(result,))
    for width, has_promise in ((80, False), (160, True)):
        console = Console(width=width)
        with console.capture() as captured:
            for part in verify_text.report(report):
                console.print(part)
        assert (check.title in captured.get()) is has_promise


def test_interruption_ends_at_once_with_130(tmp_path):
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    process = subprocess.Popen(
        [sys.executable, "-m", "clerk_deploy.cli", "verify", url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    listener.accept()
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    listener.close()
    assert process.returncode == 130
    assert b"Traceback" not in told


def test_json_and_junit_tell_the_same(desk, served, tmp_path):
    served.world.faults.add("powered-by")
    path = tmp_path / "junit.xml"
    result = desk.run(SITE, "--only", "headers", "--json", "--junit", str(path))
    document = json.loads(result.stdout)
    suite = ElementTree.parse(path).getroot()[0]
    failed = [each["id"] for each in document["results"] if each["status"] == "failed"]
    assert failed == ["headers.powered_by"]
    assert suite.get("failures") == "1"
    assert int(suite.get("tests") or 0) == len(document["results"])
    assert document["exitCode"] == result.exit_code == 1


def test_smoke_credentials_and_secrets_are_never_shown(desk, served, tmp_path):
    served.world.faults |= {"me-accepts-tampered", "signs-in-others", "any-password"}
    path = tmp_path / "junit.xml"
    shown = ""
    for flags in ([], ["--json"]):
        result = desk.run(SITE, "--only", "critical", "--junit", str(path), *flags)
        assert result.exit_code == 1
        shown += result.output + path.read_text()
    for user in served.world.users.values():
        assert user.password not in shown and user.email not in shown
    assert w.SECRET not in shown and "eyJ" not in shown
    assert not any(w.SECRET in word for word in sys.argv)


@pytest.mark.parametrize(
    "arguments",
    [
        ["https://yourapp.com/path"],
        ["ftp://yourapp.com"],
        [SITE, "--only", "nonsense"],
        [SITE, "--moment", "nonsense"],
        [SITE, "--resolve", "nonsense"],
        [SITE, "--slot", "slot-a"],
        [SITE, "--junit", "/nowhere/at/all.xml", "--only", "transport.hsts"],
    ],
)
def test_wrong_words_are_usage_errors_with_a_next_step(desk, arguments):
    result = desk.run(*arguments)
    assert result.exit_code == 2, result.output
    assert "next:" in result.output
    assert "Traceback" not in result.output


def test_site_that_is_not_there_is_one_failure_with_its_cause(desk):
    result = desk.run("http://127.0.0.1:9", "--only", "transport.reachable", "--only", "headers")
    assert result.exit_code == 1
    assert "refused" in result.output


def test_checks_that_were_not_tried_for_one_reason_are_one_row():
    result = CliRunner().invoke(app, ["verify", "http://127.0.0.1:9", "--skip", "authentication"])
    assert "failed" in result.output and "transport.reachable" in result.output
    assert result.output.count("127.0.0.1 does not answer: see transport.reachable") == 1
    document = json.loads(CliRunner().invoke(app, ["verify", "http://127.0.0.1:9", "--json"]).stdout)
    assert len(document["results"]) > 60


def test_reasons_for_not_trying_name_options_that_exist():
    options = CliRunner().invoke(app, ["verify", "--help"]).output
    named = {word for _, reason in needs.LACKS.values() for word in re.findall(r"--[a-z-]+", reason)}
    assert named and all(f"{word} " in options for word in named)


def test_list_needs_no_site_and_shows_every_check():
    result = CliRunner().invoke(app, ["verify", "--list", "--json"])
    checks = json.loads(result.stdout)["checks"]
    assert len({each["id"] for each in checks}) == len(checks) > 60


def test_waiver_of_an_unknown_check_is_a_settings_error(tmp_path):
    waiver = {"check": "no.such", "reason": "long enough a reason", "until": "2030-01-01"}
    environment = {
        "host": "containers",
        "domain": "yourapp.com",
        "repository": "https://github.com/your-org/yourapp",
        "verification": {"waivers": [waiver]},
    }
    context = {"application": "yourapp", "environments": {"production": environment}}
    (tmp_path / "cdk.json").write_text(json.dumps({"context": context}))
    result = CliRunner().invoke(app, ["verify", "--settings", str(tmp_path / "cdk.json")])
    assert result.exit_code == 2, result.output
    assert "waivers[0].check" in result.output


def test_settings_and_url_together_verify_the_url_with_the_settings_waivers(desk, served, tmp_path):
    served.world.faults.add("powered-by")
    waiver = {"check": "headers.powered_by", "reason": "gone with the next release", "until": "2099-01-01"}
    environment = {
        "host": "containers",
        "domain": "yourapp.com",
        "repository": "https://github.com/your-org/yourapp",
        "verification": {"waivers": [waiver]},
    }
    context = {"application": "yourapp", "environments": {"production": environment}}
    (tmp_path / "cdk.json").write_text(json.dumps({"context": context}))
    result = desk.run(
        "-e", "production", "--settings", str(tmp_path / "cdk.json"), "--only", "headers.powered_by"
    )
    assert result.exit_code == 0, result.output
    assert "waived" in result.output and "gone with the next release" in result.output


@pytest.mark.parametrize("word", ["notaurl", "ftp://yourapp.com", "yourapp.com/sign-in", "."])
def test_word_that_is_no_sites_address_is_refused(word: str) -> None:
    result = CliRunner().invoke(app, ["verify", word])

    assert result.exit_code == Exit.USAGE
    assert "is no site's address" in result.stderr
