"""What the ledger knows, as frozen types. Reading tolerates what older and newer versions wrote."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self

SCHEMA = 1
"""Raised when a reader of today would misunderstand what is written; absent fields take their defaults."""

RUNNING = "running"
PROMOTED = "promoted"
NOTHING = "nothing to do"
ABORTED = "aborted"
SUPERSEDED = "superseded"
ROLLED_BACK = "rolled back"
REFUSED = "refused"

RELEASE = "release"
ROLLBACK = "rollback"

PIPELINE = "pipeline"

PIPELINE_ROLLBACK = "pipeline-rollback"
"""How the console's stage rollback asks: by commit, whose newest good release is meant."""

EMPTY, BUILDING, HELD = "empty", "building", "held"


@dataclass(frozen=True, kw_only=True)
class Record:
    """Base: from and to plain values."""

    @classmethod
    def read(cls, values: Mapping[str, Any] | None) -> Self:
        """The record of stored values; unknown names are left out, missing ones take their defaults."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in (values or {}).items() if name in known})

    def plain(self) -> dict[str, Any]:
        """Values to store."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Placement(Record):
    """A release in a slot.

    Args:
        release: Short name, `commit-revision`; empty for nothing.
        commit: Full commit id.
        revision: Revision of the variables.
        slot: The slot.
        job: The job that built it.
        fallback: It is the app with Clerk's own components.
    """

    release: str = ""
    commit: str = ""
    revision: str = ""
    slot: str = ""
    job: str = ""
    fallback: bool = False


@dataclass(frozen=True, kw_only=True)
class Freeze(Record):
    """A person forbids releases.

    Args:
        by: Who.
        reason: Why.
        at: When, in seconds since the epoch.
        rollbacks: Rollbacks are forbidden too.
    """

    by: str = ""
    reason: str = ""
    at: float = 0.0
    rollbacks: bool = False


@dataclass(frozen=True, kw_only=True)
class State(Record):
    """The environment.

    Args:
        schema: Version of what is stored.
        counter: Number of the newest operation.
        live: What has the traffic.
        since: When it got it, in seconds since the epoch.
        operation: The operation that brought it there.
        freeze: Whether releases are forbidden.
    """

    schema: int = SCHEMA
    counter: int = 0
    live: Placement = Placement()
    since: float = 0.0
    operation: int = 0
    freeze: Freeze | None = None

    @classmethod
    def read(cls, values: Mapping[str, Any] | None) -> Self:
        """With what is inside."""
        state = super().read(values)
        found = values or {}
        return replace(
            state,
            live=Placement.read(found.get("live")),
            freeze=Freeze.read(found["freeze"]) if found.get("freeze") else None,
        )


@dataclass(frozen=True, kw_only=True)
class SlotRecord(Record):
    """What a slot holds.

    Args:
        slot: The slot.
        state: `empty`, `building` or `held`.
        release: Short name.
        commit: Full commit id.
        revision: Revision of the variables.
        job: The job that built it.
        built_at: When, in seconds since the epoch.
        fallback: It is the app with Clerk's own components.
    """

    slot: str
    state: str = EMPTY
    release: str = ""
    commit: str = ""
    revision: str = ""
    job: str = ""
    built_at: float = 0.0
    fallback: bool = False

    @property
    def placement(self) -> Placement:
        """What a switch to it makes live."""
        return Placement(
            release=self.release,
            commit=self.commit,
            revision=self.revision,
            slot=self.slot,
            job=self.job,
            fallback=self.fallback,
        )


@dataclass(frozen=True, kw_only=True)
class Good(Record):
    """A release that baked well.

    Args:
        release: Short name.
        commit: Full commit id.
        revision: Revision of the variables.
        at: When its last bake ended, in seconds since the epoch.
        fallback: It is the app with Clerk's own components.
    """

    release: str = ""
    commit: str = ""
    revision: str = ""
    at: float = 0.0
    fallback: bool = False

    @property
    def wanted(self) -> Placement:
        """What a rollback to it makes live, wherever it is."""
        return Placement(
            release=self.release, commit=self.commit, revision=self.revision, fallback=self.fallback
        )


@dataclass(frozen=True, kw_only=True)
class Condemned(Record):
    """A release that was rolled back.

    Args:
        release: Short name.
        reason: Why.
        at: When, in seconds since the epoch.
        by: Who or what.
    """

    release: str = ""
    reason: str = ""
    at: float = 0.0
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class Lock(Record):
    """The lock. It stays when it is free, so that an older operation cannot come after a newer one.

    Args:
        holder: Execution of the operation that holds it; empty when it is free.
        purpose: `release` or `rollback`.
        number: The fencing number: of the operation that holds it or held it last.
        expires: Seconds since the epoch after which anybody may take it.
    """

    holder: str = ""
    purpose: str = ""
    number: int = 0
    expires: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Request(Record):
    """What was asked for.

    Args:
        kind: `release` or `rollback`.
        commit: Commit, branch or tag to release; empty: the environment's branch.
        to: Release or commit to roll back to; empty: the last good one.
        who: Who asked.
        how: By what: `cli`, `pipeline`, `alarm`, `pipeline-rollback`, `console`.
        reason: Why.
        despite_alarm: Release although the live release's alarm is red.
        skip_bake: Do not watch after the switch; health is verified all the same.
        pardon: Release although it is condemned.
        fallback: Release the app with Clerk's own components, which `commit` then names.
        pipeline_execution: CodePipeline's execution that asks.
    """

    kind: str = RELEASE
    commit: str = ""
    to: str = ""
    who: str = ""
    how: str = "console"
    reason: str = ""
    despite_alarm: bool = False
    skip_bake: bool = False
    pardon: bool = False
    fallback: bool = False
    pipeline_execution: str = ""


