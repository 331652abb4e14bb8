"""The whole deployment with the tiny app: real CDK CLI, embedded AWS, edge and GitHub."""

import json
import time

import httpx
import pytest

from clerk_deploy.names import FALLBACK_CHECK
from rehearsal.artifacts import search_artifacts
from rehearsal.clients import aws_client, outputs
from rehearsal.fallback import BRANCH
from rehearsal.github.repository import commit_change, make_branch
from rehearsal.stage import Stage, write_settings
from tests.endtoend.conftest import EXPORT

pytestmark = [pytest.mark.endtoend, pytest.mark.xdist_group("endtoend")]


def get(stage: Stage, url: str, **options: object) -> httpx.Response:
    with stage.client() as client:
        return client.get(url, **options)  # type: ignore[arg-type]


def test_the_release_answers_on_every_domain(tiny: Stage):
    for domain in tiny.example.domains:
        answer = get(tiny, f"https://{domain}/")
        assert answer.status_code == 200
        assert answer.headers["x-release"]
        assert answer.headers["strict-transport-security"].startswith("max-age=")


def test_plain_http_is_redirected_to_https(tiny: Stage):
    answer = get(tiny, f"http://{tiny.example.domain}/sign-in?next=1")
    assert answer.status_code == 301
    assert answer.headers["location"] == f"{tiny.site}/sign-in?next=1"


def test_a_pages_own_scripts_are_found_and_kept_for_ever(tiny: Stage):
    script = f"{tiny.site}/_slots/slot-a/_next/static/chunks/app.js"
    assert script.removeprefix(tiny.site) in get(tiny, tiny.site).text
    assert "immutable" in get(tiny, script).headers["cache-control"]
    assert get(tiny, script).headers["x-cache"] == "Hit from cloudfront"


@pytest.mark.parametrize(
    "path", ["/_slots/slot-a/api/health", "/_slots/slot-z/_next/static/x.js", "/_slots/"]
)
def test_nothing_else_is_below_the_slots_prefix(tiny: Stage, path: str):
    assert get(tiny, tiny.site + path).status_code == 404


def test_answers_of_the_api_are_asked_for_every_time(tiny: Stage):
    for _ in range(2):
        assert get(tiny, f"{tiny.site}/api/health").headers["x-cache"] == "Miss from cloudfront"


def test_a_guessed_release_token_chooses_no_slot(tiny: Stage):
    headers = {"x-release-slot": "slot-b", "x-release-token": "0" * 32}
    assert get(tiny, f"{tiny.site}/api/health", headers=headers).json()["slot"] == "slot-a"


def test_no_artifact_holds_a_secret(tiny: Stage):
    assert search_artifacts(tiny) > 0


def test_deployed_resources_hold_no_secret(tiny: Stage):
    amplify = aws_client(tiny, "amplify")
    app_id = outputs(tiny, "Hosting")["AppId"]
    told = json.dumps([amplify.get_app(appId=app_id), amplify.list_branches(appId=app_id)], default=str)
    assert tiny.example.secret_key not in told


def test_status_tells_what_is_live_and_show_stars_the_secrets(tiny: Stage):
    status = json.loads(tiny.commands.clerk_deploy("status", "--json"))
    assert "slot-a" in json.dumps(status)
    shown = tiny.commands.clerk_deploy("environment", "show")
    assert "CLERK_SECRET_KEY" in shown
    assert tiny.example.secret_key not in shown


def test_a_plain_deploy_picks_up_a_pushed_revision(tiny: Stage):
    def revision() -> str:
        branch = aws_client(tiny, "amplify").get_branch(
            appId=outputs(tiny, "Hosting")["AppId"], branchName=tiny.names.branch("slot-b")
        )["branch"]
        variables: dict[str, str] = branch["environmentVariables"]
        return variables["RELEASE_REVISION"] + variables.get("NEXT_PUBLIC_FACEBOOK_APP_ID", "")

    before = revision()
    file = tiny.folder / ".env.changed"
    file.write_text(tiny.example.environment_file() + "NEXT_PUBLIC_FACEBOOK_APP_ID=123456789012345\n")
    tiny.commands.clerk_deploy("environment", "push", str(file))
    tiny.commands.deploy("production/Hosting")
    after = revision()
    assert after.endswith("123456789012345")
    assert after != before


def test_the_fallback_is_built_by_its_schedule_and_makes_nothing_live(tiny: Stage):
    changes = {**EXPORT, "release": {"fallback": BRANCH}}
    write_settings(tiny.project, environment=tiny.environment, changes=changes)
    make_branch(tiny.repository, branch=BRANCH, at="main")
    tiny.commands.deploy("production/Hosting", "production/Delivery")
    before = get(tiny, f"{tiny.site}/api/health").json()
    assert built(tiny) == "SUCCEED"
    commit_change(
        tiny.repository, files={"build.mjs": "process.exit(1)"}, message="It no longer builds", branch=BRANCH
    )
    assert built(tiny) == "FAILED"
    assert get(tiny, f"{tiny.site}/api/health").json() == before


def built(stage: Stage) -> str:
    """How the build ends that the schedule's function starts."""
    function = aws_client(stage, "lambda").invoke(FunctionName=stage.names.alarm(FALLBACK_CHECK))
    told = json.loads(function["Payload"].read())
    assert " builds " in told["done"]
    amplify = aws_client(stage, "amplify")
    branch = {"appId": outputs(stage, "Hosting")["AppId"], "branchName": stage.names.branch(FALLBACK_CHECK)}
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        job = amplify.list_jobs(**branch, maxResults=1)["jobSummaries"][0]
        if job["status"] in ("SUCCEED", "FAILED", "CANCELLED"):
            break
        time.sleep(0.2)
    return str(job["status"])
