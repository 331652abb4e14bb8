"""app.py as a person or the CDK CLI starts it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import app
from clerk_deploy.errors import UnusableInputError

APP = Path(app.__file__)


def run(*, outdir: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("CDK_", "JSII_"))}
    return subprocess.run(
        [sys.executable, str(APP)],
        cwd=outdir,
        env={**inherited, "CDK_OUTDIR": str(outdir / "out"), **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def refused(finished: subprocess.CompletedProcess[str]) -> str:
    assert finished.returncode == 2
    assert finished.stdout == ""
    assert "Traceback" not in finished.stderr
    assert "next: " in finished.stderr
    return finished.stderr


def test_it_works_by_itself_from_any_folder_with_nothing_on_the_path(tmp_path: Path) -> None:
    finished = run(outdir=tmp_path, PATH="/nonexistent")
    assert (finished.returncode, finished.stderr, finished.stdout) == (0, "", "")
    stages = sorted(folder.name for folder in (tmp_path / "out").glob("assembly-*"))
    assert stages == ["assembly-production", "assembly-staging"]


def test_the_cdks_own_validation_finds_nothing(tmp_path: Path) -> None:
    finished = run(outdir=tmp_path, CDK_VALIDATION="true")
    assert (finished.returncode, finished.stderr) == (0, "")
    report = json.loads((tmp_path / "out" / "validation-report.json").read_text())
    assert report["pluginReports"] == []
    metadata = [file.read_text() for file in (tmp_path / "out").glob("assembly-*/*.metadata.json")]
    assert len(metadata) == 10
    assert not any("aws:cdk:warning" in text for text in metadata)


def test_the_clis_context_wins_over_the_file(tmp_path: Path, context_with: Callable[..., Any]) -> None:
    context = context_with()
    context["environments"] = {"canary": context["environments"]["production"]}
    finished = run(outdir=tmp_path, CDK_CONTEXT_JSON=json.dumps(context))
    assert finished.returncode == 0
    assert [folder.name for folder in (tmp_path / "out").glob("assembly-*")] == ["assembly-canary"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"region": "eu-central-1"}, "environments.production.region"),
        ({"account": None}, "needs the AWS account id"),
        ({"domain": "www.yourapp.com"}, "environments.production.domain"),
        ({"hots": "amplify"}, "environments.production.hots"),
        ({"variables": [{"name": f"N_{n}"} for n in range(11)]}, "at most 19 variables"),
    ],
)
def test_a_mistake_in_the_settings_is_one_message(
    changed: dict[str, Any], message: str, tmp_path: Path, context_with: Callable[..., Any]
) -> None:
    finished = run(outdir=tmp_path, CDK_CONTEXT_JSON=json.dumps(context_with(**changed)))
    assert message in refused(finished)
    assert not list((tmp_path / "out").glob("**/*.template.json"))


@pytest.mark.parametrize("context", ["{", "[]", "7"])
def test_an_unreadable_context_is_one_message(context: str, tmp_path: Path) -> None:
    assert "cdk.json" in refused(run(outdir=tmp_path, CDK_CONTEXT_JSON=context))


def test_a_missing_node_is_one_message(tmp_path: Path) -> None:
    finished = run(outdir=tmp_path, JSII_NODE="no-such-node")
    assert "no `no-such-node` beside this Python nor on the PATH" in refused(finished)


@pytest.mark.parametrize("content", [None, "{", "[]", '{"app": ""}', '{"context": 7}'])
def test_an_unusable_cdk_json_is_refused(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "cdk.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UnusableInputError):
        app.read_context({}, file=file)


def test_the_validator_stays_on_for_whoever_asks() -> None:
    environ = {"CDK_VALIDATION": "true"}
    app.prepare_node(environ)
    assert environ["CDK_VALIDATION"] == "true"


def test_other_hosts_have_no_stacks(synth: Callable[..., Any], declared: dict[str, Any]) -> None:
    environments = declared["environments"] | {
        "boxes": {
            "host": "containers",
            "domain": "boxes.yourapp.com",
            "repository": "https://github.com/your-org/yourapp",
        }
    }
    paths = synth({**declared, "environments": environments})
    assert {path.split("/")[0] for path in paths} == {"production", "staging"}
