"""The verbs of the command line for an environment on containers: each answers with a typed result."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clerk_deploy.containers.alarm import ReleaseAlarm
from clerk_deploy.containers.docker import Docker, KeptImage, Run, run_command
from clerk_deploy.containers.freeze import FreezeNote
from clerk_deploy.containers.history import Entry, condemned, last_brought
from clerk_deploy.containers.host import ContainersHost
from clerk_deploy.containers.inputs import read_place, read_values
from clerk_deploy.containers.plan import Plan, plan_release
from clerk_deploy.containers.release import Release
from clerk_deploy.containers.results import Result, Standing
from clerk_deploy.containers.source import known_commit
from clerk_deploy.containers.stack import FOLDER, PROGRAM, open_stack
from clerk_deploy.containers.standing import standing
from clerk_deploy.containers.values import ContainerValues, with_tokens
from clerk_deploy.containers.verification import SiteVerification, Watch, site_verification
from clerk_deploy.environment.secrets_document import SecretsDocument
from clerk_deploy.errors import DeployError, Problem, SettingsError
from clerk_deploy.http import Http
from clerk_deploy.names import Names
from clerk_deploy.release.errors import CondemnedError
from clerk_deploy.release.ledger.records import NOTHING, PROMOTED, RELEASE, ROLLBACK, Freeze
from clerk_deploy.release.pool import open_pool
from clerk_deploy.release.which_app import require_same_app
from clerk_deploy.verification.routes import Routes


def _silent(_line: str) -> None:
    """Lines that nobody reads."""


@dataclass(frozen=True, kw_only=True)
class ContainerOperations:
    """What can be asked for.

    Args:
        host: The environment.
        routes: How verification reaches hosts.
        wall_clock: Tells the time in seconds since the epoch.
    """

    host: ContainersHost
    routes: Routes = field(repr=False)
    wall_clock: Callable[[], float] = time.time

    @property
    def freeze_note(self) -> FreezeNote:
        """Whether releases are forbidden."""
        return FreezeNote(docker=self.host.docker, prefix=self.host.place.names.prefix)

    def release(
        self,
        commit: str = "",
        *,
        smoke: Callable[[], Mapping[str, Any]] | None,
        skip_bake: bool = False,
        pardon: bool = False,
        fallback: bool = False,
        reason: str = "",
        alarm: ReleaseAlarm | None = None,
        despite_alarm: bool = False,
    ) -> Result:
        """Make a commit live with today's variables, verify and watch it; at a failure it is taken back.

        Args:
            commit: Commit, branch or tag; empty: what is checked out.
            smoke: Reads the smoke users; None: health alone is asked for.
            skip_bake: An emergency: health is verified, nothing is watched.
            pardon: Although it was rolled back.
            fallback: It must be the app with Clerk's own components; else it must not be.
            reason: Why, for the history.
            alarm: The release alarm; None where no log reaches Monitoring.
            despite_alarm: Although it is red: this release is the fix.

        Raises:
            DeployError: It is refused or failed; the error says what serves now.
        """
        self.freeze_note.refuse(rollback=False)
        values = self.values()
        plan = self._plan(commit, values)
        release = plan.release
        history = self.host.history()
        self._refuse_other_app(release, fallback=fallback)
        if self._is_live(release, fallback=fallback) and last_brought(history) == release.name:
            return Result(kind=RELEASE, outcome=NOTHING, release=release.name, before=release.name)
        if not pardon:
            _refuse_condemned(release.name, history)
        if alarm:
            alarm.begin(despite=despite_alarm)
        rules = self.host.place.environment.release.rules
        watch = None if skip_bake else self._watch(release, values, smoke, alarm, fallback=fallback)
        made = self.host.release(
            commit=plan.commit,
            image=plan.image,
            fallback=fallback,
            reason=reason,
            bake_seconds=0.0 if skip_bake else rules.bake_minutes * 60.0,
            verify=watch,
        )
        return Result(
            kind=made.purpose,
            outcome=PROMOTED,
            release=made.release,
            before=made.before,
            built=made.built,
            seconds=made.seconds,
            pruned=made.pruned,
        )

    def way_back(self, to: str = "", *, pardon: bool = False) -> KeptImage:
        """Where a rollback would go.

        Args:
            to: Release or beginning of a commit; empty: the last good one.
            pardon: Although it was rolled back itself.

        Raises:
            DeployError: Rollbacks are frozen, or there is nothing to go back to.
        """
        self.freeze_note.refuse(rollback=True)
        return self.host.target(to or None, live=self.running(), pardon=pardon)

    def rollback(self, to: str, *, pardon: bool = False, reason: str = "") -> Result:
        """Go back to a kept release without a build.

        Args:
            to: Its name.
            pardon: Although it was rolled back itself.
            reason: Why, for the history.

        Raises:
            DeployError: It is refused or failed; the error says what serves now.
        """
        self.freeze_note.refuse(rollback=True)
        made = self.host.rollback(to=to, pardon=pardon, reason=reason)
        return Result(
            kind=ROLLBACK, outcome=PROMOTED, release=made.release, before=made.before, seconds=made.seconds
        )

    def values(self) -> ContainerValues:
        """The contract's values, as the next release would have them.

        Raises:
            DeployError: One is missing or wrong, or AWS did not tell.
        """
        return read_values(self.host.place, folder=self.host.folder)

    def secrets(self, values: ContainerValues) -> SecretsDocument:
        """The secrets that the servers get, tokens included.

        Args:
            values: The contract's values.

        Raises:
            DeployError: The stack has no usable tokens.
        """
        tokens = self.host.stack.secret("tokens")
        return with_tokens(values.secrets, tokens.reveal() if tokens else None)

    def running(self) -> str:
        """The release that the engine runs; empty for none."""
        service = self.host.service()
        return service.release if service else ""

    def history(self, *, limit: int) -> tuple[Entry, ...]:
        """The updates, the newest first."""
        return self.host.history(limit=limit)

    def status(self) -> Standing:
        """How the environment stands."""
        return standing(self.host, self.freeze_note)

    def freeze(self, *, reason: str, everything: bool) -> None:
        """Forbid releases.

        Args:
            reason: Why.
            everything: Rollbacks too.
        """
        self.freeze_note.write(
            Freeze(by=self.host.who, reason=reason, at=self.wall_clock(), rollbacks=everything)
        )

    def unfreeze(self) -> Freeze | None:
        """Allow releases again, and give the freeze that was lifted."""
        return self.freeze_note.lift()

    def interrupted(self) -> str:
        """What goes on after this process was interrupted, in a sentence; asks engine and site."""
        try:
            service = self.host.service()
        except DeployError as error:
            return f"The engine does not tell how it stands: {error.message}"
        if service is None:
            return "Nothing runs yet."
        try:
            live = self.host.live().release
        except DeployError as error:
            live = f"nothing ({error.message})"
        update = f", its update is {service.update}" if service.update else ""
        return (
            f"The engine was given {service.release}{update}, and goes on without this terminal. "
            f"The site answers with {live}. Nothing is watched any more."
        )

    def _plan(self, commit: str, values: ContainerValues) -> Plan:
        return plan_release(
            commit,
            source=self._source,
            declared=self.host.place.containers.release.commit,
            revision=values.revision,
            images=self.host.kept(),
        )

    @property
    def _source(self) -> Path:
        return (self.host.folder / self.host.place.containers.image.source).resolve()

    def _refuse_other_app(self, release: Release, *, fallback: bool) -> None:
        """What the settings' ref names is the fallback; what other commits are only tells what runs."""
        ref = self.host.place.environment.release.fallback
        if ref and not fallback and known_commit(self._source, ref) == release.commit:
            require_same_app(release.name, is_fallback=True, wanted=False)

    def _is_live(self, release: Release, *, fallback: bool) -> bool:
        """Both the engine and the site say so, and it is well."""
        if self.running() != release.name:
            return False
        try:
            health = self.host.live().health
        except DeployError:
            return False
        if not health.healthy or (health.commit, health.revision) != (release.commit, release.revision):
            return False
        require_same_app(release.name, is_fallback=health.is_fallback, wanted=fallback)
        return True

    def _watch(
        self,
        release: Release,
        values: ContainerValues,
        smoke: Callable[[], Mapping[str, Any]] | None,
        alarm: ReleaseAlarm | None,
        *,
        fallback: bool,
    ) -> Watch:
        host = self.host
        whole = self._verification(values, smoke(), fallback=fallback) if smoke else None
        return Watch(
            http=host.http,
            site=host.place.environment.url,
            release=release,
            whole=whole,
            tell=host.progress,
            alarm=alarm,
        )

    def _verification(
        self, values: ContainerValues, smoke: Mapping[str, Any], *, fallback: bool
    ) -> SiteVerification:
        return site_verification(
            self.host.place,
            values,
            secrets=self.secrets(values),
            smoke=smoke,
            fallback=fallback,
            routes=self.routes,
            now=self.wall_clock,
        )


