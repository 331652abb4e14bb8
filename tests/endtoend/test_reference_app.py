"""The reference application, built by Next.js in the embedded Amplify, as its users meet it."""

import json
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import BrowserContext, Page, expect

from clerk_deploy.monitoring.log_contract import problems_of
from rehearsal.clients import aws_client, outputs
from rehearsal.commands import PROJECT
from rehearsal.journey import Journey
from rehearsal.stage import Stage
from tests.support.browser import open_browser

pytestmark = [pytest.mark.endtoend, pytest.mark.realapp, pytest.mark.xdist_group("endtoend")]
SCREENSHOTS = PROJECT / ".rehearsal" / "screenshots"


@pytest.fixture(scope="module")
def browser(reference: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    with open_browser(reference, tmp_path_factory.mktemp("profile")) as context:
        yield context


@pytest.fixture
def page(browser: BrowserContext) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def test_a_users_first_visit_over_the_api(reference: Stage):
    with reference.client() as client:
        assert len(Journey(client=client, site=reference.site).run()) == 3


def test_a_user_signs_up_reads_documents_and_signs_out_in_a_browser(reference: Stage, page: Page):
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{reference.site}/sign-up")
    page.get_by_label("E-mail address").fill("browser@example.com")
    page.get_by_label("Password").fill("correct-horse-battery-9")
    picture(page, "sign-up")
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_url(f"{reference.site}/protected")
    expect(page.get_by_text("Plan")).to_be_visible()
    picture(page, "protected")
    page.reload()
    expect(page.get_by_text("Plan")).to_be_visible()
    page.goto(f"{reference.site}/sign-out")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.goto(f"{reference.site}/protected")
    expect(page).to_have_url(f"{reference.site}/sign-in")
    picture(page, "sign-in")
    assert not [text for text in complaints if "Content Security Policy" in text]


def test_buttons_are_there_for_the_providers_with_a_client_id_alone(reference: Stage, page: Page):
    page.goto(f"{reference.site}/sign-in")
    expect(page.get_by_role("link", name="Google")).to_be_visible()
    expect(page.get_by_role("link", name="Facebook")).to_have_count(0)


def test_a_member_of_the_tenant_signs_in_by_github(reference: Stage, page: Page):
    page.goto(f"{reference.site}/sign-in")
    page.get_by_role("link", name="GitHub").click()
    expect(page).to_have_url(f"{reference.site}/protected")
    expect(page.get_by_text("Plan")).to_be_visible()
    page.goto(f"{reference.site}/sign-out")
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def test_a_stranger_at_google_is_refused_with_a_reason(reference: Stage, page: Page):
    page.goto(f"{reference.site}/sign-in")
    page.get_by_role("link", name="Google").click()
    page.wait_for_url(f"{reference.site}/sign-in?error=*")
    picture(page, "refused")
    expect(page.locator("p[role=alert]")).not_to_be_empty()


def test_the_slots_own_address_gives_no_api_and_no_index(reference: Stage):
    domain = f"{reference.names.branch('slot-a')}.{outputs(reference, 'Hosting')['AppId']}.amplifyapp.com"
    with reference.client() as client:
        refused = client.get(f"https://{domain}/api/auth/me")
        assert (refused.status_code, refused.json()) == (403, {"error": "origin_refused"})
        assert "noindex" in client.get(f"https://{domain}/").headers["x-robots-tag"]
        assert "x-robots-tag" not in client.get(f"{reference.site}/").headers


def test_every_line_in_the_log_group_keeps_the_log_contract(reference: Stage):
    with reference.client() as client:
        client.get(f"{reference.site}/api/auth/me")
    logs = aws_client(reference, "logs")
    group = f"/aws/amplify/{outputs(reference, 'Hosting')['AppId']}"
    for _ in range(50):
        events = logs.filter_log_events(logGroupName=group)["events"]
        lines = [json.loads(event["message"]) for event in events if event["message"].startswith("{")]
        if any(line["event"] == "auth.me" for line in lines):
            break
        time.sleep(0.2)
    assert any(line["event"] == "auth.me" for line in lines)
    assert [problem for line in lines for problem in problems_of(json.dumps(line))] == []
    assert reference.example.secret_key not in json.dumps(events)


ROUTES = ("signin", "signup", "refresh", "signout", "me", "social/google", "social/callback", "nothing")
VALUES = st.one_of(
    st.text(max_size=40), st.none(), st.integers(), st.booleans(), st.lists(st.text(max_size=5))
)
BODIES = st.one_of(
    st.binary(max_size=200),
    st.dictionaries(st.sampled_from(["email", "password", "refreshToken", "x"]), VALUES, max_size=4).map(
        lambda body: json.dumps(body).encode()
    ),
)
HEADERS = st.dictionaries(
    st.sampled_from(["authorization", "cookie", "origin", "x-client", "content-type", "x-verification"]),
    st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=60),
    max_size=3,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]),
    route=st.sampled_from(ROUTES),
    body=BODIES,
    headers=HEADERS,
)
def test_no_request_makes_the_api_fail(
    reference: Stage, method: str, route: str, body: bytes, headers: dict[str, str]
):
    content = None if method in ("GET", "HEAD") else body
    with reference.client() as client:
        answer = client.request(
            method, f"{reference.site}/api/auth/{route}", content=content, headers=headers
        )
    assert answer.status_code < 500, (method, route, answer.status_code)
