"""The sequence of a release on Vercel: look, build, verify, switch, confirm, bake; and the way back.

It runs in the calling process. Vercel's deployments, with what `meta` says, are its ledger; there is no
state of its own, and a run that died is taken up by asking for the same commit again.
"""

from dataclasses import dataclass
from typing import Protocol

from clerk_deploy.errors import CheckFailedError, DeployError, Exit, UnreachableError
from clerk_deploy.release.errors import (
    BakeFailedError,
    CondemnedError,
    SupersededError,
)
from clerk_deploy.release.health import Health
from clerk_deploy.release.rules import BAKE_TICK, Rules
from clerk_deploy.release.which_app import require_same_app
from clerk_deploy.vercel import results
from clerk_deploy.vercel.answers import expect_well, is_from
from clerk_deploy.vercel.errors import ProtectedError, QueuedError, VercelRefusedError
from clerk_deploy.vercel.host import Live, VercelHost, overtaken, require_still
from clerk_deploy.vercel.records import COMMIT, PREVIOUS, REASON, REVISION, WHO, Deployment, Project
from clerk_deploy.vercel.results import Journal, Result
from clerk_deploy.vercel.targets import named, previous_of

WARM_SECONDS = 60.0
MOVE_SECONDS = 180.0
"""As long as the Vercel CLI waits for a promotion."""
CONFIRM_SECONDS = 120.0
FAILURES_TOLERATED = 2
"""Looks in a row that may fail in a bake; the next one ends it."""


class Verifier(Protocol):
    """The whole verification of a release."""

    def candidate(self, deployment: Deployment, health: Health) -> str:
        """Verify a deployment on its own address; a sentence about it.

        Raises:
            VerificationFailedError: It is not as it should be.
        """

    def live(self, health: Health) -> str:
        """Verify the live site on its domain; a sentence about it.

        Raises:
            VerificationFailedError: It is not as it should be.
        """


