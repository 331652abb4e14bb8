"""Docker Swarm behind Caddy, as a host of releases: prepare, make live, look, go back, keep a few."""

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from clerk_deploy.containers.docker import Docker, KeptImage, ServiceState
from clerk_deploy.containers.history import Entry, entries, message
from clerk_deploy.containers.inputs import Inputs, read_inputs
from clerk_deploy.containers.problems import RolledBackError
from clerk_deploy.containers.stack import PROGRAM, Stack
from clerk_deploy.containers.values import require_instance
from clerk_deploy.errors import CheckFailedError, DeployError, UnusableInputError
from clerk_deploy.http import Http
from clerk_deploy.release.health import Health, ask_health

KEPT: Final = 5
"""Images that pruning leaves, so many releases can be gone back to without a build."""

PAUSE_SECONDS: Final = 0.5
BAKE_PAUSE_SECONDS: Final = 10.0
LIVE_SECONDS: Final = 60.0
ANSWERS: Final = 5


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
        purpose: `release` or `rollback`.
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
        progress: Hears Pulumi's lines.
    """

    stack: Stack
    docker: Docker
    http: Http
    who: str
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    folder: Path = PROGRAM
    progress: Callable[[str], None] = field(default=_silent)

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
            _require_free_ports(inputs)
        return inputs

    def release(
        self, *, bake_seconds: float = 0.0, verify: Callable[[], None] | None = None, keep: int = KEPT
    ) -> Made:
        """Build the source's commit and make it live; any failure leaves the release before serving.

        Args:
            bake_seconds: How long to go on verifying once it is live.
            verify: Looks at the live site; raises a DeployError when it is not well.
            keep: How many releases' images stay.

        Raises:
            RolledBackError: It was not good; the release before serves.
            DeployError: It was not even tried, or failed before the switch.
        """
        before = self._running()
        self.stack.set_release(None)
        try:
            inputs = self.prepare()
            made = self._update("release", inputs.release_name, inputs, before=before, built=True)
        except BaseException:
            self.stack.set_release(before)
            raise
        try:
            seen = self._see(made, inputs)
            self._bake(bake_seconds, verify)
        except DeployError as error:
            raise self._undone(made, before, error) from None
        return replace(seen, pruned=self.prune(keep=keep))

    def rollback(self, *, to: str | None = None) -> Made:
        """Go back to an earlier release, without a build.

        Args:
            to: Its name or the beginning of its commit; None takes the last good one before the live one.

        Raises:
            DeployError: There is none, it is unknown or ambiguous, its secret is not at hand, or the engine
                did not do it; what ran before still serves.
        """
        inputs = self._inputs()
        self.docker.require_swarm(platform=inputs.containers.engine.platform)
        before = self._running()
        target = self.target(to, live=before["name"] if before else "", prefix=inputs.names.prefix)
        require_instance(inputs.values.secrets, target.publishable_key, release=target.release)
        return self._back(target, inputs, before)

    def target(self, to: str | None, *, live: str, prefix: str) -> KeptImage:
        """The kept image that a rollback goes to.

        Raises:
            UnusableInputError: Nothing fits, or several do.
        """
        kept = [image for image in self.docker.images(prefix) if image.release != live]
        names = ", ".join(image.release for image in kept) or "none"
        if to is not None:
            fitting = [image for image in kept if image.release.startswith(to) or image.commit.startswith(to)]
            if len(fitting) == 1:
                return fitting[0]
            if live and live.startswith(to):
                raise UnusableInputError(f"{live} is live already.", next_step=f"name another: {names}")
            raise UnusableInputError(
                f"{to} names {len(fitting) or 'no'} kept release{'s' if len(fitting) > 1 else ''}.",
                next_step=f"kept are: {names}; others are built anew: clerk-deploy release {to}",
            )
        good = [entry.release for entry in self.history() if entry.outcome == "promoted" and entry.release]
        by_name = {image.release: image for image in kept}
        for name in good:
            if name in by_name and name != live:
                return by_name[name]
        raise UnusableInputError(
            "There is no earlier release that was good and whose image is kept.",
            next_step=f"kept are: {names}; or release an earlier commit: clerk-deploy release COMMIT",
        )

    def live(self) -> Live:
        """Who is live, asked at the site itself.

        Raises:
            UnreachableError: The site does not answer as a release does.
        """
        health = ask_health(self.http, self._inputs().environment.url, headers={})
        return Live(release=health.release, health=health)

    def service(self) -> ServiceState | None:
        """The app's service as the engine tells it."""
        return self.docker.service(f"{self._inputs().names.prefix}-app")

    def history(self, *, limit: int = 50) -> tuple[Entry, ...]:
        """The environment's updates, the newest first."""
        prefix = self._inputs().names.prefix
        return entries(self.stack.history(limit=limit), self.docker.images(prefix))

    def kept(self) -> tuple[KeptImage, ...]:
        """The releases that can be gone back to, the newest first."""
        return self.docker.images(self._inputs().names.prefix)

    def prune(self, *, keep: int = KEPT) -> tuple[str, ...]:
        """Remove images of old releases; what runs, or ran before, is never removed.

        Args:
            keep: How many stay, the newest.

        Returns:
            The removed releases.
        """
        prefix = self._inputs().names.prefix
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
        name = f"{self._inputs().names.prefix}-app"
        return self.docker.logs_command(name, follow=follow, since=since)

    def wait_until_live(self, release: str, site: str, *, answers: int, deadline: float) -> None:
        """Ask the site until a number of answers in a row come from a release, and are healthy.

        Raises:
            CheckFailedError: Another release still answered at the deadline, or this one is not well.
        """
        in_a_row, last = 0, "nothing"
        while in_a_row < answers:
            try:
                health = ask_health(self.http, site, headers={})
                last = health.release if health.healthy else f"{health.release}, which is not well"
                in_a_row = in_a_row + 1 if health.healthy and health.release == release else 0
            except DeployError as error:
                in_a_row, last = 0, error.message
            if in_a_row < answers and self.clock() >= deadline:
                raise CheckFailedError(
                    f"{site} does not answer with {release}: {last}",
                    next_step="docker service ps --no-trunc shows the tasks; does the domain lead here?",
                )
            if in_a_row == 0:
                self.sleep(PAUSE_SECONDS)

    def _update(
        self, purpose: str, release: str, inputs: Inputs, *, before: dict[str, str] | None, built: bool
    ) -> Made:
        begin = self.clock()
        outputs = self.stack.up(message=message(purpose, release, self.who), progress=self.progress)
        state = self.docker.service(f"{inputs.names.prefix}-app")
        # Docker's own commands end well when the engine has gone back: what its service runs tells.
        if state and state.image != outputs["image"]:
            raise RolledBackError(
                f"{release} did not stay healthy: {state.message or state.update}",
                next_step=f"docker service ps --no-trunc {inputs.names.prefix}-app shows why",
            )
        self.stack.set_release({"image": outputs["image"], "name": outputs["release"]})
        return Made(
            purpose=purpose,
            release=outputs["release"],
            image=outputs["image"],
            before=before["name"] if before else "",
            built=built,
            seconds=self.clock() - begin,
        )

    def _see(self, made: Made, inputs: Inputs) -> Made:
        """The tool never says "done" while another release serves: the site itself is asked."""
        begin = self.clock()
        self.wait_until_live(
            made.release, inputs.environment.url, answers=ANSWERS, deadline=begin + LIVE_SECONDS
        )
        return replace(made, seconds=made.seconds + self.clock() - begin)

    def _bake(self, seconds: float, verify: Callable[[], None] | None) -> None:
        if verify is None:
            return
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
        self.stack.set_release(before)
        inputs = self._inputs()
        undone = self._update(
            "rollback",
            before["name"],
            inputs,
            before={"image": made.image, "name": made.release},
            built=False,
        )
        self._see(undone, inputs)
        return RolledBackError(
            f"{made.release} was not well once it was live: {error.message} {before['name']} serves again.",
            next_step=error.next_step,
        )

    def _back(self, target: KeptImage, inputs: Inputs, before: dict[str, str] | None) -> Made:
        self.stack.set_release({"image": target.reference, "name": target.release})
        try:
            made = self._update("rollback", target.release, inputs, before=before, built=False)
        except BaseException:
            self.stack.set_release(before)
            raise
        # A rollback is never rolled back: what is wrong now is for a person.
        return self._see(made, inputs)

    def _running(self) -> dict[str, str] | None:
        """The setting `release` that keeps what runs, as the engine tells it; None before the first release.

        Not from the stack's outputs: after an update that failed they name what did not come to run.
        """
        service = self.service()
        return {"image": service.image, "name": service.release} if service else None

    def _inputs(self) -> Inputs:
        return read_inputs(config=self.stack.config(), stack=self.stack.name, folder=self.folder)


def _require_free_ports(inputs: Inputs) -> None:
    edge = inputs.containers.edge
    if edge.publish != "host" or not inputs.containers.engine.host.startswith("unix:"):
        return
    for port in (edge.http_port, edge.https_port):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", port))
            except OSError as error:
                raise UnusableInputError(
                    f"Port {port}, which the edge needs, cannot be bound: {error.strerror}.",
                    next_step=f"`ss -ltnp sport = :{port}` shows who has it; end it, or set edge.httpPort "
                    "and edge.httpsPort",
                ) from None
