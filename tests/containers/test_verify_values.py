"""Where `verify` and `checklist` take an environment's values from: the stack, as a release does."""

import functools
import json
from pathlib import Path
from typing import Any, NoReturn

import pytest

from clerk_deploy.cli.context import Context
from clerk_deploy.cli.output import Output
from clerk_deploy.cli.verify_target import Gathered, Sources, gather
from clerk_deploy.containers import operations
from clerk_deploy.errors import UnusableInputError
from rehearsal.containers.scene import SECRET_KEY
from tests.containers.world import FakeHttp, FakeStack, FakeWorld, make_world, run

USERS = {"users": [{"tenant": "tenant_production_001", "email": "a@yourapp.com", "password": "not-real"}]}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeWorld:
    found = make_world(tmp_path / "scene")
    made = functools.partial(
        operations.open_operations, run=lambda command: run(found, command), http=FakeHttp(found)
    )
    monkeypatch.setattr(operations, "open_operations", made)
    monkeypatch.setattr(operations, "open_stack", lambda name, folder: FakeStack(found))
    monkeypatch.delenv("CLERK_DEPLOY_SMOKE_FILE", raising=False)
    return found


def gathered(world: FakeWorld, **more: Any) -> Gathered:
    context = Context(
        environment="production",
        profile=None,
        region=None,
        settings_path=world.scene.settings,
        output=Output(as_json=False),
    )
    given = {"url": None, "env_file": None, "smoke": None, "no_aws": False, **more}
    return gather(context, Sources(**given))


def test_values_tokens_and_users_need_no_option(
    world: FakeWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    smoke = tmp_path / "smoke.json"
    smoke.write_text(json.dumps(USERS))
    monkeypatch.setenv("CLERK_DEPLOY_SMOKE_FILE", str(smoke))
    target = gathered(world).target
    assert target.tenant == "tenant_production_001"
    assert target.clerk_secret_key is not None
    assert target.clerk_secret_key.reveal() == SECRET_KEY
    assert target.user is not None
    # Without it the app counts verification's requests as users'.
    assert target.verification_token is not None


def test_named_file_wins_over_the_stack(world: FakeWorld, tmp_path: Path) -> None:
    file = tmp_path / ".env.other"
    file.write_text("NEXT_PUBLIC_TENANT_ID=tenant_of_the_file\n")
    target = gathered(world, env_file=file).target
    assert (target.tenant, target.verification_token) == ("tenant_of_the_file", None)


def test_stack_that_is_not_at_hand_is_told(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none(name: str, folder: Path) -> NoReturn:
        raise UnusableInputError("There is no `pulumi` command.", next_step="install it")

    monkeypatch.setattr(operations, "open_stack", none)
    assert gathered(world).target.tenant == ""
    assert "There is no `pulumi` command." in capsys.readouterr().err
