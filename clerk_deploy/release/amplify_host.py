"""Amplify Hosting behind its edge, as a host of releases: prepare, build, look, switch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from clerk_deploy.errors import CheckFailedError, UnreachableError
from clerk_deploy.http import Http
from clerk_deploy.names import SLOTS
from clerk_deploy.release.edge_state import EdgeState
from clerk_deploy.release.edge_store import EdgeStore
from clerk_deploy.release.github import Repository
from clerk_deploy.release.health import Health, ask_health, expect_release
from clerk_deploy.release.slots import Build, Slots


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """The edge's tokens, the newest first; all are accepted, the first is used.

    Args:
        origin: Tell the app that a request came through the edge.
        release: Let a request name its slot.
    """

    origin: tuple[str, ...]
    release: tuple[str, ...]

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
    """

    slots: Slots
    store: EdgeStore
    repository: Repository
    http: Http
    site: str
    tokens: Tokens
    clock: Callable[[], float]
    sleep: Callable[[float], None]

    def prepare(self) -> EdgeState:
        """Bring the slots' domains and the tokens into the store; traffic stays where it is.

        Raises:
            RefusedError: Somebody else wrote to the store at the same moment.
        """
        stored = self.store.read()
        current = stored.state or EdgeState()
        wanted = replace(
            current,
            slots={slot: self.slots.domain(slot) for slot in SLOTS},
            origin=self.tokens.origin[0],
            release=self.tokens.release,
        )
        if wanted != stored.state:
            self.store.write(wanted, etag=stored.etag)
        return wanted

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
        self.repository.point_branch(slot, commit)
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

    def switch(self, slot: str) -> None:
        """Make a slot live: one conditional write.

        Raises:
            RefusedError: Somebody else wrote to the store at the same moment.
        """
        stored = self.store.read()
        state = stored.state or EdgeState()
        self.store.write(state.with_live(slot, fence=state.fence + 1), etag=stored.etag)

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
            answering = self._answering()
            in_a_row = in_a_row + 1 if answering == slot else 0
            if in_a_row < answers and self.clock() >= deadline:
                raise CheckFailedError(
                    f"{self.site} still answers from {answering}, not from {slot}.",
                    next_step="the store's change has not reached every edge: look again in a minute",
                )
            if in_a_row == 0:
                self.sleep(0.5)

    def _answering(self) -> str:
        try:
            return ask_health(self.http, self.site, headers={}).slot
        except UnreachableError:
            return "no slot"

    def slot_headers(self, slot: str) -> Mapping[str, str]:
        """Headers with which the edge sends a request to a slot, whatever is live."""
        return {"x-release-slot": slot, "x-release-token": self.tokens.release[0]}
