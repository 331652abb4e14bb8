"""The edge: Caddy in front of the app, and the service that hands it its configuration."""

import base64
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker
from components import task
from components.secret import Secret

from clerk_deploy.containers import edge_tasks
from clerk_deploy.containers.caddyfile import RELEASES_TARGET
from clerk_deploy.settings.containers import (
    EdgeSettings,
    EngineSettings,
    LogDriverSettings,
    VolumeSettings,
)

RETRIES_OF_EIGHT_SECONDS = "4"

IN_MEMORY = VolumeSettings(options={"type": "tmpfs", "device": "tmpfs", "o": "size=1m,mode=0700"})


@dataclass(frozen=True, kw_only=True)
class EdgeArgs:
    """Arguments of Edge.

    Args:
        name: The edge's service on the engine; the configuration's is NAME-config.
        caddyfile: Caddy's configuration.
        origin: The file with the origin token.
        network: Id of the network.
        releases_volume: Name of the volume with the releases' static files.
        releases: Its driver.
        settings: The edge's settings.
        engine: The engine's settings.
        log: Where output goes.
        app: The app's service: a new token is sent when the app accepts it, not before.
    """

    name: str
    caddyfile: str
    origin: Secret
    network: pulumi.Output[str]
    releases_volume: str
    releases: VolumeSettings
    settings: EdgeSettings
    engine: EngineSettings
    log: LogDriverSettings
    app: docker.Service


