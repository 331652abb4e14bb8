"""A rehearsal on Vercel: release, bad releases, rollback and rebuild, while a client asks the domain."""

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clerk_deploy.errors import CheckFailedError
from clerk_deploy.release.ledger.records import Step as Done
from clerk_deploy.vercel.results import Result
from rehearsal.commands import PROJECT
from rehearsal.github.repository import commit_change
from rehearsal.load import Load
from rehearsal.report.facts import Facts, Mark, Step
from rehearsal.timeline import Timeline
from rehearsal.vercel.scene import Scene, open_scene

TINY = PROJECT / "rehearsal" / "tiny"
RATE = 50
MARKED = {"build": "built", "verify": "verified", "switch": "switched", "restore": "taken back"}

SERVES = "  const [path] = request.url.split('?');\n"
SICK = """  if (request.url === '/api/health') {
    response.writeHead(503, { 'content-type': 'application/json' });
    const { commit, job, slot, revision } = release;
    const checks = { secret: 'secret-missing' };
    response.end(JSON.stringify({ status: 'fail', commit, job, slot, revision, checks }));
    return;
  }
"""
SICKENS = """  globalThis.asked = (globalThis.asked ?? 0) + Number(request.headers.host === 'yourapp.com');
  if (globalThis.asked > 60) {
    response.writeHead(500, { 'content-type': 'text/plain', 'x-release': id });
    response.end('broken');
    return;
  }
"""
"""Well on its own address and for the domain's first requests: only the bake can find it."""


@dataclass(kw_only=True)
class Storyteller:
    """Runs the operations and writes down what happened.

    Args:
        scene: What is acted on.
        timeline: Prints each step as it ends.
        facts: What the report tells.
    """

    scene: Scene
    timeline: Timeline
    facts: Facts
    results: list[Result] = field(default_factory=list)

    def step(
        self, name: str, ask: Callable[[], Result], *, outcome: str, seconds: dict[str, object] | None = None
    ) -> Result:
        """One operation, which must end as it should.

        Args:
            name: What is done.
            ask: Does it.
            outcome: How it must end.
            seconds: Gets how long it took.

        Raises:
            CheckFailedError: It ended otherwise.
        """
        begin = time.monotonic()
        with self.timeline.step(name):
            result = ask()
            if result.outcome != outcome:
                raise CheckFailedError(
                    f"{name}: {result.outcome} instead of {outcome}. {result.reason}",
                    next_step=f"the deployments' logs are in {self.scene.builds.folder}",
                )
        end = time.monotonic()
        self.facts.steps.append(Step(name=name, outcome=result.outcome, begin=begin, end=end))
        if result.reason:
            self.timeline.note(result.reason)
        if seconds is not None:
            seconds["seconds"] = round(end - begin, 3)
        self.results.append(result)
        return result

    def note(self, done: Done) -> None:
        """A step of an operation is over."""
        if done.name in MARKED:
            self.facts.marks.append(Mark(at=time.monotonic(), name=MARKED[done.name]))


def rehearse(*, folder: Path, timeline: Timeline, time_scale: float = 20.0) -> Facts:
    """Rehearse releases on Vercel.

    Args:
        folder: Where everything is written; what an earlier rehearsal left there is removed.
        timeline: Prints each step as it ends.
        time_scale: How many seconds of waiting pass in one second here.

    Raises:
        DeployError: Something did not go as it should.
    """
    shutil.rmtree(folder, ignore_errors=True)
    facts = Facts(title="Releases on Vercel", begin=time.monotonic())
    with open_scene(app=TINY, folder=folder, time_scale=time_scale) as scene:
        tell(Storyteller(scene=scene, timeline=timeline, facts=facts))
        with timeline.step("search builds and logs for the run's secrets"):
            searched = search(scene)
        timeline.note(f"none in {searched} files")
    return facts


def tell(teller: Storyteller) -> None:
    """The story, from a first release to a rebuild of what is no longer kept."""
    scene, facts = teller.scene, teller.facts
    operations = scene.operations(tell=teller.note)
    second = _commit(scene, "The second release", README="The second release.\n")
    teller.step("release commit 1", lambda: operations.release(scene.first), outcome="promoted")
    facts.begin = time.monotonic()
    with Load(port=scene.https_port, host=scene.settings.domain, rate=RATE) as load:
        load.answers = facts.answers
        teller.step("release commit 2", lambda: operations.release(second), outcome="promoted")

        sick = _commit(scene, "Sick from the start", server=_server(SICK))
        teller.step(
            "release a commit that fails verification", lambda: operations.release(sick), outcome="aborted"
        )
        sickens = _commit(scene, "Sickens under traffic", server=_server(SICKENS))
        bad = teller.step(
            "release a commit that sickens in the bake",
            lambda: operations.release(sickens),
            outcome="rolled back",
        )
        facts.bad_releases.add(bad.release)
        _roll_back(teller, operations.rollback, load)
        _rebuild(teller, second, lambda: operations.release(second, skip_bake=True))
        time.sleep(1)


def _roll_back(teller: Storyteller, roll_back: Callable[[], Result], load: Load) -> None:
    scene, facts = teller.scene, teller.facts
    before, begin = scene.changes(), time.monotonic()
    result = teller.step("roll back without a build", roll_back, outcome="promoted")
    facts.rollback.update(
        seconds=round(load.settled_after(begin, result.release), 3),
        changes=scene.changes() - before,
        built=result.built,
    )


def _rebuild(teller: Storyteller, commit: str, release: Callable[[], Result]) -> None:
    """What retention has deleted can only be built again."""
    scene = teller.scene
    for made in scene.vercel.deployments(scene.site):
        if made.commit == commit:
            scene.vercel.delete(made)
    teller.step(
        "rebuild a release that is no longer kept",
        release,
        outcome="promoted",
        seconds=teller.facts.rebuild,
    )


def search(scene: Scene) -> int:
    """Look for the run's secrets in what was built and in the logs.

    Returns:
        How many files were looked at.

    Raises:
        CheckFailedError: One is in a file.
    """
    wanted = [secret.encode() for secret in (*scene.example.secrets, scene.token, scene.site.bypass)]
    files = [file for file in scene.builds.folder.rglob("*") if file.is_file()]
    for file in files:
        content = file.read_bytes()
        if any(secret in content for secret in wanted):
            raise CheckFailedError(f"{file} holds a secret.", next_step="find out what wrote it there")
    return len(files)


def _commit(scene: Scene, message: str, **files: str) -> str:
    names = {"README": "README.md", "server": "server.mjs"}
    content: Mapping[str, str] = {names[name]: text for name, text in files.items()}
    return commit_change(scene.repository, files=content, message=message)


def _server(trouble: str) -> str:
    """The tiny app's server with trouble before anything is answered."""
    text = (TINY / "server.mjs").read_text(encoding="utf-8")
    head, found, tail = text.partition(SERVES)
    if not found:
        raise CheckFailedError(
            "The tiny app's server has another shape.", next_step="mend SERVES in rehearsal/vercel/story.py"
        )
    return f"{head}{trouble}{found}{tail}"
