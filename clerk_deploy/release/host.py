"""The one interface by which the sequence knows hosts."""

from typing import Protocol

from clerk_deploy.release.edge_state import EdgeState
from clerk_deploy.release.health import Health
from clerk_deploy.release.slots import Build


class Host(Protocol):
    """A place that holds releases in slots and sends traffic to one of them."""

    def edge(self) -> EdgeState:
        """Who is live, and who gets a canary's share: the truth about traffic."""

    def prepare(self, *, fence: int) -> EdgeState:
        """Bring addresses and tokens to the edge; traffic stays where it is."""

    def resolve(self, commit: str) -> str:
        """The full id of a commit, branch or tag; empty: of the environment's branch."""

    def deployed_revision(self, slot: str) -> str:
        """The revision that the slot's next build gets."""

    def pushed_revision(self) -> str:
        """The revision that was pushed last."""

    def newest(self, slot: str) -> Build | None:
        """The slot's newest job."""

    def start(self, slot: str, commit: str) -> Build | None:
        """Build a commit in a slot; None when the host takes no further job now."""

    def look(self, slot: str, job: str) -> Build:
        """A job as it is now."""

    def stop(self, slot: str, job: str) -> None:
        """End a job that is not finished."""

    def health(self, slot: str) -> Health:
        """What a slot says of itself, asked on the production domain."""

    def live_health(self) -> Health:
        """What the live release says of itself, asked as a user would."""

    def switch(self, slot: str, *, fence: int) -> None:
        """Make a slot live."""

    def share(self, slot: str, percentage: int, *, fence: int) -> None:
        """Send a share of clients to a slot; none with an empty slot."""

    def answers_from(self, slot: str, *, answers: int) -> bool:
        """Whether so many answers in a row come from a slot, on each of the site's names."""
