"""What the stand-in knows: teams, projects, deployments, and who has a project's domains."""

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

STAGED, PROMOTED, ROLLING = "STAGED", "PROMOTED", "ROLLING"


@dataclass(kw_only=True)
class Made:
    """A deployment.

    Args:
        id: Its id.
        host: Its own host name.
        project: Id of its project.
        commit: Full commit id.
        ref: The branch that was named.
        meta: What the caller wrote down.
        created: Milliseconds since the epoch.
        state: Vercel's readyState.
        substate: Vercel's readySubstate; empty until it is ready.
        problem: Why the build failed.
        port: Where its server listens on loopback; 0 while it does not.
    """

    id: str
    host: str
    project: str
    commit: str
    ref: str
    meta: dict[str, str]
    created: int
    state: str = "QUEUED"
    substate: str = ""
    problem: str = ""
    port: int = 0


@dataclass(kw_only=True)
class Moving:
    """A move of a project's domains.

    Args:
        source: Deployment that had them; empty for none.
        target: Deployment that gets them.
        kind: `promote` or `rollback`.
        at: When it was asked for, in seconds of the clock.
        status: Vercel's jobStatus.
    """

    source: str
    target: str
    kind: str
    at: float
    status: str = "pending"


@dataclass(kw_only=True)
class Variable:
    """A variable of a project; a sensitive one is never given back."""

    id: str
    key: str
    value: str = field(repr=False)
    kind: str
    targets: tuple[str, ...]


@dataclass(kw_only=True)
class Site:
    """A project.

    Args:
        id: Its id.
        name: Its name.
        team: The team's id.
        repository: OWNER/NAME on GitHub.
        build_command: What builds the app.
        root: Folder of the app in the repository.
        domains: Host names, and whether each is verified.
        variables: What builds and servers get.
        auto_assign: New production builds take the domains by themselves.
        protected: Deployments' own addresses demand the bypass secret.
        bypass: That secret.
        hobby: The plan goes back to the deployment before, and no further.
        rolling: A rolling release is at work: promotions queue behind it.
        live: Deployment that has the domains.
        before: Deployment that had them before.
        moving: The last move.
    """

    id: str
    name: str
    team: str
    repository: str
    build_command: str = ""
    root: str = "."
    domains: dict[str, bool] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)
    auto_assign: bool = False
    protected: bool = False
    bypass: str = field(default="", repr=False)
    hobby: bool = False
    rolling: bool = False
    live: str = ""
    before: str = ""
    moving: Moving | None = None


@dataclass(kw_only=True)
class Fault:
    """What a call answers instead of what it should.

    Args:
        call: The call's name: see rehearsal.vercel.api.
        status: HTTP status.
        code: Vercel's error code.
        message: Its message.
        limit_reset: `limit.reset` of a 429, in seconds since the epoch.
        times: How often.
        after_effect: The call does what it was asked first, and then answers so.
    """

    call: str
    status: int
    code: str = "internal_server_error"
    message: str = ""
    limit_reset: float | None = None
    times: int = 1
    after_effect: bool = False


