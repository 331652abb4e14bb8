"""`bin/rehearse release`: good and bad releases, a canary, and three ways back, under traffic throughout."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rehearsal.artifacts import search_artifacts
from rehearsal.aws.cloudwatch.picture import Span, draw_from
from rehearsal.calls import changing_calls
from rehearsal.clients import aws_client
from rehearsal.commands import Commands
from rehearsal.github.repository import commit_change
from rehearsal.load import Load
from rehearsal.release_faults import Faults
from rehearsal.report.facts import Facts, Mark, Step
from rehearsal.report.page import write_report
from rehearsal.stage import Stage, write_settings
from rehearsal.timeline import Timeline

LONGEST_SECONDS = 1800.0
CANARY_PERCENT = 10
SETTINGS = {
    "verification": {
        "budgets": {
            "pageMedianMilliseconds": 5_000,
            "pageP95Milliseconds": 10_000,
            "authMedianMilliseconds": 5_000,
            "authP95Milliseconds": 10_000,
            "refusalMilliseconds": 10_000,
        }
    }
}
"""A build beside the traffic, on a machine of two cores, says nothing about production's speed."""

MOMENTS = {
    "StartBuild": "build",
    "Verify": "verify",
    "Share": "canary",
    "Switch": "switch",
    "Restore": "back",
}
"""Steps of an operation with their names in the picture; a rollback's own switch is "rollback" there."""


class UnexpectedError(Exception):
    """A release ended otherwise than the story wants; the message says how."""


@dataclass(kw_only=True)
class Story:
    """The story while it is told.

    Args:
        stage: A deployed environment whose first release is live.
        faults: How to break the application.
        timeline: Prints the steps.
        facts: What the report will tell.
        load: The client that asks throughout.
        commits: How many commits were made.
    """

    stage: Stage
    faults: Faults
    timeline: Timeline
    facts: Facts
    load: Load
    commits: int = 0

    def commit(self, message: str, files: Mapping[str, str]) -> str:
        """A commit on top of the last one, never the same as another."""
        self.commits += 1
        numbered = {"public/release.txt": f"{self.commits}\n", **self.faults.mended, **files}
        return commit_change(self.stage.repository, files=numbered, message=message)

    def act(self, name: str, outcome: str, *words: str, commands: Commands | None = None) -> dict[str, Any]:
        """Run a command of clerk-deploy and hold the operation's end against what should be.

        Returns:
            The operation as the ledger has it.

        Raises:
            UnexpectedError: It ended otherwise.
        """
        commands = commands or self.stage.commands
        begin = time.monotonic()
        with self.timeline.step(name):
            commands.attempt(*words)
            operation = self.last_operation()
            self._remember(name, operation, begin)
            if operation["outcome"] != outcome:
                raise UnexpectedError(
                    f"{name}: it was {operation['outcome']}, not {outcome}. {operation['reason']}"
                )
        self.timeline.note(f"{outcome}. {operation['reason']}".rstrip(". ") + ".")
        return operation

    def last_operation(self) -> dict[str, Any]:
        """The newest operation of the ledger."""
        told = json.loads(self.stage.commands.clerk_deploy("history", "--limit", "1", "--json"))
        operation: dict[str, Any] = told["operations"][0]
        return operation

    def seconds_until_settled(self, operation: Mapping[str, Any]) -> float:
        """Seconds from the last command to the last answer of the release that it left."""
        begin = self.facts.steps[-1].begin
        return round(self.load.settled_after(begin, str(operation["to"]["release"])), 3)

    def _remember(self, name: str, operation: Mapping[str, Any], begin: float) -> None:
        end = time.monotonic()
        self.facts.steps.append(Step(name=name, outcome=str(operation["outcome"]), begin=begin, end=end))
        # The ledger has the time of day; the picture runs on this machine's monotonic clock.
        shift = end - time.time()
        moments = dict(MOMENTS)
        if operation["request"]["kind"] == "rollback":
            moments["Switch"] = "rollback"
        if "alarm" in operation["reason"]:
            # the bake ends with the look that finds the alarm red
            moments["Restore"] = "alarm, back"
        self.facts.marks += [
            Mark(at=float(step["started"]) + shift, name=moments[step["name"]])
            for step in operation["steps"]
            if step["name"] in moments
        ]


