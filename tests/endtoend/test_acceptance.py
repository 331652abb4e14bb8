"""`clerk-deploy acceptance` with the tiny app: it measures, and leaves nothing, interrupted or not."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clerk_deploy.names import Names
from clerk_deploy.settings import load_settings
from rehearsal.clients import aws_client
from rehearsal.commands import PAST_THE_PROXY, PROJECT
from rehearsal.github.repository import make_repository
from rehearsal.stage import Stage, open_stage, start

pytestmark = [pytest.mark.endtoend, pytest.mark.xdist_group("endtoend")]

TOOLKIT = "CDKToolkit"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """An account with nothing but the CDK's toolkit, in a world that knows the throw-away domain."""
    settings = load_settings(PROJECT / "cdk.json")
    with open_stage(
        environment="production",
        settings=settings.environments["production"].model_copy(update={"domain": "acceptance.yourapp.com"}),
        names=Names(application=settings.application, environment="acceptance"),
        folder=tmp_path_factory.mktemp("account"),
        cache=PROJECT / ".rehearsal" / "cache",
        time_scale=30.0,
    ) as stage:
        make_repository(
            PROJECT / "rehearsal" / "tiny", stage.repository, message="The application", branch="main"
        )
        start(stage)
        stage.commands.bootstrap(account=stage.aws.account, region=stage.aws.region)
        _past_the_proxy(stage.project / "node_modules" / ".bin" / "cdk")
        yield stage


def _past_the_proxy(cdk: Path) -> None:
    """The CDK CLI as the rehearsal runs it."""
    cdk.parent.mkdir(parents=True)
    exports = "".join(f"export {name}={value}\n" for name, value in PAST_THE_PROXY.items())
    cdk.write_text(f'#!/bin/sh\n{exports}exec {PROJECT / "node_modules" / ".bin" / "cdk"} "$@"\n')
    cdk.chmod(0o755)


def acceptance(
    stage: Stage, *words: str, at_line: Callable[[str, "subprocess.Popen[str]"], None] = lambda *_: None
) -> tuple[int, str, str]:
    """Run the command; returns its exit code and what it printed."""
    child = subprocess.Popen(
        [str(Path(sys.executable).parent / "clerk-deploy"), "acceptance", *words, "--yes"],
        cwd=stage.project,
        env=dict(stage.commands.environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdin
    assert child.stdout
    assert child.stderr
    child.stdin.write(f"{stage.example.github_token}\n")
    child.stdin.close()
    told = []
    for line in child.stderr:
        told.append(line)
        at_line(line, child)
    return child.wait(), child.stdout.read(), "".join(told)


def variables(stage: Stage) -> list[str]:
    file = stage.folder / ".env.acceptance"
    file.write_text(stage.example.environment_file(), encoding="utf-8")
    return ["--env-file", str(file)]


def interrupt_at(*texts: str) -> Callable[[str, "subprocess.Popen[str]"], None]:
    """Ctrl-C at the first line with each text, in this order."""
    waiting = list(texts)

    def look(line: str, child: "subprocess.Popen[str]") -> None:
        if waiting and waiting[0] in line:
            waiting.pop(0)
            child.send_signal(signal.SIGINT)

    return look


def left(stage: Stage) -> list[str]:
    """Everything of an environment that is in the account or the repository."""

    def names(service: str, operation: str, key: str, name: str = "") -> list[str]:
        answer = getattr(aws_client(stage, service), operation)()
        return [str(each[name] if name else each) for each in answer[key]]

    stacks = aws_client(stage, "cloudformation").list_stacks()["StackSummaries"]
    kms = aws_client(stage, "kms")
    keys = [kms.describe_key(KeyId=key)["KeyMetadata"] for key in names("kms", "list_keys", "Keys", "KeyId")]
    branches = subprocess.run(
        ["git", "-C", str(stage.repository), "branch", "--format=%(refname:short)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    zone = stage.settings.hosted_zone
    assert zone
    records = aws_client(stage, "route53").list_resource_record_sets(HostedZoneId=zone.id)
    return [
        *(
            each["StackName"]
            for each in stacks
            if each["StackStatus"] != "DELETE_COMPLETE" and each["StackName"] != TOOLKIT
        ),
        *names("secretsmanager", "list_secrets", "SecretList", "Name"),
        *names("dynamodb", "list_tables", "TableNames"),
        *names("logs", "describe_log_groups", "logGroups", "logGroupName"),
        *names("lambda", "list_functions", "Functions", "FunctionName"),
        *names("amplify", "list_apps", "apps", "name"),
        *(key["KeyId"] for key in keys if key["KeyState"] != "PendingDeletion"),
        *(each["Name"] for each in records["ResourceRecordSets"] if "acceptance" in each["Name"]),
        *(branch for branch in branches if "acceptance-slot-" in branch),
    ]


def report_of(stage: Stage) -> tuple[dict[str, Any], str]:
    newest = max((stage.project / ".clerk-deploy" / "acceptance").glob("*/report.json"))
    document: dict[str, Any] = json.loads(newest.read_text())
    return document, newest.with_suffix(".html").read_text()


def test_ctrl_c_in_the_middle_of_a_release_deletes_everything(account: Stage):
    code, _, told = acceptance(account, *variables(account), at_line=interrupt_at("StartBuild"))
    assert code == 130, told
    assert left(account) == []
    document, _ = report_of(account)
    assert {each["verdict"] for each in document["findings"]} == {"could not be measured"}
    assert "nothing is left" in document["notes"][-1]


def test_ctrl_c_in_the_teardown_says_how_to_go_on_and_that_goes_on(account: Stage):
    look = interrupt_at("cdk deploy 'acceptance/*'", "delete the stack yourapp-acceptance-Configuration")
    code, _, told = acceptance(account, *variables(account), at_line=look)
    assert code == 130, told
    assert "clerk-deploy acceptance --teardown -e production" in told
    assert "left: secret yourapp/acceptance/secrets" in told

    code, _, told = acceptance(account, *variables(account))
    assert code == 3
    assert "There is something of yourapp-acceptance already" in told

    # CloudFormation may still be at work on what the deployment had begun: then it is said once more.
    for _ in range(3):
        code, _, told = acceptance(account, "--teardown")
        if code != 1:
            break
        assert "clerk-deploy acceptance --teardown -e production" in told
    assert code == 0, told
    assert left(account) == []


def test_a_whole_run_measures_reports_and_leaves_nothing(account: Stage):
    code, printed, told = acceptance(account, *variables(account), "--switches", "2", "--json")
    document = json.loads(printed)
    found = {each["key"]: each for each in document["findings"]}
    # the tiny app has no images and reads no secret: that much cannot be expected of it
    assert found.pop("image")["verdict"] == "differs"
    assert found.pop("credentials")["verdict"] == "could not be measured"
    assert {key: each["verdict"] for key, each in found.items()} == dict.fromkeys(
        ("build", "log-lines", "datapoints", "propagation", "failed-requests", "rollback"), "as expected"
    ), told
    assert code == 1
    assert found["log-lines"]["values"]["lines"] == 50
    assert found["rollback"]["values"]["built"] is False
    assert len(found["failed-requests"]["values"]["answers by release"]) == 2
    assert (document["left"], left(account)) == ([], [])
    kept, page = report_of(account)
    assert kept["findings"] == document["findings"]
    assert "<svg" in page
    for secret in account.example.secrets:
        assert secret not in printed + told + page
        files = (account.project / ".clerk-deploy").rglob("*")
        assert not any(secret.encode() in file.read_bytes() for file in files if file.is_file())
