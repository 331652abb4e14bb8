"""The plain rehearsal, step by step: from nothing to a user who signed in on the production address."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clerk_deploy.errors import CheckFailedError
from rehearsal.artifacts import search_artifacts
from rehearsal.commands import CommandFailedError
from rehearsal.example import OTHER_TENANT
from rehearsal.fallback import add_fallback
from rehearsal.first_release import BUILD_SECONDS, host_of
from rehearsal.github.repository import make_repository
from rehearsal.journey import Journey
from rehearsal.stage import Stage, start
from rehearsal.timeline import Timeline

SLOT = "slot-a"
LOG_LINES = 20


@dataclass(frozen=True, kw_only=True)
class App:
    """The application that is deployed.

    Args:
        folder: Its source.
        knows_clerk: Whether a user can sign in; the tiny app only answers.
        fallback: What differs in the app with Clerk's own components, which a branch holds; None: no branch.
    """

    folder: Path
    knows_clerk: bool
    fallback: Path | None = None


def deploy(stage: Stage, app: App, timeline: Timeline) -> str:
    """Deploy everything and make the first release live.

    Returns:
        The commit that is live.
    """
    with timeline.step("start the embedded AWS, Clerk, GitHub, the backend and the edge"):
        commit = make_repository(app.folder, stage.repository, message="The application", branch="main")
        if app.fallback:
            add_fallback(stage.repository, app.fallback)
        start(stage)
    environment = stage.environment
    commands = stage.commands
    with timeline.step("cdk bootstrap"):
        commands.bootstrap(account=stage.aws.account, region=stage.aws.region)
    with timeline.step(f"cdk deploy '{environment}/Configuration'"):
        commands.deploy(f"{environment}/Configuration")
    with timeline.step("clerk-deploy environment push .env.production; repository connect"):
        file = stage.folder / ".env.production"
        file.touch(mode=0o600)
        file.write_text(stage.example.environment_file(), encoding="utf-8")
        commands.clerk_deploy("environment", "push", str(file))
        commands.clerk_deploy("repository", "connect", stdin=stage.example.github_token)
    with timeline.step(f"cdk deploy '{environment}/*'"):
        commands.deploy(f"{environment}/*")
    if app.knows_clerk:
        _release(stage, commit, timeline)
    else:
        _release_by_hand(stage, commit, timeline)
    return commit


def _release(stage: Stage, commit: str, timeline: Timeline) -> None:
    with timeline.step("clerk-deploy smoke create"):
        stage.commands.clerk_deploy("smoke", "create", "--other-tenant", OTHER_TENANT)
    with timeline.step(f"clerk-deploy release {commit[:12]} --skip-bake"), _build_log(stage):
        told = json.loads(stage.commands.clerk_deploy("release", commit, "--skip-bake", "--json"))
    timeline.note(f"{stage.site} serves release {told['to']['release']}")


def _release_by_hand(stage: Stage, commit: str, timeline: Timeline) -> None:
    """Build and switch step by step: an app without sign-in would not pass the release's verification."""
    host = host_of(stage)
    with timeline.step(f"build {commit[:12]} in {SLOT}"):
        host.prepare()
        with _build_log(stage):
            build = host.build(SLOT, commit, deadline=time.monotonic() + BUILD_SECONDS)
    with timeline.step(f"look at {SLOT} through the edge, then make it live"):
        health = host.verify(SLOT, commit=commit, job=build.job, deadline=time.monotonic() + 30)
        host.switch(SLOT)
        host.wait_until_live(SLOT, answers=5, deadline=time.monotonic() + 30)
    timeline.note(f"{stage.site} serves release {health.release}")


@contextmanager
def _build_log(stage: Stage) -> Iterator[None]:
    """The end of the log with a failed build's error: the log's address ends with the embedded AWS."""
    try:
        yield
    except (CheckFailedError, CommandFailedError) as error:
        logs = sorted(stage.aws.folder.glob("build-logs/*/*/*/*.txt"), key=lambda file: file.stat().st_mtime)
        if not logs:
            raise
        lines = logs[-1].read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
        message = "\n".join([str(error.args[0]), *lines])
        raise CheckFailedError(message, next_step=f"the whole log is in {logs[-1]}") from None


def prove(stage: Stage, app: App, timeline: Timeline) -> None:
    """A user's visit, and a search for secrets in everything that was made."""
    if app.knows_clerk:
        with timeline.step(f"a user on {stage.site}"), stage.client() as client:
            proven = Journey(client=client, site=stage.site).run()
        for line in proven:
            timeline.note(line)
        with timeline.step("clerk-deploy verify --skip monitoring.subscription"):
            # Nobody can confirm a subscription here: there is no mail.
            report = stage.commands.clerk_deploy("verify", "--json", "--skip", "monitoring.subscription")
        counts = json.loads(report)["counts"]
        timeline.note(", ".join(f"{count} checks {status}" for status, count in counts.items() if count))
    with timeline.step("search every artifact for the run's secrets"):
        searched = search_artifacts(stage)
    timeline.note(f"none in {searched} files: templates, repository, build output, logs")
