"""Docker Swarm behind Caddy, as a host of releases: prepare, make live, look, go back, keep a few."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from clerk_deploy.containers.docker import Docker, KeptImage, ServiceState
from clerk_deploy.containers.history import FALLBACK, Entry, condemned, entries, message
from clerk_deploy.containers.inputs import Inputs, Place, read_inputs, read_place
from clerk_deploy.containers.ports import require_free_ports
from clerk_deploy.containers.problems import RolledBackError
from clerk_deploy.containers.release import image_repository
from clerk_deploy.containers.stack import PROGRAM, Stack
from clerk_deploy.containers.targets import last_good, named
from clerk_deploy.containers.values import require_instance
from clerk_deploy.errors import CheckFailedError, DeployError
from clerk_deploy.http import Http
from clerk_deploy.release.errors import SupersededError
from clerk_deploy.release.health import Health, ask_health
from clerk_deploy.release.ledger.records import PROMOTED, RELEASE, ROLLBACK, ROLLED_BACK
from clerk_deploy.release.which_app import require_same_app

KEPT: Final = 5
"""Images that pruning leaves, so many releases can be gone back to without a build."""

PAUSE_SECONDS: Final = 0.5
BAKE_PAUSE_SECONDS: Final = 10.0
LIVE_SECONDS: Final = 60.0
ANSWERS: Final = 5
UPDATES: Final = 50
"""Updates of the stack's history that are looked at."""


def _silent(_line: str) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, kw_only=True)
class Live:
    """What serves, as the site itself says.

    Args:
        release: The release's name.
        health: Its answer.
    """

    release: str
    health: Health


