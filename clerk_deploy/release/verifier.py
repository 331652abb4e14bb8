"""Looking at a release from outside: its health, and what a user would do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from clerk_deploy.errors import DeployError
from clerk_deploy.release.errors import VerificationFailedError
from clerk_deploy.release.health import Health
from clerk_deploy.release.host import Host
from clerk_deploy.release.ledger.records import Placement


class Whole(Protocol):
    """The whole live verification of a slot."""

    def require_ready(self) -> None:
        """Refuse to begin what could not be verified."""

    def __call__(self, placement: Placement, /) -> str:
        """Verify a slot; a sentence about it."""


@dataclass(frozen=True, kw_only=True)
class SiteVerifier:
    """Verifies by the host's health and, for a candidate, by the whole live verification.

    Args:
        host: Asks for health.
        whole: The whole live verification; None where health is all that can be asked for.
    """

    host: Host
    whole: Whole | None = None

    def require_ready(self) -> None:
        """Refuse to begin what could not be verified.

        Raises:
            UnusableInputError: There are no smoke users.
        """
        if self.whole:
            self.whole.require_ready()

    def candidate(self, placement: Placement) -> str:
        """Verify what a slot holds, as a user would.

        Raises:
            VerificationFailedError: It is not as it should be.
        """
        if self.whole is None:
            return self.candidate_again(placement)
        return self.whole(placement)

    def candidate_again(self, placement: Placement) -> str:
        """Ask a slot for its health once."""
        return _expect(lambda: self.host.health(placement.slot), placement)

    def live(self, placement: Placement) -> str:
        """Ask the live site for its health once."""
        return _expect(self.host.live_health, placement)


def _expect(ask: Callable[[], Health], placement: Placement) -> str:
    try:
        health = ask()
    except DeployError as error:
        raise VerificationFailedError(error.message, next_step=error.next_step) from None
    if health.slot != placement.slot or health.commit != placement.commit:
        raise VerificationFailedError(
            f"{health.slot} answers with {health.release}, not {placement.slot} with {placement.release}.",
            next_step="clerk-deploy status tells what the edge says",
        )
    if not health.healthy:
        bad = ", ".join(f"{name}: {result}" for name, result in health.checks.items() if result != "ok")
        raise VerificationFailedError(
            f"{placement.slot} is not well: {bad or 'no reason given'}", next_step="see the log of the slot"
        )
    return f"{health.release} is well"
