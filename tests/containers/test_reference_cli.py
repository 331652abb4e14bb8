"""The commands against the reference application in containers, as a user types them."""

import json
from pathlib import Path
from typing import Any

import pytest

from clerk_deploy.errors import Exit
from rehearsal.containers.clients import client_environment
from rehearsal.example import OTHER_TENANT
from tests.containers.reference import COMMITS, Running, Typed, command_line

pytestmark = [pytest.mark.engine, pytest.mark.realapp, pytest.mark.xdist_group("engine")]

NOT_GIVEN = (
    "authentication.signup",  # asked for with --sign-up alone
    "caching.earlier_assets",  # no page from before a switch
    "client_side",  # the app signs users in itself
    "clerk.social",  # no provider has a client id
    "leakage.origins",  # the app has no address of its own
    "monitoring",  # no AWS account
    "transport.clerk_dns",  # a proxy resolves names
    "transport.dns",
)
"""What cannot be tried here, by the beginning of its id."""


@pytest.fixture(scope="module")
def typed(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Typed:
    running.go(COMMITS[0])
    folder = tmp_path_factory.mktemp("typed") / "certificates"
    environment = client_environment(running.around, folder, edge=running.site.edge)
    return command_line(environment, "-e", "production", "--settings", str(running.site.scene.settings))


@pytest.fixture(scope="module")
def smoke(running: Running, typed: Typed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("smoke") / "smoke.json"
    values = str(running.site.scene.variables)
    made = typed("smoke", "create", "--other-tenant", OTHER_TENANT, "--env-file", values, "--file", str(file))
    assert made.returncode == Exit.OK, made.stderr
    return file


def unexpected(results: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """What neither passed nor is one of those that cannot be tried here."""
    return [
        (each["id"], each["evidence"])
        for each in results
        if each["status"] != "passed"
        and not (each["status"] == "skipped" and each["id"].startswith(NOT_GIVEN))
    ]


def test_every_check_of_the_live_site_passes(running: Running, typed: Typed, smoke: Path) -> None:
    done = typed("verify", "--json", "--env-file", str(running.site.scene.variables), "--smoke", str(smoke))
    results = json.loads(done.stdout)["results"]
    assert unexpected(results) == []
    assert done.returncode == Exit.OK
    assert sum(each["status"] == "passed" for each in results) > 70


def test_checklist_has_no_line_that_failed(running: Running, typed: Typed, smoke: Path) -> None:
    done = typed(
        "checklist", "--json", "--env-file", str(running.site.scene.variables), "--smoke", str(smoke)
    )
    assert done.returncode == Exit.OK, done.stdout
    marks = {line["text"]: line["mark"] for line in json.loads(done.stdout)["lines"]}
    assert [text for text, mark in marks.items() if mark in ("failed", "unknown")] == []
    assert [text for text, mark in marks.items() if mark == "not checked"] == ["Monitoring is active"]