class Vercel:
    """The stand-in's state. Moves take effect by the clock, each at one moment.

    Args:
        clock: Seconds since the epoch.
        build: Builds a deployment, and says so by `ready` or `fail`.
        knows_commit: Whether a repository has a commit.
        move_seconds: How long a move of the domains takes.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        build: Callable[[Made], None],
        knows_commit: Callable[[str, str], bool],
        move_seconds: float = 0.3,
    ) -> None:
        self.clock = clock
        self.move_seconds = move_seconds
        self.tokens: dict[str, frozenset[str]] = {}
        self.faults: list[Fault] = []
        self.calls: list[str] = []
        self.knows_commit = knows_commit
        self._build = build
        self._lock = threading.RLock()
        self._sites: dict[str, Site] = {}
        self._made: dict[str, Made] = {}

    def add_site(self, site: Site) -> Site:
        """Add a project."""
        with self._lock:
            self._sites[site.id] = site
        return site

    def site(self, name: str) -> Site | None:
        """A project by id or name, its move brought up to date."""
        with self._lock:
            found = self._sites.get(name) or next(
                (each for each in self._sites.values() if each.name == name), None
            )
            if found:
                self._settle(found)
            return found

    def deployment(self, name: str) -> Made | None:
        """A deployment by id or host name."""
        with self._lock:
            return self._made.get(name) or next(
                (each for each in self._made.values() if each.host == name), None
            )

    def deployments(self, site: Site) -> list[Made]:
        """A project's deployments, the newest first."""
        with self._lock:
            self._settle(site)
            own = [each for each in self._made.values() if each.project == site.id]
            return sorted(own, key=lambda each: each.created, reverse=True)

    def create(self, site: Site, *, commit: str, ref: str, meta: Mapping[str, str]) -> Made:
        """A new deployment, whose build begins."""
        number = secrets.token_hex(5)
        made = Made(
            id=f"dpl_{secrets.token_hex(12)}",
            host=f"{site.name}-{number}.vercel.app",
            project=site.id,
            commit=commit,
            ref=ref,
            meta={**meta, "githubCommitSha": commit, "githubCommitRef": ref},
            created=int(self.clock() * 1000),
        )
        with self._lock:
            newest = max((each.created for each in self._made.values()), default=0)
            made.created = max(made.created, newest + 1)
            self._made[made.id] = made
        self._build(made)
        return made

    def ready(self, made: Made, *, port: int) -> None:
        """A build is over and its server listens."""
        with self._lock:
            made.port, made.state, made.substate = port, "READY", STAGED
            site = self._sites[made.project]
            if site.auto_assign:
                self._give(site, made)

    def fail(self, made: Made, *, problem: str, state: str = "ERROR") -> None:
        """A build failed."""
        with self._lock:
            made.state, made.problem = state, problem

    def delete(self, made: Made) -> None:
        """A deployment is deleted, as retention does."""
        with self._lock:
            del self._made[made.id]

    def move(self, site: Site, made: Made, *, kind: str) -> bool:
        """Begin to move the domains.

        Returns:
            False when the move queues behind a rolling release.
        """
        with self._lock:
            site.moving = Moving(source=site.live, target=made.id, kind=kind, at=self.clock())
            return not site.rolling

    def finish_rolling(self, site: Site) -> None:
        """The rolling release is over: what queued behind it begins."""
        with self._lock:
            site.rolling = False
            if site.moving:
                site.moving.at = self.clock()

    def is_moving(self, site: Site) -> bool:
        """Whether a move is at work."""
        with self._lock:
            self._settle(site)
            return site.moving is not None and site.moving.status in ("pending", "in-progress")

    def serving(self, host: str) -> Made | None:
        """The deployment that answers for a host name; all names of a project switch at one moment."""
        with self._lock:
            for site in self._sites.values():
                if site.domains.get(host):
                    self._settle(site)
                    return self._made.get(site.live)
            found = self.deployment(host)
            return found if found and found.state == "READY" else None

    def is_open(self, host: str, bypass: str) -> bool:
        """Whether deployment protection lets a request pass."""
        with self._lock:
            made = next((each for each in self._made.values() if each.host == host), None)
            site = self._sites[made.project] if made else None
            return site is None or not site.protected or (bool(bypass) and bypass == site.bypass)

    def take_fault(self, call: str, *, after_effect: bool) -> Fault | None:
        """The fault that the next call of a name meets, used up by it."""
        with self._lock:
            for fault in self.faults:
                if fault.call in (call, "any") and fault.after_effect == after_effect and fault.times:
                    fault.times -= 1
                    return fault
        return None

    def _settle(self, site: Site) -> None:
        moving = site.moving
        if moving is None or moving.status != "pending" or site.rolling:
            return
        if self.clock() - moving.at >= self.move_seconds:
            self._give(site, self._made[moving.target])
            moving.status = "succeeded"

    def _give(self, site: Site, made: Made) -> None:
        site.before, site.live, made.substate = site.live, made.id, PROMOTED