def tell(stage: Stage, faults: Faults, timeline: Timeline, *, rate: int) -> Path:
    """Tell the whole story.

    Args:
        stage: A deployed environment whose first release is live.
        faults: How to break the application that is deployed.
        timeline: Prints the steps.
        rate: Requests a second that the client sends throughout.

    Returns:
        The report's page.

    Raises:
        UnexpectedError: A release ended otherwise than it should.
    """
    begin = time.time()
    facts = Facts(title="Releases and rollbacks, rehearsed", begin=time.monotonic())
    load = Load(
        port=stage.world.https_port,
        host=stage.example.domain,
        rate=rate,
        longest=LONGEST_SECONDS,
        asked=faults.asked,
    )
    story = Story(stage=stage, faults=faults, timeline=timeline, facts=facts, load=load)
    try:
        with load:
            _back(story, _forward(story))
    finally:
        facts.answers = load.answers
        facts.dashboards = _dashboards(stage, since=begin)
        page = write_report(facts, stage.folder.parent / "release")
    with timeline.step("search every artifact for the run's secrets"):
        search_artifacts(stage)
    return page


def _dashboards(stage: Stage, *, since: float) -> dict[str, str]:
    """The deployed dashboards as they stood during the story."""
    cloudwatch = aws_client(stage, "cloudwatch")
    span = Span(start=since, end=time.time(), scale=stage.aws.time_scale)
    names = [entry["DashboardName"] for entry in cloudwatch.list_dashboards()["DashboardEntries"]]
    return {name: draw_from(cloudwatch, name, span=span) for name in names}


def _forward(story: Story) -> str:
    """Good releases, then bad ones; the last good commit is the answer."""
    second = story.commit("A second good commit", {})
    story.act("release a second commit", "promoted", "release", second)
    third = story.commit("A third good commit", {})
    story.act("release a third commit", "promoted", "release", third)
    refused = story.commit("Sign nobody in", story.faults.seen_by_verification)
    operation = story.act(
        "a commit that verification refuses: traffic never moves", "aborted", "release", refused
    )
    if not any(step["name"] == "Verify" for step in operation["steps"]):
        raise UnexpectedError(f"it was refused before it could be verified: {operation['reason']}")
    for commands, name in _ways_to_meet_users(story.stage):
        harmful = story.commit(f"Fail for users ({name})", story.faults.met_by_users)
        operation = story.act(
            f"a commit that raises its alarm in the bake, {name}: traffic returns",
            "rolled back",
            "release",
            harmful,
            commands=commands,
        )
        story.facts.bad_releases.add(str(operation["to"]["release"]))
    return third


def _ways_to_meet_users(stage: Stage) -> Iterator[tuple[Commands, str]]:
    yield stage.commands, "all at once"
    with _canary(stage) as commands:
        yield commands, f"as a canary of {CANARY_PERCENT} %"


def _back(story: Story, third: str) -> None:
    """Three ways back: by a switch, in the middle of a build, and by a rebuild."""
    cloudtrail = aws_client(story.stage, "cloudtrail")
    begin = time.time()
    operation = story.act("roll back without a build", "promoted", "rollback", "--yes")
    story.facts.rollback = {
        "seconds": story.seconds_until_settled(operation),
        "changes": len(changing_calls(cloudtrail, begin=begin, end=time.time())),
        "built": bool(operation["built"]),
    }
    story.act("release a fourth commit", "promoted", "release", story.commit("A fourth good commit", {}))
    fifth = story.commit("A fifth commit", {})
    story.stage.commands.clerk_deploy("release", fifth, "--no-wait")
    _wait_for_a_build(story)
    story.act("roll back during a build, which is ended", "promoted", "rollback", "--yes")
    operation = story.act(
        "go back to what no slot holds any more: a rebuild",
        "promoted",
        *("rollback", "--yes", "--pardon", "--to", third),
    )
    if not operation["built"]:
        raise UnexpectedError("a slot still held the release that was to be rebuilt")
    story.facts.rebuild = {"seconds": story.seconds_until_settled(operation)}


def _wait_for_a_build(story: Story) -> None:
    deadline = time.monotonic() + 120
    while not any(step["name"] == "StartBuild" for step in story.last_operation()["steps"]):
        if time.monotonic() > deadline:
            raise UnexpectedError("the build that a rollback should end did not begin")
        time.sleep(0.5)


@contextmanager
def _canary(stage: Stage) -> Iterator[Commands]:
    """Commands under settings with a canary, deployed for as long as the block runs."""
    project = write_settings(
        stage.folder / "canary",
        environment=stage.environment,
        changes={**SETTINGS, "release": {"canaryPercent": CANARY_PERCENT}},
    )
    commands = replace(stage.commands, project=project)
    commands.deploy(f"{stage.environment}/Delivery", "--exclusively")
    yield commands
    stage.commands.deploy(f"{stage.environment}/Delivery", "--exclusively")
