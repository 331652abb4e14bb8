"""An environment on containers whose values are in Secrets Manager, in the embedded AWS."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clerk_deploy.cli.containers import _stored_smoke
from clerk_deploy.cli.context import Context
from clerk_deploy.cli.output import Output
from clerk_deploy.cli.verify_target import Sources, gather
from clerk_deploy.containers.inputs import Inputs, read_inputs
from clerk_deploy.containers.values import with_tokens
from clerk_deploy.environment.secrets_document import TOKENS
from clerk_deploy.errors import Exit, RefusedError, SettingsError, UnusableInputError
from tests.clerk_deploy.cli.conftest import ENVIRONMENT, GOOD, SECRET, Desk

Aws = Callable[[str], Any]
Deploy = Callable[[str], None]
ON_CONTAINERS = {**ENVIRONMENT, "host": "containers"}


@pytest.fixture
def hosted(desk: Desk, aws: Aws, deploy: Deploy) -> Desk:
    """Its Configuration stack is deployed."""
    context = {"application": desk.names.application, "environments": {"production": ON_CONTAINERS}}
    desk.settings({"context": context})
    deploy("Configuration")
    return desk


def inputs(desk: Desk) -> Inputs:
    config = {
        "clerk-deploy:settings": str(desk.folder / "cdk.json"),
        "clerk-deploy:variables": json.dumps({"secretsManager": True}),
        "clerk-deploy:release": json.dumps({"commit": "a" * 40}),
    }
    return read_inputs(config=config, stack="production", folder=Path("/nowhere"))


def test_what_was_pushed_is_built_with_and_needs_no_key_of_the_stack(hosted: Desk) -> None:
    pushed = hosted.run("environment", "push", hosted.write())
    assert pushed.exit_code == Exit.OK, pushed.output
    assert "next: clerk-deploy release -e production" in pushed.stdout
    found = inputs(hosted)
    assert found.values.visible["NEXT_PUBLIC_TENANT_ID"] == GOOD["NEXT_PUBLIC_TENANT_ID"]
    assert found.values.publishable_key == GOOD["NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY"]
    revision = json.loads(hosted.run("environment", "show", "--json").stdout)["revision"]
    assert found.release_name == f"{'a' * 12}-{revision[:8]}"
    secrets = with_tokens(found.values.secrets, None)
    assert secrets.instances[found.values.publishable_key]["CLERK_SECRET_KEY"].reveal() == SECRET
    assert all(secrets.tokens[purpose] for purpose in TOKENS)
    assert SECRET not in repr(found)


def test_new_secret_is_the_same_release_and_reaches_the_servers_by_an_update(hosted: Desk) -> None:
    hosted.run("environment", "push", hosted.write())
    before = inputs(hosted)
    pushed = hosted.run("environment", "push", hosted.write(CLERK_SECRET_KEY=SECRET + "ff"))
    assert "next: pulumi up" in pushed.stdout
    after = inputs(hosted)
    assert after.release_name == before.release_name
    assert after.values.secrets != before.values.secrets


def test_rotated_tokens_are_both_accepted(hosted: Desk) -> None:
    hosted.run("environment", "push", hosted.write())
    rotated = hosted.run("environment", "rotate-tokens")
    assert rotated.exit_code == Exit.OK, rotated.output
    assert "next: pulumi up" in rotated.stdout
    assert [len(each) for each in inputs(hosted).values.secrets.tokens.values()] == [2, 2, 2]


def test_nothing_pushed_is_refused_with_the_command(hosted: Desk) -> None:
    with pytest.raises(RefusedError, match="Nothing is pushed for production") as caught:
        inputs(hosted)
    assert caught.value.next_step == "clerk-deploy environment push FILE -e production"


def test_account_is_asked_for_before_aws_is(desk: Desk) -> None:
    environment = {name: value for name, value in ON_CONTAINERS.items() if name != "account"}
    desk.settings({"context": {"application": "yourapp", "environments": {"production": environment}}})
    with pytest.raises(SettingsError) as caught:
        inputs(desk)
    assert caught.value.problems[0].where == "environments.production.account"


def test_smoke_users_are_read_from_secrets_manager(hosted: Desk, aws: Aws) -> None:
    context = Context(
        environment=None,
        profile=None,
        region=None,
        settings_path=hosted.folder / "cdk.json",
        output=Output(as_json=False),
    )
    target = context.target()
    with pytest.raises(UnusableInputError, match="holds no smoke users"):
        _stored_smoke(context, target)
    user = {"tenant": "tenant_production_001", "email": "a@yourapp.com", "password": "not-a-real-one"}
    aws("secretsmanager").create_secret(
        Name=hosted.names.smoke_secret, SecretString=json.dumps({"users": [user]})
    )
    assert _stored_smoke(context, target)["users"] == [user]


def test_verification_takes_its_values_from_aws(hosted: Desk) -> None:
    hosted.run("environment", "push", hosted.write())
    context = Context(
        environment=None,
        profile=None,
        region=None,
        settings_path=hosted.folder / "cdk.json",
        output=Output(as_json=False),
    )
    gathered = gather(context, Sources(url=None, env_file=None, smoke=None, no_aws=False))
    assert gathered.target.tenant == GOOD["NEXT_PUBLIC_TENANT_ID"]
    assert gathered.target.clerk_secret_key is not None
    assert gathered.aws is not None
    by_file = Sources(url=None, env_file=hosted.folder / ".env.production", smoke=None, no_aws=False)
    assert gather(context, by_file).aws is None
