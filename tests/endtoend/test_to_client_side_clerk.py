"""The guide's last resort in a real browser: Clerk's own components by a release, and back by a rollback.

After the tests that know which slot a release is built in.
"""

import json
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from rehearsal.commands import PROJECT
from rehearsal.fallback import BRANCH, add_fallback
from rehearsal.github.repository import commit_change
from rehearsal.stage import Stage, write_settings
from tests.support.browser import open_browser

pytestmark = [pytest.mark.endtoend, pytest.mark.realapp, pytest.mark.xdist_group("endtoend")]

PASSWORD = "correct-horse-battery-9"
WRONG = "wrong-horse-battery-9"
REFRESH = {"name": "__Host-refresh", "value": "of.the.other.app", "secure": True}
SCREENSHOTS = PROJECT / ".rehearsal" / "screenshots"


def have_a_way_back(stage: Stage) -> None:
    """A release that baked well: made by the tests before these, or here when these run alone."""
    operations = json.loads(stage.commands.clerk_deploy("history", "--json"))["operations"]
    if not any(each["outcome"] == "promoted" and not each["request"]["skip_bake"] for each in operations):
        change = commit_change(stage.repository, files={"public/again.txt": "again"}, message="Again")
        stage.commands.clerk_deploy("release", change)


@pytest.fixture(scope="module")
def fallen_back(watched: Stage) -> Stage:
    have_a_way_back(watched)
    add_fallback(watched.repository, PROJECT / "web-fallback")
    changes = {"release": {"fallback": BRANCH}}
    write_settings(watched.project, environment=watched.environment, changes=changes)
    told = json.loads(watched.commands.clerk_deploy("release", "--fallback", "--json"))
    assert (told["outcome"], told["to"]["fallback"]) == ("promoted", True)
    return watched


@pytest.fixture(scope="module")
def browser(watched: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    with open_browser(watched, tmp_path_factory.mktemp("profile")) as context:
        yield context


@pytest.fixture
def page(browser: BrowserContext) -> Iterator[Page]:
    browser.clear_cookies()
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture(scope="module")
def address() -> str:
    return f"components-{time.time_ns()}@example.com"


def send(page: Page, address: str, *, password: str = PASSWORD) -> None:
    """Fill in the form of Clerk's component, and send it."""
    page.get_by_label("Email address").fill(address)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Continue", exact=True).click()


def picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def test_a_user_signs_up_and_out_by_clerks_components(
    fallen_back: Stage, browser: BrowserContext, page: Page, address: str
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{fallen_back.site}/sign-up")
    expect(page.get_by_label("Email address")).to_be_visible()
    picture(page, "client-side-sign-up")
    send(page, address)
    expect(page).to_have_url(f"{fallen_back.site}/protected")
    expect(page.locator("#tenant")).to_have_text("tenant_production_001")
    expect(page.get_by_text("Plan")).to_be_visible()
    expect(page.get_by_role("button", name="Open user menu")).to_be_visible()
    picture(page, "client-side-protected")
    browser.add_cookies([{**REFRESH, "url": fallen_back.site}])
    page.goto(f"{fallen_back.site}/sign-out")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert "__Host-refresh" not in [each["name"] for each in browser.cookies(fallen_back.site)]
    page.goto(f"{fallen_back.site}/protected")
    expect(page).to_have_url(f"{fallen_back.site}/sign-in?redirect_url=https%3A%2F%2Fyourapp.com%2Fprotected")
    assert not [text for text in complaints if "Content Security Policy" in text]


def test_a_user_signs_in_and_stays_when_the_session_token_is_gone(
    fallen_back: Stage, browser: BrowserContext, page: Page, address: str
) -> None:
    page.goto(f"{fallen_back.site}/protected")
    send(page, address)
    expect(page.get_by_text("Plan")).to_be_visible()
    tokens = [each for each in browser.cookies(fallen_back.site) if each["name"].startswith("__session")]
    assert tokens
    for token in tokens:
        browser.clear_cookies(name=token["name"])
    page.goto(f"{fallen_back.site}/protected")
    expect(page).to_have_url(f"{fallen_back.site}/protected")
    expect(page.get_by_text("Plan")).to_be_visible()


def test_a_wrong_password_is_told_on_the_page(fallen_back: Stage, page: Page, address: str) -> None:
    page.goto(f"{fallen_back.site}/sign-in")
    send(page, address, password=WRONG)
    # the component asks for the password on a page of its own then, and tells there
    expect(page.get_by_role("heading", name="Enter your password")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(WRONG)
    page.get_by_role("button", name="Continue", exact=True).click()
    expect(page.get_by_text("Password is incorrect").first).to_be_visible()


def test_a_member_of_the_tenant_signs_in_by_github(fallen_back: Stage, page: Page) -> None:
    page.goto(f"{fallen_back.site}/sign-in")
    page.get_by_role("button", name="GitHub").click()
    page.wait_for_url(f"{fallen_back.site}/protected**")
    expect(page.get_by_text("Plan")).to_be_visible()


def test_the_apps_own_sign_in_is_gone(fallen_back: Stage) -> None:
    with fallen_back.client() as client:
        answer = client.post(f"{fallen_back.site}/api/auth/signin", json={})
        health = client.get(f"{fallen_back.site}/api/health").json()
    assert (answer.status_code, health["authentication"]) == (404, "client-side")


def test_verification_knows_what_it_should_see(fallen_back: Stage) -> None:
    words = ("verify", "--moment", "schedule", "--skip", "monitoring", "--json")
    report = json.loads(fallen_back.commands.clerk_deploy(*words))
    status = {each["id"]: each["status"] for each in report["results"]}
    assert (status["authentication.signin"], status["client_side.script"]) == ("skipped", "passed")
    assert (status["authentication.me"], status["tenants.me"]) == ("passed", "passed")


def test_status_and_history_tell_that_the_fallback_is_live(fallen_back: Stage) -> None:
    status = json.loads(fallen_back.commands.clerk_deploy("status", "--json"))["environments"][0]
    live = next(each for each in status["releases"]["slots"].values() if each["role"] == "live")
    assert live["fallback"]
    history = json.loads(fallen_back.commands.clerk_deploy("history", "--limit", "1", "--json"))
    assert history["operations"][0]["request"]["fallback"]


def test_a_rollback_returns_to_the_apps_own_sign_in(fallen_back: Stage, page: Page) -> None:
    told = json.loads(fallen_back.commands.clerk_deploy("rollback", "--yes", "--json"))
    assert (told["outcome"], told["built"], told["to"]["fallback"]) == ("promoted", False, False)
    page.goto(f"{fallen_back.site}/sign-up")
    page.get_by_label("E-mail address").fill(f"own-{time.time_ns()}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_url(f"{fallen_back.site}/protected")
    expect(page.get_by_text("Plan")).to_be_visible()
