"""web/compose.yaml on a real engine, by a real Compose v2."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from rehearsal.commands import PROJECT
from rehearsal.containers.buildkit import base_with_authority, buildkit_cli
from rehearsal.containers.scene import NODE_IMAGE, SECRET_KEY
from rehearsal.containers.surroundings import surroundings
from rehearsal.ports import free_port

pytestmark = [pytest.mark.engine, pytest.mark.realapp, pytest.mark.xdist_group("engine")]

DOMAIN = "yourapp.com"
TENANT = "tenant_production_001"
PROJECT_NAME = "clerk-deploy-tried"
LEFT_OUT = shutil.ignore_patterns("node_modules", ".next", "tests", "*.tsbuildinfo", ".env*")


@pytest.fixture(scope="module")
def site(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    command = buildkit_cli()
    if command is None or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
        pytest.skip("compose.yaml was not run: no Compose v2, or no docker command that builds with BuildKit")
    folder = tmp_path_factory.mktemp("compose")
    port = free_port()
    world = surroundings(folder=folder / "world", domain=DOMAIN, secret_key=SECRET_KEY, tenants=(TENANT,))
    with world as around:
        base = base_with_authority(command, folder / "base", base=NODE_IMAGE, authority=around.authority)
        web = laid_out(folder / "web", environment=around.environment)
        variables = {**os.environ, "NODE_IMAGE": base, "RELEASE_COMMIT": "c" * 40, "PORT": str(port)}
        try:
            compose(web, variables, "up", "--build", "--wait", "--wait-timeout", "120")
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30.0) as client:
                yield client
        finally:
            compose(web, variables, "down", "--volumes", "--rmi", "all")


def laid_out(web: Path, *, environment: dict[str, str]) -> Path:
    """The application's folder with what its head says to make, and the way to the stand-ins."""
    shutil.copytree(PROJECT / "web", web, ignore=LEFT_OUT)
    values = {
        "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY": "pk_live_Y2xlcmsueW91cmFwcC5jb20k",
        "NEXT_PUBLIC_API_BASE_URL": f"https://api.{DOMAIN}",
        "NEXT_PUBLIC_TENANT_ID": TENANT,
        "NEXT_PUBLIC_APP_URL": f"https://{DOMAIN}",
    }
    (web / ".env.production").write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    secret = web / ".env.clerk-secret"
    secret.write_text(SECRET_KEY)
    secret.chmod(0o444)
    for parent in (web, *web.parents[:3]):
        parent.chmod(parent.stat().st_mode | 0o011)
    override = {"services": {"app": {"environment": environment}}}
    (web / "rehearsal.yaml").write_text(yaml.safe_dump(override))
    return web


def compose(web: Path, variables: dict[str, str], *words: str) -> None:
    files = ["--env-file", ".env.production", "-f", "compose.yaml", "-f", "rehearsal.yaml"]
    done = subprocess.run(
        ["docker", "compose", "-p", PROJECT_NAME, *files, *words],
        cwd=web,
        env=variables,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]


def test_app_is_healthy(site: httpx.Client) -> None:
    answer = site.get("/api/health")
    assert answer.status_code == 200
    assert answer.json()["checks"] == {"secret": "ok", "instance": "ok", "tokens": "ok"}
    assert answer.json()["commit"] == "c" * 40


def test_sign_in_page_comes_with_its_scripts(site: httpx.Client) -> None:
    page = site.get("/sign-in")
    assert page.status_code == 200
    assert "Sign in" in page.text
    scripts = [part.partition('"')[0] for part in page.text.split('src="')[1:] if "/_next/" in part]
    assert scripts
    for script in scripts:
        assert site.get(script).status_code == 200


def test_user_can_sign_up(site: httpx.Client) -> None:
    given = {"email": "compose@example.com", "password": "correct-horse-battery-9"}
    answer = site.post("/api/auth/signup", json=given)
    assert answer.status_code == 200
    token = answer.json()["accessToken"]
    assert site.get("/api/auth/me", headers={"authorization": f"Bearer {token}"}).status_code == 200
