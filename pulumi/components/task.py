"""Arguments that all services' tasks share."""

import pulumi
import pulumi_docker as docker

from clerk_deploy.settings.containers import LogDriverSettings, Resources, VolumeSettings

MEBIBYTE = 1024 * 1024
ANYBODY_WITH_STICKY_BIT = 0o1777


def duration(seconds: int) -> str:
    """As the engine tells it back, such as `1m30s`: another spelling would be a change in every update."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return "".join(f"{count}{unit}" for count, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if count)


def limits(resources: Resources) -> docker.ServiceTaskSpecResourcesArgs:
    """What a task may use."""
    return docker.ServiceTaskSpecResourcesArgs(
        limits=docker.ServiceTaskSpecResourcesLimitsArgs(
            nano_cpus=round(resources.cpus * 1_000_000_000), memory_bytes=resources.memory_mib * MEBIBYTE
        )
    )


def log_driver(settings: LogDriverSettings) -> docker.ServiceTaskSpecLogDriverArgs:
    """Where a task's output goes."""
    options = dict(settings.options)
    if settings.driver == "awslogs":
        # A stream is called as its container, SERVICE.NUMBER.ID: the commands read the app's streams alone.
        options["tag"] = "{{.Name}}"
    return docker.ServiceTaskSpecLogDriverArgs(name=settings.driver, options=options)


def restarts() -> docker.ServiceTaskSpecRestartPolicyArgs:
    """A task that ended is replaced at once."""
    return docker.ServiceTaskSpecRestartPolicyArgs(condition="any", delay="1s", window="0s")


def scratch(target: str) -> docker.ServiceTaskSpecContainerSpecMountArgs:
    """A folder in memory, beside the read-only root."""
    return docker.ServiceTaskSpecContainerSpecMountArgs(
        type="tmpfs",
        target=target,
        tmpfs_options=docker.ServiceTaskSpecContainerSpecMountTmpfsOptionsArgs(
            size_bytes=64 * MEBIBYTE, mode=ANYBODY_WITH_STICKY_BIT
        ),
    )


def volume(
    name: str, target: str, *, settings: VolumeSettings | None = None, read_only: bool = False
) -> docker.ServiceTaskSpecContainerSpecMountArgs:
    """A named volume.

    Args:
        name: The volume's name on the node.
        target: Where it is mounted.
        settings: Driver and options; the node's local disk without.
        read_only: Mounted for reading; its owner then stays as it is.
    """
    return docker.ServiceTaskSpecContainerSpecMountArgs(
        type="volume",
        source=name,
        target=target,
        read_only=read_only,
        volume_options=docker.ServiceTaskSpecContainerSpecMountVolumeOptionsArgs(
            driver_name=settings.driver if settings else "local",
            driver_options=dict(settings.options) if settings else {},
            no_copy=read_only,
        ),
    )


def network(network_id: pulumi.Output[str]) -> list[docker.ServiceTaskSpecNetworksAdvancedArgs]:
    """The environment's network."""
    return [docker.ServiceTaskSpecNetworksAdvancedArgs(id=network_id)]
