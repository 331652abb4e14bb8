"""The reference application in containers, as its users meet it across an update and a rollback."""

import io
import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Response, expect, sync_playwright

from rehearsal.containers.scene import SECRET_KEY, TOKEN_KEY
from rehearsal.journey import Journey
from tests.containers.reference import COMMITS, Running

pytestmark = [pytest.mark.engine, pytest.mark.realapp, pytest.mark.xdist_group("engine")]

CHROMIUM = Path("/usr/bin/chromium")


class ToLoopback(httpx.BaseTransport):
    """Leads the site's name to the edge's port on loopback."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._inner = httpx.HTTPTransport(verify=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        request.extensions["sni_hostname"] = host
        request.url = request.url.copy_with(host="127.0.0.1", port=self._port)
        return self._inner.handle_request(request)


@pytest.fixture
def page(running: Running, tmp_path: Path) -> Iterator[Page]:
    if not CHROMIUM.exists():
        pytest.skip("pages were not tried in a browser: there is no Chromium")
    port = running.site.scene.https_port
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=CHROMIUM,
            headless=True,
            ignore_https_errors=True,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--ignore-certificate-errors",
                f"--host-resolver-rules=MAP yourapp.com 127.0.0.1:{port}",
                f"--proxy-server=http://127.0.0.1:{running.around.proxy_port}",
                "--proxy-bypass-list=yourapp.com",
            ],
        )
        context.set_default_timeout(20_000)
        yield context.new_page()
        context.close()


def test_a_users_first_visit(running: Running) -> None:
    running.go(COMMITS[0])
    transport = ToLoopback(running.site.scene.https_port)
    with httpx.Client(transport=transport, timeout=30.0) as client:
        assert len(Journey(client=client, site="https://yourapp.com").run()) == 3


@pytest.mark.parametrize(("before", "after"), [COMMITS, COMMITS[::-1]], ids=["update", "rollback"])
def test_page_from_before_goes_on_working_and_the_next_one_is_new(
    running: Running, page: Page, before: str, after: str
) -> None:
    running.go(before)
    answers: list[Response] = []
    page.goto("https://yourapp.com/sign-in")
    expect(page.get_by_role("button", name="Sign in")).to_be_enabled()
    running.go(after)
    page.on("response", lambda answer: answers.append(answer))
    # What the old page still loads comes from its own release.
    scripts = page.evaluate("[...document.scripts].map((script) => script.src).filter(Boolean)")
    old = [source for source in scripts if running.images[before][1] in source]
    assert old
    for source in old:
        fetched = "(source) => fetch(source, { cache: 'no-store' }).then((answer) => answer.status)"
        assert page.evaluate(fetched, source) == 200
    page.goto("https://yourapp.com/sign-up")
    expect(page.get_by_role("button", name="Create account")).to_be_enabled()
    assert running.images[after][1] in page.content()
    assert [answer.url for answer in answers if answer.status >= 400] == []


def test_user_stays_signed_in_across_an_update(running: Running, page: Page) -> None:
    running.go(COMMITS[0])
    page.goto("https://yourapp.com/sign-up")
    page.get_by_label("E-mail address").fill("containers@example.com")
    page.get_by_label("Password").fill("correct-horse-battery-9")
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_url("https://yourapp.com/protected")
    expect(page.get_by_text("Plan")).to_be_visible()
    running.go(COMMITS[1])
    page.reload()
    expect(page.get_by_text("Plan")).to_be_visible()


def test_requests_beyond_an_addresss_limit_are_refused(running: Running) -> None:
    running.go(COMMITS[0])
    task, *_ = running.site.swarm.tasks(running.site.app)
    ask = """
      const [token] = JSON.parse(require('fs').readFileSync('/run/secrets/clerk', 'utf8')).tokens.origin;
      const headers = { 'x-origin-token': token, 'x-client-address': '203.0.113.7' };
      (async () => {
        let answer, count = 0;
        do answer = await fetch('http://127.0.0.1:3000/api/auth/me', { headers });
        while (++count < 200 && answer.status === 401);
        const told = ['retry-after', 'x-content-type-options'].map((name) => answer.headers.get(name));
        console.log(JSON.stringify([count, answer.status, await answer.json(), ...told]));
      })();
    """
    container = task["Status"]["ContainerStatus"]["ContainerID"]
    asked = subprocess.run(
        ["docker", "exec", container, "env", "-u", "NODE_USE_ENV_PROXY", "node", "-e", ask],
        capture_output=True,
        text=True,
        check=True,
    )
    # A half of the firewall's 300 for each of the two tasks.
    count, status, body, retry_after, options = json.loads(asked.stdout)
    assert (count, status, body, options) == (151, 429, {"error": "rate_limited"}, "nosniff")
    assert 0 < int(retry_after) <= 300


def test_no_layer_holds_a_secret_nor_an_env_file_with_one(running: Running) -> None:
    image, _ = running.images[COMMITS[0]]
    saved = subprocess.run(["docker", "save", image], capture_output=True, check=True).stdout
    names = []
    with tarfile.open(fileobj=io.BytesIO(saved)) as archive:
        for member in archive:
            content = archive.extractfile(member)
            data = content.read() if content else b""
            assert SECRET_KEY.encode() not in data
            assert TOKEN_KEY.encode() not in data
            if member.name.endswith("layer.tar"):
                with tarfile.open(fileobj=io.BytesIO(data)) as layer:
                    names += [item.name for item in layer if item.name.startswith("app/")]
    assert "app/server.js" in names
    assert not [name for name in names if "node_modules/next/dist/compiled/webpack" in name]
    assert [name for name in names if name.rpartition("/")[2].startswith(".env")] in (
        [],
        ["app/.env.production"],
    )