@dataclass(frozen=True, kw_only=True)
class Sequence:
    """Releases and rollbacks of one environment.

    Args:
        host: The environment's project.
        rules: How releases go; a canary, an alarm and evidence are not Vercel's.
        journal: Notes the steps.
        who: Who asks.
        verifier: The whole verification; None: health and a page.
    """

    host: VercelHost
    rules: Rules
    journal: Journal
    who: str = ""
    verifier: Verifier | None = None

    def release(
        self,
        commit: str,
        *,
        skip_bake: bool = False,
        pardon: bool = False,
        fallback: bool = False,
        reason: str = "",
    ) -> Result:
        """Make a commit live, with today's variables.

        Args:
            commit: Full commit id.
            skip_bake: Do not watch after the switch; the candidate is verified all the same.
            pardon: Release although it was rolled back.
            fallback: It must be the app with Clerk's own components; else it must not be.
            reason: Why, for the history.
        """
        run = _Run(kind=results.RELEASE)
        bake = not skip_bake and bool(self.rules.bake_minutes)
        try:
            self._forward(run, commit, bake=bake, pardon=pardon, fallback=fallback, reason=reason)
        except DeployError as error:
            self.journal.end(error.message)
            self._end(run, error)
        return self._result(run)

    def roll_back(self, to: str = "") -> Result:
        """Give the domains back to an earlier deployment; nothing is built.

        Args:
            to: Deployment, release or commit; empty: what was live before.
        """
        run = _Run(kind=results.ROLLBACK)
        try:
            self._back(run, to)
        except DeployError as error:
            self.journal.end(error.message)
            run.settle(_outcome(error, moved=run.moved), error)
        return self._result(run)

    def _forward(
        self, run: "_Run", commit: str, *, bake: bool, pardon: bool, fallback: bool, reason: str
    ) -> None:
        host, journal = self.host, self.journal
        journal.begin("look")
        project = host.require_ready()
        revision = host.deployed_revision(project)
        run.live = live = host.live(project)
        if _is_live(live, commit=commit, revision=revision):
            run.candidate = live.deployment
            journal.end(f"{commit[:12]} is live already")
            run.outcome = results.NOTHING
            return
        found = host.find(project, commit, revision)
        if found and not pardon:
            _refuse_condemned(project, found)
        journal.end(_plan(live, found))

        journal.begin("build")
        meta = {COMMIT: commit, REVISION: revision, PREVIOUS: live.id, WHO: self.who, REASON: reason}
        run.built = found is None
        run.candidate = found or host.start(project, commit, {k: v for k, v in meta.items() if v})
        run.candidate = host.await_build(run.candidate, deadline=host.clock() + self.rules.build_minutes * 60)
        _refuse_live_already(run)
        journal.end(f"{run.candidate.id} is {run.candidate.state} {run.candidate.substate}".strip())

        journal.begin("verify")
        health = host.verify(run.candidate, revision=revision, deadline=host.clock() + WARM_SECONDS)
        run.release = health.release
        require_same_app(health.release, is_fallback=health.is_fallback, wanted=fallback)
        told = self.verifier.candidate(run.candidate, health) if self.verifier else ""
        journal.end(told or f"{health.release} is well")
        self._switch(run)
        self._confirm(run.candidate)
        if self.verifier:
            journal.begin("verify-live")
            journal.end(self.verifier.live(health))
        if bake:
            self._bake(run.candidate)
        run.outcome = results.PROMOTED

    def _switch(self, run: "_Run") -> None:
        host, candidate = self.host, run.candidate
        assert candidate is not None
        self.journal.begin("switch")
        project = host.project()
        require_still(project)
        now = host.live(project)
        if run.live and now.id != run.live.id:
            raise SupersededError(
                f"Somebody else made {now.id or 'nothing'} live since this release began.",
                next_step="clerk-deploy status tells who is live; release again if you still want this",
            )
        run.moved = True
        host.promote(project, candidate, deadline=host.clock() + MOVE_SECONDS)
        self.journal.end(f"the domains were given to {candidate.id}")

    def _confirm(self, deployment: Deployment) -> None:
        self.journal.begin("confirm")
        self.host.confirm(
            deployment,
            answers=self.rules.confirm_answers,
            deadline=self.host.clock() + CONFIRM_SECONDS,
        )
        self.journal.end(f"every answer comes from {deployment.id}")

    def _bake(self, deployment: Deployment) -> None:
        """Watch the domain: enough good looks, and never three bad ones in a row.

        Raises:
            BakeFailedError: The release did not prove itself.
            SupersededError: Somebody else moved the domains.
        """
        self.journal.begin("bake")
        wanted = max(self.rules.looks(self.rules.bake_minutes, tick=BAKE_TICK), self.rules.verifications)
        failures = successes = 0
        for _ in range(wanted):
            self.host.sleep(BAKE_TICK)
            try:
                self._look(deployment)
                failures, successes = 0, successes + 1
            except (CheckFailedError, UnreachableError) as error:
                failures += 1
                if failures > FAILURES_TOLERATED:
                    raise BakeFailedError(
                        f"{failures} looks in a row failed: {error.message}", next_step=error.next_step
                    ) from None
        if successes < self.rules.verifications:
            raise BakeFailedError(
                f"Only {successes} of {wanted} looks were good; {self.rules.verifications} are wanted.",
                next_step="see clerk-deploy logs, then release again",
            )
        self.journal.end(f"{successes} of {wanted} looks were good")

    def _look(self, deployment: Deployment) -> None:
        health = self.host.live_health()
        if not is_from(health, deployment):
            move = self.host.project().move
            if move and move.target != deployment.id:
                raise overtaken(move)
            raise CheckFailedError(
                f"{health.release} of {health.job} answers instead of {deployment.id}.",
                next_step="clerk-deploy status tells who is live",
            )
        expect_well(health, deployment)

    def _end(self, run: "_Run", error: DeployError) -> None:
        """After a failure: traffic on a good release, whatever it takes."""
        if not run.moved or isinstance(error, SupersededError | QueuedError):
            run.settle(_outcome(error, moved=False), error)
            return
        try:
            outcome = self._restore(run)
        except DeployError as trouble:
            self.journal.end(trouble.message)
            run.settle(results.UNKNOWN, error)
            run.reason = f"{error.message} The way back failed too: {trouble.message}"
            run.next_step = trouble.next_step
            return
        run.settle(outcome, error)
        if outcome == results.ROLLED_BACK:
            run.exit_code = Exit.ROLLED_BACK

    def _restore(self, run: "_Run") -> str:
        """Give the domains back to what was live before, unless that is not ours to do."""
        host = self.host
        previous = run.live.deployment if run.live else None
        self.journal.begin("restore")
        project = host.project()
        now = host.live(project)
        if previous is None:
            self.journal.end("nothing was live before it, so it stays")
            return results.ABORTED
        if now.id == previous.id:
            self.journal.end("traffic was never moved")
            return results.ABORTED
        if run.candidate and now.id and now.id != run.candidate.id:
            self.journal.end(f"somebody else made {now.id} live")
            return results.SUPERSEDED
        self._move_back(project, previous)
        host.confirm(previous, answers=self.rules.confirm_answers, deadline=host.clock() + CONFIRM_SECONDS)
        self.journal.end(f"traffic is back on {previous.id}")
        return results.ROLLED_BACK

    def _move_back(self, project: Project, previous: Deployment) -> None:
        """By instant rollback; where that is refused, by promoting what was built for production before."""
        deadline = self.host.clock() + MOVE_SECONDS
        try:
            self.host.roll_back(project, previous, deadline=deadline)
        except VercelRefusedError:
            self.host.promote(project, previous, deadline=deadline)

    def _back(self, run: "_Run", to: str) -> None:
        host, journal = self.host, self.journal
        journal.begin("look")
        project = host.project()
        require_still(project)
        run.live = live = host.live(project)
        target = named(host, project, to, live=live) if to else previous_of(host, project, live)
        run.candidate, run.release = target, target.release
        if target.id == live.id:
            journal.end(f"{target.release} is live already")
            run.outcome = results.NOTHING
            return
        journal.end(f"back to {target.id}, {target.release}, without a build")

        journal.begin("verify")
        journal.end(self._quick_look(target))
        journal.begin("switch")
        run.moved = True
        host.roll_back(project, target, deadline=host.clock() + MOVE_SECONDS)
        journal.end(f"the domains were given to {target.id}")
        self._confirm(target)
        run.outcome = results.PROMOTED

    def _quick_look(self, target: Deployment) -> str:
        """Health is asked for once; a closed door does not stop a rollback, a sick release does."""
        try:
            health = self.host.health(target)
        except ProtectedError:
            return "not looked at: deployment protection, and no bypass secret"
        expect_well(health, target)
        return f"{health.release} is well"

    def _result(self, run: "_Run") -> Result:
        target = run.candidate
        return Result(
            kind=run.kind,
            outcome=run.outcome,
            release=run.release or (target.release if target else ""),
            deployment=target.id if target else "",
            previous=run.live.id if run.live else "",
            built=run.built,
            steps=tuple(self.journal.steps),
            reason=run.reason,
            next_step=run.next_step,
            exit_code=run.exit_code,
        )


