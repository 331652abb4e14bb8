"""Amplify Hosting behind its edge, as a host of releases: prepare, build, look, switch."""

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from clerk_deploy.errors import CheckFailedError, RefusedError, UnreachableError
from clerk_deploy.http import Http
from clerk_deploy.release.edge_state import EdgeState
from clerk_deploy.release.edge_store import EdgeStore
from clerk_deploy.release.errors import SupersededError
from clerk_deploy.release.github import Repository
from clerk_deploy.release.health import PATH as HEALTH_PATH
from clerk_deploy.release.health import Health, ask_health, expect_release
from clerk_deploy.release.slots import Build, Slots

WRITE_ATTEMPTS = 4
"""Times that the store is written again after somebody else wrote to it."""


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """The edge's tokens, the newest first; all are accepted, the first is used.

    Args:
        origin: Tell the app that a request came through the edge.
        release: Let a request name its slot.
        verification: Mark a request as verification's own.
    """

    origin: tuple[str, ...]
    release: tuple[str, ...]
    verification: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Without the tokens."""
        return "Tokens(********)"


@dataclass(frozen=True, kw_only=True)
class AmplifyHost:
    """One environment on Amplify.

    Args:
        slots: Its slots.
        store: Its edge's store.
        repository: The application's repository.
        http: Reaches the site.
        site: https://DOMAIN.
        tokens: The edge's tokens.
        clock: Tells the time in seconds.
        sleep: Waits a number of seconds.
        other_sites: https://HOST of the site's other names.
        branch: The branch that releases come from.
        parameters: boto3's `ssm` client.
        revision_parameter: Where the pushed revision stands.
        wall_clock: Tells the time in seconds since the epoch.
    """

    slots: Slots
    store: EdgeStore
    repository: Repository
    http: Http
    site: str
    tokens: Tokens
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    other_sites: tuple[str, ...] = ()
    branch: str = "main"
    parameters: Any = None
    revision_parameter: str = ""
    wall_clock: Callable[[], float] = time.time

    def edge(self) -> EdgeState:
        """Who is live: the truth about traffic."""
        return self.store.read().state or EdgeState()

    def prepare(self, *, fence: int | None = None) -> EdgeState:
        """Bring the slots' domains and the tokens into the store; traffic stays where it is.

        Args:
            fence: Number of the operation; None when nothing else can be at work.

        Raises:
            RefusedError: Somebody else kept writing to the store at the same moment.
            SupersededError: A newer operation wrote to it.
        """
        domains = self.slots.domains()

        def wanted(state: EdgeState) -> EdgeState:
            return replace(
                state,
                slots=domains,
                origin=self.tokens.origin[0],
                release=self.tokens.release,
            )

        return self._write(wanted, fence=fence)

    def build(self, slot: str, commit: str, *, deadline: float) -> Build:
        """Build a commit in a slot.

        Args:
            slot: A slot that is not live.
            commit: Full commit id.
            deadline: Clock time in seconds after which to give up.

        Raises:
            CheckFailedError: The slot is live, or the build failed.
            UnreachableError: The build was not finished at the deadline, or GitHub did not answer.
        """
        state = self.store.read().state
        if state and state.live == slot:
            raise CheckFailedError(f"{slot} is live.", next_step="build in a slot that gets no traffic")
        self.repository.point_branch(self.slots.branch(slot), commit)
        started = self.slots.start(slot)
        return self.slots.wait(slot, started.job, deadline=deadline, clock=self.clock, sleep=self.sleep)

    def verify(self, slot: str, *, commit: str, job: str, deadline: float) -> Health:
        """Ask a slot for its health, on the production domain, until it is well.

        A slot may start cold, and what `prepare` wrote takes its time to reach the edge.

        Args:
            slot: The slot.
            commit: Full id of the commit that it must serve.
            job: The job that built it.
            deadline: Clock time in seconds after which to give up.

        Raises:
            CheckFailedError: At the deadline another build answers, or it is not well.
            UnreachableError: At the deadline it does not answer as a release does.
        """
        while True:
            try:
                health = ask_health(self.http, self.site, headers=self.slot_headers(slot))
                expect_release(health, commit=commit, slot=slot, job=job)
                return health
            except (CheckFailedError, UnreachableError):
                if self.clock() >= deadline:
                    raise
                self.sleep(0.5)

    def switch(self, slot: str, *, fence: int | None = None) -> None:
        """Make a slot live: one conditional write. Nothing is written when it is live already.

        Args:
            slot: The slot.
            fence: Number of the operation; None takes the next one.

        Raises:
            RefusedError: Somebody else kept writing to the store at the same moment.
            SupersededError: A newer operation wrote to it.
        """

        def wanted(state: EdgeState) -> EdgeState:
            number = state.fence + 1 if fence is None else fence
            if state.live == slot and not state.candidate:
                return state
            return state.with_live(slot, fence=number)

        self._write(wanted, fence=fence)

    def share(self, slot: str, percentage: int, *, fence: int) -> None:
        """Send a share of clients to a slot; none with an empty slot.

        Raises:
            RefusedError: Somebody else kept writing to the store at the same moment.
            SupersededError: A newer operation wrote to it.
        """
        self._write(
            lambda state: (
                replace(state, candidate=slot, percentage=percentage, fence=fence)
                if (state.candidate, state.percentage) != (slot, percentage)
                else state
            ),
            fence=fence,
        )

    def _write(self, change: Callable[[EdgeState], EdgeState], *, fence: int | None) -> EdgeState:
        """Read, change, write if nobody wrote in between; a few times when somebody did."""
        attempts = 1 if fence is None else WRITE_ATTEMPTS
        while True:
            stored = self.store.read()
            state = stored.state or EdgeState()
            if fence is not None and state.fence > fence:
                raise SupersededError(
                    f"The edge was last written by operation {state.fence}, which is newer than {fence}.",
                    next_step="clerk-deploy status tells how things stand",
                )
            wanted = change(state)
            if wanted == stored.state:
                return wanted
            attempts -= 1
            try:
                self.store.write(wanted, etag=stored.etag)
            except RefusedError:
                if attempts <= 0:
                    raise
                self.sleep(0.2)
                continue
            return wanted

    def resolve(self, commit: str) -> str:
        """The full id of a commit, branch or tag; empty: of the environment's branch."""
        return self.repository.resolve(commit or self.branch)

    def deployed_revision(self, slot: str) -> str:
        """The revision that the slot's next build gets."""
        return self.slots.variable(slot, "RELEASE_REVISION")

    def pushed_revision(self) -> str:
        """The revision that was pushed last."""
        return str(self.parameters.get_parameter(Name=self.revision_parameter)["Parameter"]["Value"])

    def newest(self, slot: str) -> Build | None:
        """The slot's newest job."""
        return self.slots.newest(slot)

    def start(self, slot: str, commit: str) -> Build | None:
        """Build a commit in a slot; None when Amplify takes no further job now."""
        self.repository.point_branch(self.slots.branch(slot), commit)
        return self.slots.start_if_possible(slot)

    def look(self, slot: str, job: str) -> Build:
        """A job as it is now."""
        return self.slots.look(slot, job)

    def stop(self, slot: str, job: str) -> None:
        """End a job that is not finished."""
        self.slots.stop(slot, job)

    def health(self, slot: str) -> Health:
        """What a slot says of itself, asked on the production domain."""
        return ask_health(self.http, self.site, headers={**self.slot_headers(slot), **self._signature()})

    def answers_from(self, slot: str, *, answers: int) -> bool:
        """Whether so many answers in a row come from a slot, on each of the site's names."""
        for _ in range(answers):
            for site in (self.site, *self.other_sites):
                if self._answering(site) != slot:
                    return False
        return True

    def wait_until_live(self, slot: str, *, answers: int, deadline: float) -> None:
        """Ask the domain until a number of answers in a row come from the slot.

        Args:
            slot: The slot that was switched to.
            answers: How many right answers in a row are enough.
            deadline: Clock time in seconds after which to give up.

        Raises:
            CheckFailedError: The edge still answered from another slot at the deadline.
        """
        in_a_row = 0
        while in_a_row < answers:
            answering = self._answering(self.site)
            in_a_row = in_a_row + 1 if answering == slot else 0
            if in_a_row < answers and self.clock() >= deadline:
                raise CheckFailedError(
                    f"{self.site} still answers from {answering}, not from {slot}.",
                    next_step="the store's change has not reached every edge: look again in a minute",
                )
            if in_a_row == 0:
                self.sleep(0.5)

    def _answering(self, site: str) -> str:
        try:
            return ask_health(self.http, site, headers=self._signature()).slot
        except UnreachableError:
            return "no slot"

    def live_health(self) -> Health:
        """What the live release says of itself, asked as a user would."""
        return ask_health(self.http, self.site, headers=self._signature())

    def _signature(self) -> dict[str, str]:
        """The header that marks a request as verification's own; its lines prove that lines arrive."""
        if not self.tokens.verification:
            return {}
        seconds = str(int(self.wall_clock()))
        text = f"{seconds}\nGET\n{HEALTH_PATH}".encode()
        made = hmac.new(self.tokens.verification[0].encode(), text, "sha256").hexdigest()
        return {"x-verification": f"t={seconds};v1={made}"}

    def slot_headers(self, slot: str) -> Mapping[str, str]:
        """Headers with which the edge sends a request to a slot, whatever is live."""
        return {"x-release-slot": slot, "x-release-token": self.tokens.release[0]}
