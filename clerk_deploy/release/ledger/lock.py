"""The lock: one operation at a time, the newest wins, and nobody writes after having lost it."""

from dataclasses import dataclass

from clerk_deploy.release.errors import LockHeldError, SupersededError
from clerk_deploy.release.ledger.records import RELEASE, ROLLBACK, Lock, Operation
from clerk_deploy.release.ledger.table import Condition, ConditionFailedError, Table

KEY = ("lock", "lock")


@dataclass(frozen=True, kw_only=True)
class LockKeeper:
    """The lock of one environment.

    Args:
        table: The ledger's table.
        lifetime: Seconds after which a lock that nobody gave back may be taken.
    """

    table: Table
    lifetime: float

    def look(self) -> Lock:
        """The lock as it is now."""
        return Lock.read(self.table.get(*KEY))

    def acquire(self, operation: Operation, *, now: float) -> Lock:
        """Take the lock; a rollback takes it from a release. Taking it twice is taking it once.

        Returns:
            The lock as it was before.

        Raises:
            LockHeldError: Another operation holds it; the message names it.
            SupersededError: A newer operation had it already.
        """
        before = self.look()
        purpose = operation.request.kind
        wanted = Lock(
            holder=operation.execution, purpose=purpose, number=operation.number, expires=now + self.lifetime
        )
        try:
            self.table.put(
                {"pk": KEY[0], "sk": KEY[1], **wanted.plain()},
                condition=Condition(
                    text="attribute_not_exists(pk) OR ( #number = :number AND #holder = :holder ) OR "
                    "( #number < :number AND ( #holder = :nobody OR #expires < :now OR "
                    "( :purpose = :rollback AND #purpose = :release ) ) )",
                    values={
                        "number": operation.number,
                        "holder": operation.execution,
                        "nobody": "",
                        "now": now,
                        "purpose": purpose,
                        "rollback": ROLLBACK,
                        "release": RELEASE,
                    },
                ),
            )
        except ConditionFailedError:
            raise self._refusal(operation) from None
        return before

    def check(self, operation: Operation) -> None:
        """Refuse to go on without the lock.

        Raises:
            SupersededError: Another operation took it.
        """
        lock = self.look()
        if not self.is_ours(operation, lock):
            raise SupersededError(
                f"Operation {lock.number} ({lock.purpose or 'nobody'}) has taken over from operation "
                f"{operation.number}.",
                next_step="clerk-deploy status tells how things stand",
            )

    def is_ours(self, operation: Operation, lock: Lock | None = None) -> bool:
        """Whether an operation holds the lock."""
        found = lock or self.look()
        return (found.number, found.holder) == (operation.number, operation.execution)

    def release(self, operation: Operation) -> bool:
        """Give the lock back.

        Returns:
            Whether it was ours to give.
        """
        try:
            self.table.update(
                *KEY,
                {"holder": "", "expires": 0},
                condition=Condition(
                    text="#number = :mine AND #holder = :me",
                    values={"mine": operation.number, "me": operation.execution},
                ),
            )
        except ConditionFailedError:
            return False
        return True

    def _refusal(self, operation: Operation) -> Exception:
        lock = self.look()
        if lock.number > operation.number:
            return SupersededError(
                f"Operation {lock.number} was asked for later and came first; number {operation.number} "
                "must not overtake it.",
                next_step="clerk-deploy history shows what it did; ask again if you still want this",
            )
        return LockHeldError(
            f"Operation {lock.number} ({lock.purpose}) is running: {lock.holder.rsplit(':', 1)[-1]}.",
            next_step="wait for it (clerk-deploy status), or end it (clerk-deploy abort)",
        )