@dataclass(kw_only=True)
class _Run:
    """What an operation has found out so far."""

    kind: str
    live: Live | None = None
    candidate: Deployment | None = None
    release: str = ""
    built: bool = False
    moved: bool = False
    outcome: str = results.UNKNOWN
    reason: str = ""
    next_step: str = ""
    exit_code: Exit = Exit.OK

    def settle(self, outcome: str, error: DeployError) -> None:
        """It ended with an error."""
        self.outcome, self.reason, self.next_step = outcome, error.message, error.next_step
        self.exit_code = error.exit_code


def _is_live(live: Live, *, commit: str, revision: str) -> bool:
    if live.health is None or live.deployment is None or live.health.commit != commit:
        return False
    return not revision or live.health.revision == revision


def _refuse_condemned(project: Project, found: Deployment) -> None:
    move = project.move
    if move and move.kind == results.ROLLBACK and move.done and move.source == found.id:
        raise CondemnedError(
            f"{found.release} ({found.id}) was rolled back.",
            next_step="release a commit that mends it; or the same one again with --pardon",
        )


def _refuse_live_already(run: _Run) -> None:
    """A build that took the domains by itself was not staged: say so instead of verifying too late."""
    candidate = run.candidate
    if candidate and run.built and candidate.was_live:
        run.moved = True
        raise CheckFailedError(
            f"{candidate.id} took the domains as soon as it was built, unverified.",
            next_step="switch off auto-assignment of production domains (pulumi up in pulumi/vercel)",
        )


def _plan(live: Live, found: Deployment | None) -> str:
    now = f"{live.health.release} is live" if live.health else "nothing answers as a release"
    return f"{now}; {f'{found.id} holds the commit' if found else 'the commit is to be built'}"


def _outcome(error: DeployError, *, moved: bool) -> str:
    if isinstance(error, QueuedError):
        return results.QUEUED
    if isinstance(error, SupersededError):
        return results.SUPERSEDED
    if not moved and error.exit_code in (Exit.REFUSED, Exit.USAGE):
        return results.REFUSED
    if moved and isinstance(error, UnreachableError):
        return results.UNKNOWN
    return results.ABORTED