def _refuse_condemned(release: str, history: Sequence[Entry]) -> None:
    if found := condemned(history).get(release):
        raise CondemnedError(
            f"{release} was rolled back: {found.reason or f'by {found.who}'}",
            next_step="release a commit that mends it; or the same one again with --pardon",
        )


def open_operations(
    *,
    names: Names,
    who: str,
    environ: Mapping[str, str],
    progress: Callable[[str], None] = _silent,
    run: Run = run_command,
    http: Http | None = None,
    clock: Callable[[], float] = time.monotonic,
    wall_clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> ContainerOperations:
    """The operations of an environment, whose stack has its name.

    Args:
        names: Names of the environment.
        who: Who asks.
        environ: Variables: proxies, another project's folder.
        progress: Hears what is done.
        run: Runs a command of Docker's.
        http: urllib3's pool manager; made by the environment's proxy when None.
        clock: Tells the time in seconds.
        wall_clock: Tells the time in seconds since the epoch.
        sleep: Waits a number of seconds.

    Raises:
        DeployError: Pulumi or the stack is missing, or the stack is another environment's.
    """
    stack = open_stack(names.environment, folder=Path(environ.get(FOLDER) or PROGRAM))
    place = read_place(config=stack.config(), stack=stack.name, folder=PROGRAM)
    if place.names != names:
        raise SettingsError(
            f"The stack {stack.name} is {place.names.prefix}, not {names.prefix}.",
            problems=[
                Problem(
                    where=f"Pulumi.{stack.name}.yaml",
                    expected="its settings `environment` and `settings` name what this command was given",
                    next_step="pulumi config rm environment, or correct `settings` or --settings",
                )
            ],
            next_step="name the environment that is meant with -e",
        )
    host = ContainersHost(
        stack=stack,
        docker=Docker(host=place.containers.engine.host, run=run),
        http=http or open_pool(environ),
        who=who,
        clock=clock,
        sleep=sleep,
        progress=progress,
        proof_seconds=place.environment.release.rules.bake_minutes * 60.0,
    )
    routes = Routes(detours=(), environment=environ)
    return ContainerOperations(host=host, routes=routes, wall_clock=wall_clock)
