"""A page that was loaded before a switch goes on working after it, in a real browser."""

import json
import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from rehearsal.clients import aws_client, outputs
from rehearsal.commands import PROJECT
from rehearsal.github.repository import commit_change
from rehearsal.stage import Stage
from tests.support.browser import open_browser

pytestmark = [pytest.mark.endtoend, pytest.mark.realapp, pytest.mark.xdist_group("endtoend")]

HEADING = "Next.js with Clerk backend authentication"
EXECUTION_SECONDS = 300.0


@pytest.fixture(scope="module")
def browser(watched: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    with open_browser(watched, tmp_path_factory.mktemp("profile")) as context:
        yield context


@pytest.fixture
def page(watched: Stage, browser: BrowserContext) -> Iterator[Page]:
    """The site as it is before the switch, with a user who is signed in."""
    page = browser.new_page()
    page.goto(f"{watched.site}/sign-up")
    page.get_by_label("E-mail address").fill(f"old-page-{time.time_ns()}@example.com")
    page.get_by_label("Password").fill("correct-horse-battery-9")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("Plan")).to_be_visible()
    yield page
    page.close()


def commit(stage: Stage, heading: str) -> str:
    source = (PROJECT / "web" / "app" / "page.tsx").read_text(encoding="utf-8")
    assert HEADING in source
    return commit_change(
        stage.repository, files={"app/page.tsx": source.replace(HEADING, heading)}, message=heading
    )


def own_scripts(page: Page) -> list[str]:
    found: list[str] = page.evaluate("[...document.scripts].map((script) => script.src).filter(Boolean)")
    assert found
    return found


def slot_of(page: Page) -> str:
    (slot,) = {re.search(r"/_slots/(slot-\w)/", source)[1] for source in own_scripts(page)}  # type: ignore[index]
    return str(slot)


def scripts_of_the_build(stage: Stage, slot: str) -> list[str]:
    """All of them: the edge's cache has those that the page loaded already."""
    (static,) = stage.aws.folder.glob(f"builds/*/{stage.names.branch(slot)}/*/.next/static")
    found = [f"/_slots/{slot}/_next/static/{file.relative_to(static)}" for file in static.rglob("*.js")]
    assert len(found) > 5
    return found


def expect_an_old_page_to_work_and_its_next_one_to_be(
    stage: Stage, page: Page, heading: str, *, after: str
) -> None:
    """The old page's scripts load, its user is signed in, a click leads to the new release."""
    bad: list[str] = []
    page.on("response", lambda answer: bad.append(answer.url) if answer.status >= 400 else None)
    page.on("pageerror", lambda error: bad.append(error.message))
    before = slot_of(page)
    assert before != after
    for source in [*own_scripts(page), *scripts_of_the_build(stage, before)]:
        asked = "(source) => fetch(source, { cache: 'no-store' }).then((answer) => answer.status)"
        assert page.evaluate(asked, source) == 200, source
    page.get_by_role("link", name="Reference app").click()
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert slot_of(page) == after
    page.get_by_role("link", name="Documents", exact=True).click()
    expect(page.get_by_text("Plan")).to_be_visible()
    assert bad == []


def test_a_page_from_before_a_release_goes_on_working_and_its_next_one_is_new(
    watched: Stage, page: Page
) -> None:
    assert slot_of(page) == "slot-a"
    watched.commands.clerk_deploy("release", commit(watched, "The second release"))
    expect_an_old_page_to_work_and_its_next_one_to_be(watched, page, "The second release", after="slot-b")


@pytest.fixture(scope="module")
def third(watched: Stage) -> None:
    watched.commands.clerk_deploy("release", commit(watched, "The third release"), "--skip-bake")


@pytest.mark.usefixtures("third")
def test_a_page_from_before_a_rollback_goes_on_working_and_its_next_one_is_the_old_release(
    watched: Stage, page: Page
) -> None:
    assert slot_of(page) == "slot-c"
    roll_back_as_the_runbook_says(watched)
    expect_an_old_page_to_work_and_its_next_one_to_be(watched, page, "The second release", after="slot-b")


def roll_back_as_the_runbook_says(stage: Stage) -> None:
    """Without clerk-deploy: the one call of AWS's own, with the runbook's own input."""
    runbook = (PROJECT / "docs" / "runbook.md").read_text(encoding="utf-8")
    (given,) = re.findall(r"aws stepfunctions start-execution --input '(.+?)'", runbook)
    client = aws_client(stage, "stepfunctions")
    execution = client.start_execution(stateMachineArn=outputs(stage, "Delivery")["MachineArn"], input=given)[
        "executionArn"
    ]
    deadline = time.monotonic() + EXECUTION_SECONDS
    while (told := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < deadline, told
        time.sleep(0.5)
    assert told["status"] == "SUCCEEDED", json.dumps(told, default=str)