@dataclass(frozen=True, kw_only=True)
class Made:
    """How an operation ended.

    Args:
        purpose: `release`, `fallback` or `rollback`.
        release: The release that serves now.
        image: What its tasks run.
        before: The release that served before; empty for the first.
        built: Whether an image was built.
        seconds: From the start of the update to the last wanted answer.
        pruned: Releases whose images were removed.
    """

    purpose: str
    release: str
    image: str
    before: str
    built: bool
    seconds: float
    pruned: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ContainersHost:
    """One environment on a Docker engine.

    Args:
        stack: Its Pulumi stack.
        docker: Its engine.
        http: Reaches the site.
        who: Who acts, for the history.
        clock: Tells the time in seconds.
        sleep: Waits a number of seconds.
        folder: The Pulumi program's folder.
        progress: Hears Pulumi's lines, and what is done between them.
        proof_seconds: How long a release must have been live to be something to go back to by itself.
    """

    stack: Stack
    docker: Docker
    http: Http
    who: str
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    folder: Path = PROGRAM
    progress: Callable[[str], None] = field(default=_silent)
    proof_seconds: float = 0.0

    @cached_property
    def place(self) -> Place:
        """Which environment it is, and where it runs.

        Raises:
            DeployError: The settings are wrong, or the stack does not tell them.
        """
        return read_place(config=self.stack.config(), stack=self.stack.name, folder=self.folder)

    def prepare(self) -> Inputs:
        """Check everything that can be checked before anything changes.

        Returns:
            What the next update is made from.

        Raises:
            DeployError: Settings, variables or secrets are wrong, the engine cannot do it, or a port of the
                edge is taken.
        """
        inputs = self._inputs()
        self.docker.require_swarm(platform=inputs.containers.engine.platform)
        if self.docker.service(f"{inputs.names.prefix}-edge") is None:
            require_free_ports(inputs.containers)
        return inputs

    def release(
        self,
        *,
        commit: str = "",
        image: KeptImage | None = None,
        fallback: bool = False,
        reason: str = "",
        bake_seconds: float = 0.0,
        verify: Callable[[], None] | None = None,
        keep: int = KEPT,
    ) -> Made:
        """Make a release live; any failure leaves the release before serving.

        Args:
            commit: The source's commit, where no git tells it.
            image: The release as it was built before; None builds the source's commit.
            fallback: It must be the app with Clerk's own components; else it must not be.
            reason: Why, for the history.
            bake_seconds: How long to go on verifying once it is live.
            verify: Looks at the live site; raises a DeployError when it is not well.
            keep: How many releases' images stay.

        Raises:
            RolledBackError: It was not good; the release before serves.
            SupersededError: It was not good, and somebody else has made another one live meanwhile.
            DeployError: It was not even tried, or failed before the switch.
        """
        before = self._running()
        self.stack.set_release(_pin(image) if image else {"commit": commit} if commit else None)
        try:
            inputs = self.prepare()
            made = self._update(
                FALLBACK if fallback else RELEASE,
                inputs.release_name,
                before=before,
                built=image is None,
                reason=reason,
            )
        except BaseException as error:
            self._pin_again(before, error)
            raise
        try:
            self._expect_running(made, inputs.names.prefix)
            seen, health = self._see(made, inputs)
            require_same_app(made.release, is_fallback=health.is_fallback, wanted=fallback)
            self._bake(bake_seconds, verify)
        except DeployError as error:
            raise self._undone(made, before, error) from None
        return replace(seen, pruned=self.prune(keep=keep))

    def rollback(self, *, to: str | None = None, pardon: bool = False, reason: str = "") -> Made:
        """Go back to an earlier release, without a build.

        Args:
            to: Its name or the beginning of its commit; None takes the last good one before the live one.
            pardon: Although it was rolled back itself.
            reason: Why, for the history.

        Raises:
            DeployError: There is none, it is unknown or ambiguous, its secret is not at hand, or the engine
                did not do it; what ran before still serves.
        """
        inputs = self._inputs()
        self.docker.require_swarm(platform=inputs.containers.engine.platform)
        before = self._running()
        live = before["name"] if before else ""
        target = self.target(to, live=live, pardon=pardon)
        require_instance(inputs.values.secrets, target.publishable_key, release=target.release)
        return self._back(target, inputs, before, reason=reason)

    def target(self, to: str | None, *, live: str, pardon: bool = False) -> KeptImage:
        """The image that a rollback goes to: the engine has it, or gets it from the registry.

        Args:
            to: Its name or the beginning of its commit; None takes the last good one.
            live: The release that serves.
            pardon: Although it was rolled back itself.

        Raises:
            UnusableInputError: Nothing fits, or several do.
            CondemnedError: It was rolled back itself.
            DeployError: The registry does not have it, or does not tell.
        """
        history = self.history()
        kept = self.kept()
        known = self.known(kept, history)
        if to is None:
            release = last_good(known, history, live=live, seconds=self.proof_seconds)
        else:
            release = named(to, known, live=live, bad=() if pardon else condemned(history))
        return _find(release, kept) or self._fetch(release)

    def live(self) -> Live:
        """Who is live, asked at the site itself.

        Raises:
            UnreachableError: The site does not answer as a release does.
        """
        health = ask_health(self.http, self.place.environment.url, headers={})
        return Live(release=health.release, health=health)

    def service(self) -> ServiceState | None:
        """The app's service as the engine tells it."""
        return self.docker.service(f"{self.place.names.prefix}-app")

    def history(self, *, limit: int = UPDATES) -> tuple[Entry, ...]:
        """The environment's updates, the newest first."""
        prefix = self.place.names.prefix
        return entries(self.stack.history(limit=limit), self.docker.images(prefix))

    def kept(self) -> tuple[KeptImage, ...]:
        """The releases whose images the engine has, the newest first."""
        return self.docker.images(self.place.names.prefix)

    def known(self, kept: Sequence[KeptImage], history: Sequence[Entry]) -> tuple[str, ...]:
        """The releases that can be gone back to: what the engine has, then what a registry should have.

        Args:
            kept: What the engine has, the newest first.
            history: The newest first.
        """
        found = [image.release for image in kept]
        if self.place.containers.registry:
            found += [entry.release for entry in history if entry.outcome in (PROMOTED, ROLLED_BACK)]
        return tuple(dict.fromkeys(release for release in found if release))

    def prune(self, *, keep: int = KEPT) -> tuple[str, ...]:
        """Remove images of old releases; what runs, or ran before, is never removed.

        Args:
            keep: How many stay, the newest.

        Returns:
            The removed releases.
        """
        prefix = self.place.names.prefix
        service = self.docker.service(f"{prefix}-app")
        used = {service.image, service.previous} if service else set()
        removed = []
        for image in self.docker.images(prefix)[keep:]:
            if not used & {image.image, image.reference}:
                self.docker.remove_image(image.image)
                removed.append(image.release)
        return tuple(removed)

    def logs_command(self, *, follow: bool = False, since: str = "15m") -> list[str]:
        """The command that shows the app's log lines."""
        name = f"{self.place.names.prefix}-app"
        return self.docker.logs_command(name, follow=follow, since=since)

    def wait_until_live(self, release: str, site: str, *, answers: int, deadline: float) -> Health:
        """Ask the site until a number of answers in a row come from a release, and are healthy.

        Returns:
            The last answer.

        Raises:
            CheckFailedError: Another release still answered at the deadline, or this one is not well.
        """
        in_a_row, last = 0, "nothing"
        while True:
            try:
                health = ask_health(self.http, site, headers={})
                last = health.release if health.healthy else f"{health.release}, which is not well"
                in_a_row = in_a_row + 1 if health.healthy and health.release == release else 0
                if in_a_row == answers:
                    return health
            except DeployError as error:
                in_a_row, last = 0, error.message
            if self.clock() >= deadline:
                raise CheckFailedError(
                    f"{site} does not answer with {release}: {last}",
                    next_step="docker service ps --no-trunc shows the tasks; does the domain lead here?",
                )
            if in_a_row == 0:
                self.sleep(PAUSE_SECONDS)

    def _fetch(self, release: str) -> KeptImage:
        """Another manager has built it, or it was removed here: a registry has releases by their names."""
        place = self.place
        registry = place.containers.registry
        if registry:
            name = f"{image_repository(place.names, registry=registry.address)}:{release}"
            self.progress(f"fetches {name}")
            password = self.stack.secret("registryPassword")
            self.docker.pull(name, username=registry.username, password=password)
        if found := _find(release, self.kept()):
            return found
        raise CheckFailedError(
            f"The image of {release} is not there any more.",
            next_step="name another release with --to, or build it anew: clerk-deploy release COMMIT",
        )

    def _update(
        self, purpose: str, release: str, *, before: dict[str, str] | None, built: bool, reason: str
    ) -> Made:
        begin = self.clock()
        left = before["name"] if before and purpose == ROLLBACK else ""
        told = message(purpose, release, self.who, left=left, reason=reason)
        outputs = self.stack.up(message=told, progress=self.progress)
        self.stack.set_release({"image": outputs["image"], "name": outputs["release"]})
        return Made(
            purpose=purpose,
            release=outputs["release"],
            image=outputs["image"],
            before=before["name"] if before else "",
            built=built,
            seconds=self.clock() - begin,
        )

    def _expect_running(self, made: Made, prefix: str) -> None:
        """Docker's own commands end well when the engine has gone back: what its service runs tells."""
        state = self.docker.service(f"{prefix}-app")
        if state and state.image != made.image:
            raise RolledBackError(
                f"{made.release} did not stay healthy: {state.message or state.update}",
                next_step=f"docker service ps --no-trunc {prefix}-app shows why",
            )

    def _see(self, made: Made, inputs: Inputs) -> tuple[Made, Health]:
        """The tool never says "done" while another release serves: the site itself is asked."""
        self.progress(f"asks {inputs.environment.url} who answers")
        begin = self.clock()
        health = self.wait_until_live(
            made.release, inputs.environment.url, answers=ANSWERS, deadline=begin + LIVE_SECONDS
        )
        return replace(made, seconds=made.seconds + self.clock() - begin), health

    def _bake(self, seconds: float, verify: Callable[[], None] | None) -> None:
        if verify is None:
            return
        self.progress(f"verifies, and watches for {seconds / 60:.0f} minutes" if seconds else "verifies")
        deadline = self.clock() + seconds
        verify()
        while (left := deadline - self.clock()) > 0:
            self.sleep(min(BAKE_PAUSE_SECONDS, left))
            verify()

    def _undone(self, made: Made, before: dict[str, str] | None, error: DeployError) -> DeployError:
        """Back to the release that served until now, whatever came before it."""
        if before is None:
            return CheckFailedError(
                f"{made.release} is not well: {error.message}",
                next_step="nothing ran before it to go back to; " + error.next_step,
            )
        running = self._running() or before
        if running["name"] not in (made.release, before["name"]):
            self.stack.set_release(running)
            return SupersededError(
                f"{made.release} was not well: {error.message} Somebody else has made {running['name']} "
                "live meanwhile, which stays.",
                next_step="clerk-deploy status",
            )
        self.progress(f"{made.release} is not well, back to {before['name']}: {error.message}")
        self.stack.set_release(before)
        try:
            self._return(made, before, error.message)
        except DeployError as trouble:
            return CheckFailedError(
                f"{made.release} is not well: {error.message} The way back to {before['name']} failed too: "
                f"{trouble.message}",
                next_step=trouble.next_step,
            )
        return RolledBackError(
            f"{made.release} was not well once it was live: {error.message} {before['name']} serves again.",
            next_step=error.next_step,
        )

    def _return(self, made: Made, before: dict[str, str], reason: str) -> None:
        inputs = self._inputs()
        left = {"image": made.image, "name": made.release}
        undone = self._update(ROLLBACK, before["name"], before=left, built=False, reason=reason)
        self._expect_running(undone, inputs.names.prefix)
        self._see(undone, inputs)

    def _back(self, target: KeptImage, inputs: Inputs, before: dict[str, str] | None, *, reason: str) -> Made:
        self.stack.set_release(_pin(target))
        try:
            made = self._update(ROLLBACK, target.release, before=before, built=False, reason=reason)
            self._expect_running(made, inputs.names.prefix)
        except BaseException as error:
            self._pin_again(before, error)
            raise
        # A rollback is never rolled back: what is wrong now is for a person.
        seen, _ = self._see(made, inputs)
        return seen

    def _pin_again(self, before: dict[str, str] | None, error: BaseException) -> None:
        """After an update that was not: what serves; after an interruption what the engine was given."""
        interrupted = isinstance(error, KeyboardInterrupt)
        self.stack.set_release((self._running() if interrupted else None) or before)

    def _running(self) -> dict[str, str] | None:
        """The setting `release` that keeps what runs, as the engine tells it; None before the first release.

        Not from the stack's outputs: after an update that failed they name what did not come to run.
        """
        service = self.service()
        return {"image": service.image, "name": service.release} if service else None

    def _inputs(self) -> Inputs:
        return read_inputs(config=self.stack.config(), stack=self.stack.name, folder=self.folder)


def _find(release: str, kept: Sequence[KeptImage]) -> KeptImage | None:
    return next((image for image in kept if image.release == release), None)


def _pin(image: KeptImage) -> dict[str, str]:
    return {"image": image.reference, "name": image.release}
