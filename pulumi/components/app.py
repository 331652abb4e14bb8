"""The application's service: an update starts new tasks first and goes back by itself."""

from dataclasses import dataclass

import pulumi
import pulumi_docker as docker
from components import task
from components.secret import Secret

from clerk_deploy.settings.containers import (
    AppSettings,
    EngineSettings,
    LogDriverSettings,
    VolumeSettings,
)

SECRET_FILE = "clerk"
USER = "1000"
OWNER_READS = 0o400
MOST_OF_A_SLOW_MACHINE_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class AppArgs:
    """Arguments of App.

    Args:
        name: The service's name on the engine.
        image: What runs, by id or digest.
        release: The release's name.
        secret: The secrets document.
        network: Id of the network.
        releases_volume: Name of the volume with the releases' static files.
        releases: Its driver.
        settings: The service's settings.
        engine: The engine's settings.
        log: Where output goes.
        forward_client_address: Hand the users' addresses to Clerk.
        auth_requests: Requests to /api/auth from one address in five minutes, all tasks together; 0 counts
            none.
    """

    name: str
    image: pulumi.Input[str]
    release: str
    secret: Secret
    network: pulumi.Output[str]
    releases_volume: str
    releases: VolumeSettings
    settings: AppSettings
    engine: EngineSettings
    log: LogDriverSettings
    forward_client_address: bool
    auth_requests: int


class App(pulumi.ComponentResource):
    """The application.

    Attributes:
        service: The service.
    """

    service: docker.Service

    def __init__(self, name: str, args: AppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("clerk-deploy:containers:App", name, None, opts)
        settings = args.settings
        self.service = docker.Service(
            name,
            name=args.name,
            # The container's own labels, and a registry's login here, would make a new service of an update.
            labels=[docker.ServiceLabelArgs(label="clerk-deploy.release", value=args.release)],
            mode=docker.ServiceModeArgs(
                replicated=docker.ServiceModeReplicatedArgs(replicas=settings.replicas)
            ),
            endpoint_spec=docker.ServiceEndpointSpecArgs(mode=args.engine.endpoint_mode),
            update_config=docker.ServiceUpdateConfigArgs(
                parallelism=settings.parallelism,
                order="start-first",
                failure_action="rollback",
                monitor=task.duration(settings.monitor_seconds),
                max_failure_ratio="0.0",
            ),
            rollback_config=docker.ServiceRollbackConfigArgs(
                parallelism=0,
                order="start-first",
                failure_action="pause",
                monitor="5s",
                max_failure_ratio="0.0",
            ),
            # The provider looks until the update is over: if the engine went back, `pulumi up` fails.
            converge_config=docker.ServiceConvergeConfigArgs(
                delay="1s", timeout=f"{_longest_update(settings)}s"
            ),
            task_spec=docker.ServiceTaskSpecArgs(
                container_spec=_container(args),
                networks_advanceds=task.network(args.network),
                placement=docker.ServiceTaskSpecPlacementArgs(constraints=list(settings.constraints)),
                resources=task.limits(settings.resources),
                restart_policy=task.restarts(),
                log_driver=task.log_driver(args.log),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"service": self.service.id})


def _container(args: AppArgs) -> docker.ServiceTaskSpecContainerSpecArgs:
    settings = args.settings
    return docker.ServiceTaskSpecContainerSpecArgs(
        image=args.image,
        init=True,
        read_only=True,
        cap_drops=["ALL"],
        stop_grace_period=task.duration(settings.stop_seconds),
        env={
            **settings.environment,
            "CLERK_DEPLOY_TRUST_EDGE": "1",
            "CLERK_DEPLOY_FORWARD_CLIENT_ADDRESS": "1" if args.forward_client_address else "0",
            # Each task counts for itself, and the edge asks them in turn.
            "CLERK_DEPLOY_AUTH_REQUESTS_PER_5_MINUTES": str(-(-args.auth_requests // settings.replicas)),
            "CLERK_DEPLOY_SECRETS_FILE": f"/run/secrets/{SECRET_FILE}",
        },
        secrets=[
            docker.ServiceTaskSpecContainerSpecSecretArgs(
                secret_id=args.secret.id,
                secret_name=args.secret.name,
                file_name=SECRET_FILE,
                file_uid=USER,
                file_gid=USER,
                file_mode=OWNER_READS,
            )
        ],
        mounts=[
            task.volume(args.releases_volume, "/releases", settings=args.releases),
            task.scratch("/tmp"),
            task.scratch("/app/.next/cache"),
        ],
        healthcheck=docker.ServiceTaskSpecContainerSpecHealthcheckArgs(
            tests=["CMD", "node", "/app/scripts/healthcheck.mjs"],
            interval=task.duration(settings.health_seconds),
            timeout="5s",
            start_period=task.duration(settings.start_seconds),
            retries=3,
        ),
    )


def _longest_update(settings: AppSettings) -> int:
    """Seconds in which every update is over, one that goes back included."""
    rounds = -(-settings.replicas // settings.parallelism) if settings.parallelism else 1
    one_round = settings.start_seconds + settings.monitor_seconds + 3 * settings.health_seconds
    return 2 * rounds * one_round + settings.stop_seconds + MOST_OF_A_SLOW_MACHINE_SECONDS
