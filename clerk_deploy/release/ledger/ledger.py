"""Reading and writing the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass

from clerk_deploy.errors import UnusableInputError
from clerk_deploy.names import SLOTS
from clerk_deploy.release.errors import TransientError
from clerk_deploy.release.ledger.lock import LockKeeper
from clerk_deploy.release.ledger.records import (
    RUNNING,
    SCHEMA,
    Condemned,
    Freeze,
    Good,
    Operation,
    Placement,
    Request,
    SlotRecord,
    State,
)
from clerk_deploy.release.ledger.table import Change, Condition, ConditionFailedError, Put, Table

STATE = ("environment", "state")
ATTEMPTS = 8
"""Times that a number is drawn again when others draw at the same moment."""
DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """The ledger of one environment.

    Args:
        table: Its table.
        history_days: Days that operations are kept.
        lock_seconds: Seconds after which a lock that nobody gave back may be taken.
    """

    table: Table
    history_days: int = 365
    lock_seconds: float = 3 * 3600

    @property
    def lock(self) -> LockKeeper:
        """The lock."""
        return LockKeeper(table=self.table, lifetime=self.lock_seconds)

    def state(self) -> State:
        """The environment.

        Raises:
            UnusableInputError: A newer version of this program wrote it.
        """
        state = State.read(self.table.get(*STATE))
        if state.schema > SCHEMA:
            raise UnusableInputError(
                f"The ledger was written by a newer clerk-deploy (schema {state.schema}; this one knows "
                f"{SCHEMA}).",
                next_step="install the version that is deployed, or deploy the Delivery stack with this one",
            )
        return state

    def begin(self, request: Request, *, execution: str, now: float, above: int) -> Operation:
        """The operation of an execution: made by the first call, found by every later one.

        Args:
            request: What is asked for.
            execution: The execution.
            now: Seconds since the epoch.
            above: Its number is greater than this one; the edge's may be ahead of a restored ledger.

        Raises:
            TransientError: Too many others drew numbers at the same moment.
        """
        for _ in range(ATTEMPTS):
            if found := self.of_execution(execution):
                return found
            state = self.state()
            number = max(state.counter, above) + 1
            operation = Operation(
                number=number, execution=execution, request=request, started=now, source=state.live
            )
            try:
                self.table.write_all(
                    [
                        Change(
                            pk=STATE[0],
                            sk=STATE[1],
                            values={"counter": number, "schema": SCHEMA},
                            condition=_counted(state.counter),
                        ),
                        Put(item=self._link(execution, number, now)),
                        Put(item=self._item(operation)),
                    ]
                )
            except ConditionFailedError:
                continue
            return operation
        raise TransientError("Other operations keep drawing numbers from the ledger.")

    def of_execution(self, execution: str) -> Operation | None:
        """The operation that an execution runs; None before it began."""
        link = self.table.get("execution", execution)
        return self.operation(int(link["number"])) if link else None

    def operation(self, number: int) -> Operation | None:
        """An operation by its number."""
        item = self.table.get("operation", _sortable(number))
        return Operation.read(item) if item else None

    def operations(self, *, limit: int = 50) -> list[Operation]:
        """The newest operations, the newest first."""
        return [
            Operation.read(item) for item in self.table.query("operation", newest_first=True, limit=limit)
        ]

    def save(self, operation: Operation) -> None:
        """Write what an operation's steps did. Whether it is to end is others' to write."""
        kept = ("source", "target", "progress", "steps", "outcome", "reason", "next_step", "ended", "told")
        plain = operation.plain()
        values = {name: plain[name] for name in kept}
        self.table.update("operation", _sortable(operation.number), values)

    def ask_to_end(self, number: int, *, by: str) -> bool:
        """Ask a running operation to end.

        Returns:
            Whether it was running.
        """
        try:
            self.table.update(
                "operation",
                _sortable(number),
                {"abort": by},
                condition=Condition(text="#outcome = :running", values={"running": RUNNING}),
            )
        except ConditionFailedError:
            return False
        return True

    def slots(self) -> dict[str, SlotRecord]:
        """What each slot holds."""
        found = {item["sk"]: SlotRecord.read(item) for item in self.table.query("slot")}
        return {slot: found.get(slot, SlotRecord(slot=slot)) for slot in SLOTS}

    def put_slot(self, record: SlotRecord) -> None:
        """Write what a slot holds."""
        self.table.put({"pk": "slot", "sk": record.slot, **record.plain()})

    def set_live(self, placement: Placement, *, now: float, operation: int) -> None:
        """Write what has the traffic."""
        values = {"live": placement.plain(), "since": now, "operation": operation, "schema": SCHEMA}
        self.table.update(*STATE, values)

    def good(self) -> list[Good]:
        """Releases that baked well, the newest bake first."""
        return sorted(map(Good.read, self.table.query("good")), key=lambda each: each.at, reverse=True)

    def add_good(self, placement: Placement, *, now: float) -> None:
        """Note that a release baked well."""
        record = Good(
            release=placement.release,
            commit=placement.commit,
            revision=placement.revision,
            at=now,
            fallback=placement.fallback,
        )
        self.table.put({"pk": "good", "sk": placement.release, **record.plain()})

    def forget_good(self, releases: Iterable[str]) -> None:
        """Take good releases away that are too old to go back to."""
        for release in releases:
            self.table.delete("good", release)

    def condemned(self) -> dict[str, Condemned]:
        """Condemned releases by name."""
        return {item["sk"]: Condemned.read(item) for item in self.table.query("condemned")}

    def condemn(self, release: str, *, reason: str, by: str, now: float) -> None:
        """Forbid a release until a person pardons it."""
        record = Condemned(release=release, reason=reason, at=now, by=by)
        self.table.put({"pk": "condemned", "sk": release, **record.plain()})

    def pardon(self, release: str) -> None:
        """Allow a condemned release again."""
        self.table.delete("condemned", release)

    def freeze(self, freeze: Freeze | None) -> None:
        """Forbid releases, or allow them again."""
        self.table.update(*STATE, {"freeze": freeze.plain() if freeze else None, "schema": SCHEMA})

    def _item(self, operation: Operation) -> dict[str, object]:
        return {
            "pk": "operation",
            "sk": _sortable(operation.number),
            "schema": SCHEMA,
            "ttl": int(operation.started + self.history_days * DAY),
            **operation.plain(),
        }

    def _link(self, execution: str, number: int, now: float) -> dict[str, object]:
        return {
            "pk": "execution",
            "sk": execution,
            "number": number,
            "ttl": int(now + self.history_days * DAY),
        }


def _counted(counter: int) -> Condition:
    return Condition(text="attribute_not_exists(#counter) OR #counter = :before", values={"before": counter})


def _sortable(number: int) -> str:
    return f"{number:012d}"
