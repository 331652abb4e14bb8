"""A person forbids releases: noted on the engine, where everybody finds it who could release."""

from dataclasses import dataclass

from clerk_deploy.containers.docker import Docker
from clerk_deploy.release.errors import FrozenError
from clerk_deploy.release.ledger.records import Freeze


@dataclass(frozen=True, kw_only=True)
class FreezeNote:
    """The freeze of one environment, a Docker config.

    Args:
        docker: The engine.
        prefix: The environment's prefix.
    """

    docker: Docker
    prefix: str

    @property
    def name(self) -> str:
        """Its name on the engine."""
        return f"{self.prefix}-freeze"

    def read(self) -> Freeze | None:
        """The freeze; None when releases are allowed."""
        document = self.docker.note(self.name)
        return Freeze.read(document) if document is not None else None

    def write(self, freeze: Freeze) -> None:
        """Forbid releases, in place of what was said before."""
        self.docker.write_note(self.name, freeze.plain())

    def lift(self) -> Freeze | None:
        """Allow releases again.

        Returns:
            The freeze that was lifted.
        """
        before = self.read()
        self.docker.remove_note(self.name)
        return before

    def refuse(self, *, rollback: bool) -> None:
        """Refuse what is forbidden now.

        Args:
            rollback: It is a rollback, which a freeze of releases allows.

        Raises:
            FrozenError: A person has forbidden it.
        """
        freeze = self.read()
        if freeze and (freeze.rollbacks or not rollback):
            possible = "" if freeze.rollbacks else "; a rollback is possible all the same"
            raise FrozenError(
                f"{self.prefix} is frozen by {freeze.by}: {freeze.reason}",
                next_step=f"ask them, or clerk-deploy unfreeze{possible}",
            )
