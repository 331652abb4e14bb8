"""How an environment on containers stands: what the site, the engine and Pulumi tell, side by side."""

import json
from collections.abc import Mapping, Sequence

from clerk_deploy.containers.docker import ServiceState
from clerk_deploy.containers.freeze import FreezeNote
from clerk_deploy.containers.history import Entry, condemned, failed, last_brought
from clerk_deploy.containers.host import ContainersHost
from clerk_deploy.containers.results import Standing
from clerk_deploy.containers.targets import last_good
from clerk_deploy.errors import DeployError, UnusableInputError
from clerk_deploy.release.ledger.records import RUNNING
from clerk_deploy.settings.containers import PROJECT


def standing(host: ContainersHost, freeze: FreezeNote) -> Standing:
    """Look at an environment; a site that does not answer hides nothing else.

    Args:
        host: The environment.
        freeze: Its freeze.

    Raises:
        DeployError: The engine or Pulumi's state did not answer.
    """
    prefix = host.place.names.prefix
    service, kept = host.service(), host.kept()
    history = host.history()
    bad = condemned(history)
    try:
        found = host.live()
        live, healthy, silence, fallback = found.release, found.health.healthy, "", found.health.is_fallback
    except DeployError as error:
        live, healthy, silence, fallback = "", None, error.message, False
    runs = service.release if service else live
    try:
        previous = last_good(host.known(kept, history), history, live=runs, seconds=host.proof_seconds)
    except UnusableInputError:
        previous = ""
    return Standing(
        live=live,
        fallback=fallback,
        healthy=healthy,
        silence=silence,
        service=service,
        previous=previous,
        kept=tuple(image.release for image in kept),
        condemned=tuple(release for release in bad if release != live),
        failed=failed(history),
        freeze=freeze.read(),
        last=history[0] if history else None,
        secrets_since=host.docker.secret_created(f"{prefix}-secrets"),
        differences=tuple(_differences(live, service, history, host.stack.config())),
    )


def _differences(
    live: str, service: ServiceState | None, history: Sequence[Entry], config: Mapping[str, str]
) -> list[str]:
    if service is None:
        return []
    found = []
    if live and live != service.release:
        found.append(f"the engine runs {service.release}, the site answers with {live}")
    brought = last_brought(history)
    is_moving = bool(history) and history[0].outcome == RUNNING
    if brought and brought != service.release and not is_moving:
        found.append(
            f"Pulumi's last update brought {brought}, the engine runs {service.release}: an update was "
            "interrupted, or somebody used Docker itself (pulumi refresh)"
        )
    pinned = str(json.loads(config.get(f"{PROJECT}:release", "{}")).get("name", ""))
    if pinned and pinned != service.release:
        found.append(
            f"the stack's file here names {pinned}, the engine runs {service.release}: "
            "`pulumi up` would change the release (take the file from git)"
        )
    if "paused" in service.update:
        found.append(f"the service's update is {service.update}: {service.message}")
    return found
