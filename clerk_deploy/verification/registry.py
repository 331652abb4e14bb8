"""Checks are data: one decorated function each. Declaring a check is all that a new one needs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clerk_deploy.errors import UnusableInputError
from clerk_deploy.verification.findings import Finding

if TYPE_CHECKING:
    from clerk_deploy.verification.context import Context

Function = Callable[["Context"], Finding]


class Severity(StrEnum):
    """How bad a failure is."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Moment(StrEnum):
    """When a verification runs."""

    CANDIDATE = "candidate"
    """Before the switch, through the edge's release token."""
    DOMAIN = "domain"
    """The live domain: after the switch, after `pulumi up`, or when a person asks."""
    SCHEDULE = "schedule"
    """Every few minutes, for ever: gentle on Clerk's rate limits."""
    EMERGENCY = "emergency"
    """Before a rollback's switch: only what shows that users can sign in."""


class Need(StrEnum):
    """What a check cannot do without."""

    HTTPS = "https"
    PUBLISHABLE_KEY = "publishable key"
    CLERK_SECRET = "clerk secret"
    SMOKE_USER = "smoke user"
    OTHER_TENANT_USER = "other tenant's user"
    TENANT = "tenant"
    BACKEND = "backend"
    DNS = "dns"
    CLERK_CNAMES = "clerk cnames"
    SOCIAL = "social"
    SIGN_UP = "sign-up"
    AWS = "aws"
    EARLIER_ASSETS = "earlier assets"
    ORIGINS = "origins"
    BACKEND_SIGN_IN = "sign-in by the app"
    CLIENT_SIDE = "client-side Clerk"


EVERY_RUN: Final = frozenset(Moment)
LIVE: Final = frozenset({Moment.DOMAIN, Moment.SCHEDULE})
WITH_CANDIDATE: Final = frozenset({Moment.CANDIDATE, Moment.DOMAIN, Moment.SCHEDULE})
THOROUGH: Final = frozenset({Moment.CANDIDATE, Moment.DOMAIN})
ON_REQUEST: Final[frozenset[Moment]] = frozenset()
"""Only when named by id or tag: it is expensive, or leaves something behind."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One promise that can be tested from outside.

    Args:
        id: `subject.promise`.
        title: The promise, as a table shows it.
        guide: The line of the guide that it stands for.
        severity: How bad a failure is.
        needs: What it cannot do without.
        runs_in: The moments at which it runs by itself; none: only when asked for.
        tags: More names to select it by; its subject and severity are tags too.
        why: What is at stake, and the usual cause.
        next_step: What to do when it fails.
        deadline: Seconds after which it is given up.
        function: Finds out.
    """

    id: str
    title: str
    guide: str
    severity: Severity
    needs: frozenset[Need]
    runs_in: frozenset[Moment]
    tags: frozenset[str]
    why: str
    next_step: str
    deadline: float
    function: Function


_CHECKS: dict[str, Check] = {}


def check(
    *,
    id: str,  # noqa: A002 - a check's id is called id wherever it is shown
    title: str,
    guide: str,
    why: str,
    next_step: str,
    severity: Severity = Severity.HIGH,
    needs: Iterable[Need] = (),
    runs_in: Iterable[Moment] = EVERY_RUN,
    tags: Iterable[str] = (),
    deadline: float = 20.0,
) -> Callable[[Function], Function]:
    """Declares a check; the arguments are those of Check."""

    def declare(function: Function) -> Function:
        if id in _CHECKS:
            raise ValueError(f"two checks are called {id}")
        subject = id.partition(".")[0]
        _CHECKS[id] = Check(
            id=id,
            title=title,
            guide=guide,
            severity=severity,
            needs=frozenset(needs),
            runs_in=frozenset(runs_in),
            tags=frozenset({subject, severity.value, *tags}),
            why=why,
            next_step=next_step,
            deadline=deadline,
            function=function,
        )
        return function

    return declare


def all_checks() -> tuple[Check, ...]:
    """Every declared check, in the order of declaration."""
    import clerk_deploy.verification.checks  # noqa: F401 - importing it declares them

    return tuple(_CHECKS.values())


def select(
    checks: Sequence[Check], *, moment: Moment, only: Sequence[str] = (), skip: Sequence[str] = ()
) -> tuple[Check, ...]:
    """The checks of a run.

    Args:
        checks: To choose from.
        moment: When the run happens. Checks named by `only` run at any moment.
        only: Ids or tags; empty means all of the moment.
        skip: Ids or tags that are left out.

    Raises:
        UnusableInputError: A word is neither id nor tag, or nothing is left.
    """
    known = {word for each in checks for word in (each.id, *each.tags)}
    if strangers := sorted({*only, *skip} - known):
        raise UnusableInputError(
            f"No check has the id or tag {', '.join(strangers)}.",
            next_step="`clerk-deploy verify --list` shows all ids and tags",
        )
    chosen = tuple(
        each
        for each in checks
        if (_named(each, only) if only else moment in each.runs_in) and not _named(each, skip)
    )
    if not chosen:
        raise UnusableInputError(
            "No check is left after --only and --skip.", next_step="leave one of them out"
        )
    return chosen


def _named(each: Check, words: Sequence[str]) -> bool:
    return any(word == each.id or word in each.tags for word in words)
