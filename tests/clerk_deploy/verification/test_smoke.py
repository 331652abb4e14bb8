"""Smoke users are made, rotated and deleted at the Clerk stand-in, which the official SDK accepts."""

import json
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme
from typer.testing import CliRunner, Result

from clerk_deploy.cli.root import app
from clerk_deploy.secret_value import SecretValue
from clerk_deploy.verification import jwt
from clerk_deploy.verification.engine import execute
from clerk_deploy.verification.findings import Status
from clerk_deploy.verification.registry import all_checks
from rehearsal.clerk import Clerk, Instance, create_app
from rehearsal.clerk.keys import SigningKey
from rehearsal.serving import serve

SECRET = "sk_live_" + "smoke0test0smoke0test"
OWN, OTHER = "tenant_production_001", "tenant_production_002"
CHECKS = {check.id: check for check in all_checks()}


@pytest.fixture(scope="session")
def signing() -> str:
    return SigningKey.generate(kid="shared").key.as_pem(private=True).decode()


@pytest.fixture
def instance(signing: str) -> Instance:
    return Instance.create(
        frontend_host="clerk.yourapp.com",
        clock=time.time,
        key=SECRET,
        private_key_pem=signing,
        organizations=[OWN, OTHER],
        redirect_urls=["https://yourapp.com/api/auth/social/callback"],
    )


class Desk:
    """A folder with settings and values, and the Clerk stand-in behind its names."""

    def __init__(self, folder: Path, instance: Instance, port: int, cacert: Path) -> None:
        self.folder, self.instance, self.port, self.cacert = folder, instance, port, cacert
        self.file = folder / "smoke.json"
        environment = {
            "host": "containers",
            "domain": "yourapp.com",
            "repository": "https://github.com/your-org/yourapp",
        }
        context = {"application": "yourapp", "environments": {"production": environment}}
        (folder / "cdk.json").write_text(json.dumps({"context": context}))
        (folder / "env").write_text(
            f"CLERK_SECRET_KEY={SECRET}\nNEXT_PUBLIC_TENANT_ID={OWN}\n"
            f"NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY={instance.publishable_key}\n"
        )

    def run(self, *words: str) -> Result:
        detours = [
            word
            for host in ("api.clerk.com", "clerk.yourapp.com")
            for word in ("--resolve", f"{host}:443:127.0.0.1:{self.port}")
        ]
        files = ["--env-file", str(self.folder / "env"), "--file", str(self.file)]
        settings = ["--settings", str(self.folder / "cdk.json"), "--cacert", str(self.cacert)]
        return CliRunner().invoke(app, ["smoke", *words, *files, *settings, *detours])

    def stored(self) -> dict[str, object]:
        document: dict[str, object] = json.loads(self.file.read_text())
        return document


@pytest.fixture
def desk(tmp_path: Path, instance: Instance, authority: trustme.CA, cacert: Path) -> Iterator[Desk]:
    clerk = Clerk(clock=time.time)
    clerk.add(instance)
    issued = authority.issue_cert("api.clerk.com", "clerk.yourapp.com")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(key)
    with serve(create_app(clerk), certificate=certificate, key=key) as url:
        yield Desk(tmp_path, instance, urlsplit(url).port or 0, cacert)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLERK_DEPLOY_ENVIRONMENT", raising=False)


def emails(desk: Desk) -> set[str]:
    return {user["email"] for user in desk.stored()["users"]}  # type: ignore[attr-defined]


def test_create_makes_one_user_in_each_tenant_and_shows_no_password(desk):
    result = desk.run("create", "--other-tenant", OTHER)
    assert result.exit_code == 0, result.output
    users = desk.stored()["users"]
    assert [user["tenant"] for user in users] == [OWN, OTHER]
    assert len({user["password"] for user in users}) == 2
    assert all(len(user["password"]) > 30 for user in users)
    for user in users:
        assert user["password"] not in result.output and user["email"] not in result.output
    assert len(desk.instance.memberships) == 2
    assert stat.S_IMODE(desk.file.stat().st_mode) == 0o600


def test_create_makes_the_other_organization_when_there_is_none(desk):
    assert desk.run("create").exit_code == 0
    assert "clerk-deploy-smoke" in {one.slug for one in desk.instance.organizations.values()}


def test_kept_token_expires_and_its_session_is_ended(desk):
    assert desk.run("create", "--other-tenant", OTHER).exit_code == 0
    token = jwt.parse(str(desk.stored()["expiredToken"]))
    assert token.header["kid"] == desk.instance.id
    assert token.claims["exp"] - time.time() < 70
    assert {one.status for one in desk.instance.sessions.values()} == {"revoked"}


def test_create_does_not_replace_users(desk):
    assert desk.run("create", "--other-tenant", OTHER).exit_code == 0
    before = desk.file.read_text()
    result = desk.run("create", "--other-tenant", OTHER)
    assert result.exit_code == 3
    assert "rotate" in result.output
    assert desk.file.read_text() == before


def test_rotate_leaves_two_new_users_and_none_of_the_old(desk):
    assert desk.run("create", "--other-tenant", OTHER).exit_code == 0
    before = emails(desk)
    result = desk.run("rotate")
    assert result.exit_code == 0, result.output
    assert not emails(desk) & before
    assert len(desk.instance.users) == 2
    assert [user["tenant"] for user in desk.stored()["users"]] == [OWN, OTHER]


def test_rotate_needs_users(desk):
    assert desk.run("rotate").exit_code == 3


def test_failure_of_the_second_user_leaves_nothing_behind(desk):
    result = desk.run("create", "--other-tenant", "org_nosuchorganization")
    assert result.exit_code == 1, result.output
    assert desk.instance.users == {}
    assert not desk.file.exists()


def test_refused_key_is_told_without_the_key(desk):
    desk.instance.secret_keys.clear()
    result = desk.run("create", "--other-tenant", OTHER)
    assert result.exit_code == 1
    assert "clerk_key_invalid" in result.output
    assert SECRET not in result.output


def test_own_tenant_is_no_other_tenant(desk):
    assert desk.run("create", "--other-tenant", OWN).exit_code == 2


def test_unreachable_clerk_is_told_as_such(desk):
    desk.port = 9
    assert desk.run("create", "--other-tenant", OTHER).exit_code == 5


def test_made_users_are_what_verification_signs_in_with(desk):
    assert desk.run("create", "--other-tenant", OTHER).exit_code == 0
    from clerk_deploy.verification.load import make_target, parse_smoke

    verification = {
        "pages": ["/"], "backend": {}, "budgets": {}, "resolver": "", "datapointMinutes": 30, "waivers": [],
    }  # fmt: skip
    target = make_target(
        url="https://yourapp.com",
        verification=verification,
        variables={
            "NEXT_PUBLIC_TENANT_ID": OWN,
            "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY": desk.instance.publishable_key,
        },
        smoke=parse_smoke(desk.file.read_text(), source="x"),
    )
    assert target.user and target.other_user
    assert (target.user.tenant, target.other_user.tenant) == (OWN, OTHER)


def test_token_that_has_not_expired_yet_is_not_used_as_expired(served):
    world = served.world
    fresh = SecretValue(world.token(next(iter(world.users.values())), life=60))
    found = execute(CHECKS["tokens.expired"], served.context(served.target(expired_token=fresh)))
    assert found.status is Status.PASSED
    assert "genuine" in found.details[0]
