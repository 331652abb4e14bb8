"""What the command refuses before it creates anything, against the embedded AWS."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.clerk_deploy.cli.conftest import ACCOUNT, ENVIRONMENT, Desk

ZONE = {"id": "Z0123456789EXAMPLE", "name": "yourapp.com"}


@pytest.fixture
def ready(desk: Desk) -> Desk:
    environments = {"production": {**ENVIRONMENT, "hostedZone": ZONE}}
    desk.settings({"context": {"application": desk.names.application, "environments": environments}})
    return desk


@pytest.fixture
def zone(aws: Callable[[str], Any], ready: Desk) -> None:
    """A hosted zone of the account's own: the settings' must exist."""
    made = aws("route53").create_hosted_zone(Name="yourapp.com", CallerReference=ready.names.application)
    found = {"id": made["HostedZone"]["Id"].rpartition("/")[2], "name": "yourapp.com"}
    environments = {"production": {**ENVIRONMENT, "hostedZone": found}}
    ready.settings({"context": {"application": ready.names.application, "environments": environments}})


def acceptance(desk: Desk, *words: str, typed: str | None = None) -> Any:
    file = desk.write()
    return desk.run(
        "acceptance", *words, "--env-file", file, "--folder", str(desk.folder / "runs"), typed=typed
    )


def flat(text: str) -> str:
    return " ".join(text.split())


def test_without_variables_nothing_is_begun(ready: Desk):
    result = ready.run("acceptance")
    assert result.exit_code == 2
    assert "--env-file" in result.stderr


def test_an_environment_without_a_zone_is_refused(desk: Desk):
    result = acceptance(desk)
    assert result.exit_code == 2
    assert "environments.production.hostedZone" in result.stderr


def test_another_account_than_the_settings_name_is_refused(
    ready: Desk, aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "999999999999")
    result = acceptance(ready)
    assert result.exit_code == 3
    assert f"this environment lives in {ACCOUNT}" in result.stderr


@pytest.mark.usefixtures("zone")
def test_an_account_that_has_the_environment_already_is_refused_by_name(
    ready: Desk, aws: Callable[[str], Any]
):
    name = f"{ready.names.application}/acceptance/secrets"
    aws("secretsmanager").create_secret(Name=name)
    result = acceptance(ready)
    assert result.exit_code == 3
    assert f"secret {name}" in flat(result.stderr)
    assert "clerk-deploy acceptance --teardown -e production" in flat(result.stderr)
    assert not (ready.folder / "runs").exists()


@pytest.mark.usefixtures("zone")
def test_a_teardown_leaves_alone_what_lacks_the_mark(ready: Desk, aws: Callable[[str], Any]):
    secrets = aws("secretsmanager")
    name = f"{ready.names.application}/acceptance/variables"
    secrets.create_secret(Name=name, Tags=[{"Key": "environment", "Value": "acceptance"}])
    result = ready.run("acceptance", "--teardown", "--yes")
    assert result.exit_code == 3
    assert "no throw-away environment" in result.stderr
    assert "DeletedDate" not in secrets.describe_secret(SecretId=name)


@pytest.mark.usefixtures("zone")
def test_a_teardown_deletes_what_bears_the_mark(ready: Desk, aws: Callable[[str], Any]):
    application = ready.names.application
    tags = {"application": application, "environment": "acceptance", "clerk-deploy": "throw-away"}
    aws("secretsmanager").create_secret(
        Name=f"{application}/acceptance/variables",
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    aws("kms").create_key(Tags=[{"TagKey": key, "TagValue": value} for key, value in tags.items()])
    result = ready.run("acceptance", "--teardown", "--yes", "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) == {"left": []}
    assert "goes in 7 days" in result.stderr
    assert ready.run("acceptance", "--teardown", "--yes").exit_code == 0


@pytest.mark.usefixtures("zone")
def test_an_account_without_the_cdks_toolkit_is_refused(ready: Desk):
    result = acceptance(ready)
    assert result.exit_code == 3
    assert f"cdk bootstrap aws://{ACCOUNT}/us-east-1" in flat(result.stderr)


@pytest.mark.usefixtures("zone")
def test_a_file_that_breaks_the_contract_is_refused_first(ready: Desk):
    file = ready.write(NEXT_PUBLIC_TENANT_ID=None)
    result = ready.run("acceptance", "--env-file", file)
    assert result.exit_code == 1
    assert "NEXT_PUBLIC_TENANT_ID" in result.stderr
