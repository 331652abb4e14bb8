import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from rehearsal.clerk import Clerk, Instance, create_app
from rehearsal.clerk.tokens import session_token
from rehearsal.serving import serve

VERSION = "3.25.0"
REPOSITORY = Path(__file__).parents[3]
TOOLS = Path(sys.executable).parent
CALLS_THAT_MUST_FAIL = {
    "createUserTaken": (422, "form_identifier_exists", "email_address"),
    "createUserPwned": (422, "form_password_pwned", "password"),
    "createUserShort": (422, "form_password_length_too_short", "password"),
    "createUserFormat": (422, "form_param_format_invalid", "email_address"),
    "verifyPasswordWrong": (422, "incorrect_password", None),
    "wrongKey": (401, "clerk_key_invalid", None),
}


def modules_with_sdk() -> Path:
    """The application's node_modules, or a cached folder outside the repository."""
    own = REPOSITORY / "web" / "node_modules"
    manifest = own / "@clerk" / "backend" / "package.json"
    if manifest.exists() and json.loads(manifest.read_text())["version"] == VERSION:
        return own
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "clerk-deploy"
    target = cache / f"clerk-backend-{VERSION}"
    if not target.exists():
        cache.mkdir(parents=True, exist_ok=True)
        install(target)
    return target / "node_modules"


def install(target: Path) -> None:
    folder = Path(tempfile.mkdtemp(dir=target.parent))
    (folder / "package.json").write_text('{"private": true}')
    done = subprocess.run(
        [
            TOOLS / "npm",
            "install",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            f"@clerk/backend@{VERSION}",
        ],
        cwd=folder,
        env={**os.environ, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        shutil.rmtree(folder)
        unreachable = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH")
        if any(code in done.stderr for code in unreachable):
            pytest.skip(f"the npm registry cannot be reached and {target} does not exist")
        pytest.fail(f"npm install @clerk/backend@{VERSION} failed:\n{done.stderr[-2000:]}")
    try:
        folder.rename(target)
    except OSError:  # another test process was first
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    modules = modules_with_sdk()

    clerk = Clerk(clock=time.time)
    instance = clerk.add(
        Instance.create(
            frontend_host="clerk.yourapp.com", clock=time.time, organizations=["tenant_production_001"]
        )
    )
    user = instance.add_user(
        email="alice@example.com", password="alice-Passw0rd", organization="tenant_production_001"
    )
    session = instance.add_session(instance.add_client(), user=user)
    with serve(create_app(clerk)) as url:
        given = {
            "apiUrl": url,
            "secretKey": instance.secret_key,
            "organizationId": instance.organization("tenant_production_001").id,
            "email": user.email,
            "sessionId": session.id,
            "sessionToken": session_token(instance, session),
            "expiredToken": session_token(instance, session, issued_at=time.time() - 100),
            "modules": str(modules),
        }
        done = subprocess.run(
            [TOOLS / "node", Path(__file__).with_name("official_sdk.mjs")],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_sdk_accepts_every_answer(results: dict[str, Any]) -> None:
    failed = {name for name, value in results.items() if isinstance(value, dict) and value.get("failed")}

    assert failed == {*CALLS_THAT_MUST_FAIL, "verifyExpiredToken"}


@pytest.mark.parametrize("call", CALLS_THAT_MUST_FAIL)
def test_sdk_reads_code_and_parameter_of_refusals(results: dict[str, Any], call: str) -> None:
    status, code, parameter = CALLS_THAT_MUST_FAIL[call]

    assert (results[call]["status"], results[call]["code"], results[call].get("param")) == (
        status,
        code,
        parameter,
    )


def test_sdk_finds_user_by_address(results: dict[str, Any]) -> None:
    listed = results["getUserList"]

    assert listed["totalCount"] == 1
    assert [one["emailAddress"] for one in listed["data"][0]["emailAddresses"]] == ["alice@example.com"]


def test_sdk_verifies_session_token_with_keys_of_the_backend_api(results: dict[str, Any]) -> None:
    claims = results["verifyToken"]

    assert claims["iss"] == "https://clerk.yourapp.com"
    assert claims["o"]["slg"] == "tenant_production_001"
    assert results["verifyExpiredToken"]["reason"] == "token-expired"


def test_sdk_reads_memberships(results: dict[str, Any]) -> None:
    assert results["createOrganizationMembership"]["publicUserData"]["identifier"] == "new@example.com"
    assert [one["role"] for one in results["getOrganizationMembershipList"]["data"]] == ["org:member"]
    assert results["organizationMembers"]["totalCount"] == 2
    assert results["getOrganizationBySlug"]["id"] == results["createOrganization"]["id"]


def test_sdk_sees_session_revoked(results: dict[str, Any]) -> None:
    assert results["getSession"]["status"] == "active"
    assert results["revokeSession"]["status"] == "revoked"