class Edge(pulumi.ComponentResource):
    """The edge."""

    def __init__(self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("clerk-deploy:containers:Edge", name, None, opts)
        image = self._image(f"{name}-image", args.settings.image)
        docker.Service(
            name,
            name=args.name,
            mode=_one_a_node(args.settings),
            endpoint_spec=docker.ServiceEndpointSpecArgs(
                mode=args.engine.endpoint_mode if args.settings.publish == "host" else "vip",
                ports=_ports(args.settings),
            ),
            update_config=_update(),
            converge_config=docker.ServiceConvergeConfigArgs(delay="1s", timeout="600s"),
            task_spec=_task(args, container=_caddy(args, image)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        config = docker.ServiceConfig(
            f"{name}-caddyfile",
            data=base64.b64encode(args.caddyfile.encode()).decode(),
            opts=pulumi.ResourceOptions(parent=self),
        )
        docker.Service(
            f"{name}-config",
            name=f"{args.name}-config",
            mode=_one_a_node(args.settings),
            endpoint_spec=docker.ServiceEndpointSpecArgs(mode=args.engine.endpoint_mode),
            update_config=_update(),
            converge_config=docker.ServiceConvergeConfigArgs(delay="1s", timeout="180s"),
            task_spec=_task(args, container=_configurator(args, config, image)),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.app]),
        )
        self.register_outputs({})

    def _image(self, name: str, tag: str) -> pulumi.Output[str]:
        """The image by its digest, looked up once for a tag.

        The engine puts a digest into a new service by itself, and the provider takes it away in the next
        update, which would restart the edge.
        """
        image = docker.RemoteImage(
            name, name=tag, keep_locally=True, opts=pulumi.ResourceOptions(parent=self)
        )
        # An image that no registry has seen has no digest.
        return pulumi.Output.all(image.repo_digest, image.image_id).apply(lambda found: found[0] or found[1])


def _ports(settings: EdgeSettings) -> list[docker.ServiceEndpointSpecPortArgs]:
    published = [(80, settings.http_port, "tcp"), (443, settings.https_port, "tcp")]
    if settings.http3:
        published.append((443, settings.https_port, "udp"))
    return [
        docker.ServiceEndpointSpecPortArgs(
            target_port=target, published_port=port, protocol=protocol, publish_mode=settings.publish
        )
        for target, port, protocol in published
    ]


def _one_a_node(settings: EdgeSettings) -> docker.ServiceModeArgs:
    # Not Swarm's global mode: the provider does not wait until such a service runs.
    return docker.ServiceModeArgs(replicated=docker.ServiceModeReplicatedArgs(replicas=settings.nodes))


def _update() -> docker.ServiceUpdateConfigArgs:
    return docker.ServiceUpdateConfigArgs(
        parallelism=1, order="stop-first", failure_action="rollback", monitor="5s", max_failure_ratio="0.0"
    )


def _task(
    args: EdgeArgs, *, container: docker.ServiceTaskSpecContainerSpecArgs
) -> docker.ServiceTaskSpecArgs:
    return docker.ServiceTaskSpecArgs(
        container_spec=container,
        networks_advanceds=task.network(args.network),
        placement=docker.ServiceTaskSpecPlacementArgs(constraints=[args.settings.constraint], max_replicas=1),
        resources=task.limits(args.settings.resources),
        restart_policy=task.restarts(),
        log_driver=task.log_driver(args.log),
    )


def _caddy(args: EdgeArgs, image: pulumi.Output[str]) -> docker.ServiceTaskSpecContainerSpecArgs:
    return docker.ServiceTaskSpecContainerSpecArgs(
        image=image,
        commands=["sh", "-c", edge_tasks.SERVE],
        init=True,
        read_only=True,
        cap_drops=["ALL"],
        cap_adds=["CAP_NET_BIND_SERVICE"],
        # What was sent to a machine that died is given up and asked elsewhere; Linux alone would wait for
        # a quarter of an hour.
        sysctl={"net.ipv4.tcp_retries2": RETRIES_OF_EIGHT_SECONDS},
        stop_grace_period="30s",
        env={"XDG_DATA_HOME": "/data", "XDG_CONFIG_HOME": "/tmp"},
        mounts=[
            task.volume(f"{args.name}-data", "/data"),
            task.volume(f"{args.name}-config", edge_tasks.CONFIG_FOLDER, settings=IN_MEMORY, read_only=True),
            task.volume(args.releases_volume, RELEASES_TARGET, settings=args.releases, read_only=True),
            task.scratch("/tmp"),
        ],
        healthcheck=docker.ServiceTaskSpecContainerSpecHealthcheckArgs(
            tests=["CMD-SHELL", edge_tasks.SERVES],
            interval="2s",
            timeout="5s",
            start_period=task.duration(300),
            retries=3,
        ),
    )


def _configurator(
    args: EdgeArgs, config: docker.ServiceConfig, image: pulumi.Output[str]
) -> docker.ServiceTaskSpecContainerSpecArgs:
    return docker.ServiceTaskSpecContainerSpecArgs(
        image=image,
        commands=["sh", "-c", edge_tasks.CONFIGURE],
        init=True,
        read_only=True,
        cap_drops=["ALL"],
        cap_adds=["CAP_NET_BIND_SERVICE"],
        stop_grace_period="30s",
        env={"XDG_DATA_HOME": "/tmp", "XDG_CONFIG_HOME": "/tmp"},
        configs=[
            docker.ServiceTaskSpecContainerSpecConfigArgs(
                config_id=config.id, config_name=config.name, file_name=edge_tasks.GIVEN_CADDYFILE
            )
        ],
        secrets=[
            docker.ServiceTaskSpecContainerSpecSecretArgs(
                secret_id=args.origin.id, secret_name=args.origin.name, file_name="origin", file_mode=0o400
            )
        ],
        mounts=[
            task.volume(f"{args.name}-config", edge_tasks.CONFIG_FOLDER, settings=IN_MEMORY),
            task.scratch("/tmp"),
        ],
        healthcheck=docker.ServiceTaskSpecContainerSpecHealthcheckArgs(
            tests=["CMD-SHELL", edge_tasks.is_configured(args.name)],
            interval="2s",
            timeout="5s",
            start_period="30s",
            retries=3,
        ),
    )
