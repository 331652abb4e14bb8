"""What the commands for Vercel answer, as frozen types."""

from collections.abc import Callable
from dataclasses import dataclass, field

from clerk_deploy.errors import Exit
from clerk_deploy.release.ledger.records import Step

RELEASE, ROLLBACK = "release", "rollback"
PROMOTED = "promoted"
NOTHING = "nothing to do"
ABORTED = "aborted"
REFUSED = "refused"
SUPERSEDED = "superseded"
ROLLED_BACK = "rolled back"
QUEUED = "queued"
UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a release or rollback went.

    Args:
        kind: `release` or `rollback`.
        outcome: One of the words above.
        release: Short name of what was to go live.
        deployment: Its deployment.
        previous: The deployment that was live before.
        built: Whether a build was started for it.
        steps: What was done, each with its seconds.
        reason: Why it ended so.
        next_step: What to do now.
        exit_code: The command's exit code.
    """

    kind: str
    outcome: str
    release: str = ""
    deployment: str = ""
    previous: str = ""
    built: bool = False
    steps: tuple[Step, ...] = ()
    reason: str = ""
    next_step: str = ""
    exit_code: Exit = Exit.OK


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A deployment in the history.

    Args:
        deployment: Its id.
        release: Short name, `commit-revision`.
        commit: Full commit id.
        revision: Revision; empty for a build that a push made.
        created: When it was built, in seconds since the epoch.
        state: As Vercel tells it: READY and STAGED or PROMOTED, or how its build ended.
        live: It has the traffic.
        who: Who asked for it; empty for a build that a push made.
        address: Its own address.
        reason: Why it was asked for.
    """

    deployment: str
    release: str
    commit: str
    revision: str
    created: float
    state: str
    live: bool
    who: str
    address: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Status:
    """How the environment stands.

    Args:
        project: The project's name.
        live: What has the traffic.
        healthy: Whether it says that it is well; None when the domain gives no health answer.
        previous: What a rollback goes to.
        staged: Ready builds of later than the live one, the newest first.
        pending_revision: A revision that the next build gets and the live one has not.
        move: The last move of the domains, in words.
        differences: What is not as it should be.
    """

    project: str
    live: Entry | None
    healthy: bool | None
    previous: Entry | None
    staged: tuple[Entry, ...]
    pending_revision: str
    move: str
    differences: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Logs:
    """Where a deployment's lines are; Vercel keeps them for as long as the plan says.

    Args:
        deployment: The deployment.
        page: Its page in the dashboard; empty when Vercel did not tell.
        command: The Vercel CLI's command that follows them.
    """

    deployment: str
    page: str
    command: str


@dataclass(kw_only=True)
class Journal:
    """Notes the steps of an operation as they end.

    Args:
        wall_clock: Tells the time in seconds since the epoch.
        tell: Is told of each step when it ends.
    """

    wall_clock: Callable[[], float]
    tell: Callable[[Step], None]
    steps: list[Step] = field(default_factory=list)
    _began: float = field(default=0.0, init=False)
    _name: str = field(default="", init=False)

    def begin(self, name: str) -> None:
        """A step begins."""
        self._name, self._began = name, self.wall_clock()

    def end(self, note: str) -> None:
        """The step that began last is over; nothing happens when none is open."""
        if not self._name:
            return
        step = Step(
            name=self._name,
            started=self._began,
            seconds=round(self.wall_clock() - self._began, 3),
            note=note,
        )
        self._name = ""
        self.steps.append(step)
        self.tell(step)