@dataclass(frozen=True, kw_only=True)
class Step(Record):
    """A step of an operation.

    Args:
        name: Its name.
        started: Seconds since the epoch.
        seconds: How long it took, from its first look to its last.
        note: What it found.
    """

    name: str
    started: float = 0.0
    seconds: float = 0.0
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Progress(Record):
    """What the steps remember, so that a retry continues instead of doing it again.

    Args:
        plan: `nothing`, `held` or `build`.
        jobs_before: The slot's newest job before ours was started; None until then.
        waits: Looks at the start, the queue, the build and the edge, by name.
        before: What was live before the switch; None until the switch.
        canary: A share of clients was sent to the candidate.
        red_before: The candidate's alarm was red before the switch and has not been OK since.
        looks: Looks of the bake that is going on.
        baking: `canary` or `live`.
        successes: Verifications that succeeded in it.
        failures: Verifications that failed in a row.
        unreadable: Times in a row that the alarm could not be read.
        readable: Whether the alarm's last state was a clear one.
        evidence: The candidate's own lines have arrived as a metric.
        promoted: It is good.
        restored: Traffic was taken back.
    """

    plan: str = ""
    jobs_before: str | None = None
    waits: dict[str, int] = field(default_factory=dict)
    before: Placement | None = None
    canary: bool = False
    red_before: bool = False
    looks: int = 0
    baking: str = ""
    successes: int = 0
    failures: int = 0
    unreadable: int = 0
    readable: bool = False
    evidence: bool = False
    promoted: bool = False
    restored: bool = False

    @classmethod
    def read(cls, values: Mapping[str, Any] | None) -> Self:
        """With what is inside."""
        progress = super().read(values)
        before = (values or {}).get("before")
        return replace(progress, before=None if before is None else Placement.read(before))


@dataclass(frozen=True, kw_only=True)
class Operation(Record):
    """One operation, from the request to its outcome.

    Args:
        number: Its number, which is its fencing number too.
        execution: The execution that runs it.
        request: What was asked for.
        started: Seconds since the epoch.
        source: What was live when it began.
        target: What it makes live.
        progress: What its steps remember.
        steps: What was done.
        outcome: `running`, `promoted`, `nothing to do`, `aborted`, `superseded`, `rolled back` or `refused`.
        reason: Why it ended so.
        next_step: What to do now.
        ended: Seconds since the epoch.
        abort: Who wants it to end, and why.
        told: Somebody was told of its outcome.
    """

    number: int
    execution: str = ""
    request: Request = Request()
    started: float = 0.0
    source: Placement = Placement()
    target: Placement = Placement()
    progress: Progress = Progress()
    steps: tuple[Step, ...] = ()
    outcome: str = RUNNING
    reason: str = ""
    next_step: str = ""
    ended: float = 0.0
    abort: str = ""
    told: bool = False

    @property
    def is_rollback(self) -> bool:
        """Whether it goes back."""
        return self.request.kind == ROLLBACK

    @property
    def running(self) -> bool:
        """Whether it has no outcome yet."""
        return self.outcome == RUNNING

    @classmethod
    def read(cls, values: Mapping[str, Any] | None) -> Self:
        """With what is inside."""
        found = values or {}
        return replace(
            super().read(values),
            request=Request.read(found.get("request")),
            source=Placement.read(found.get("source")),
            target=Placement.read(found.get("target")),
            progress=Progress.read(found.get("progress")),
            steps=tuple(Step.read(step) for step in found.get("steps", ())),
        )

    def with_step(self, name: str, *, started: float, now: float, note: str) -> "Operation":
        """With a step added; looks at the same thing are one step."""
        steps = self.steps
        if steps and steps[-1].name == name:
            started, steps = steps[-1].started, steps[:-1]
        step = Step(name=name, started=started, seconds=round(now - started, 3), note=note)
        return replace(self, steps=(*steps, step))

    def remember(self, **changed: Any) -> "Operation":
        """With some of its progress changed."""
        return replace(self, progress=replace(self.progress, **changed))

    def waited(self, what: str) -> "Operation":
        """With one more look at something."""
        waits = {**self.progress.waits, what: self.progress.waits.get(what, 0) + 1}
        return self.remember(waits=waits)
