"""The resources of one environment on containers."""

import pulumi
import pulumi_docker as docker
from components.app import App, AppArgs
from components.edge import Edge, EdgeArgs
from components.image import Image, ImageArgs
from components.network import Network, NetworkArgs
from components.secret import Secret, SecretArgs

from clerk_deploy.containers.caddyfile import caddyfile, origin_file
from clerk_deploy.containers.inputs import Inputs
from clerk_deploy.containers.release import build_arguments, image_repository
from clerk_deploy.containers.values import with_tokens
from clerk_deploy.environment.secrets_document import SecretsDocument
from clerk_deploy.errors import DeployError
from clerk_deploy.settings.containers import ContainerSettings


def declare(inputs: Inputs, *, config: pulumi.Config) -> None:
    """Declare the environment's resources.

    Args:
        inputs: What they are made from.
        config: Where the stack's secrets are.
    """
    names, containers = inputs.names, inputs.containers
    password = config.get_secret("registryPassword")
    provider = _provider(containers, password)
    opts = pulumi.ResourceOptions(provider=provider)
    secrets = _secrets(inputs.values.secrets, config.get_secret("tokens"))
    document = Secret(
        f"{names.prefix}-secrets", SecretArgs(text=secrets.apply(lambda found: found.to_json())), opts
    )
    origin = Secret(
        f"{names.prefix}-origin",
        SecretArgs(text=secrets.apply(lambda found: origin_file(found.tokens["origin"][0]))),
        opts,
    )
    network = Network(f"{names.prefix}-network", NetworkArgs(name=names.prefix), opts)
    image = _image(inputs, password, opts)
    app = App(
        f"{names.prefix}-app",
        AppArgs(
            name=f"{names.prefix}-app",
            image=image,
            release=inputs.release_name,
            secret=document,
            network=network.id,
            releases_volume=f"{names.prefix}-releases",
            releases=containers.releases,
            settings=containers.app,
            engine=containers.engine,
            log=containers.log,
            forward_client_address=inputs.environment.clerk.forward_client_address,
            auth_requests=_auth_requests(inputs),
        ),
        opts,
    )
    Edge(
        f"{names.prefix}-edge",
        EdgeArgs(
            name=f"{names.prefix}-edge",
            caddyfile=caddyfile(
                containers.edge, domains=inputs.environment.domains, app=f"{names.prefix}-app"
            ),
            origin=origin,
            network=network.id,
            releases_volume=f"{names.prefix}-releases",
            releases=containers.releases,
            settings=containers.edge,
            engine=containers.engine,
            log=containers.log,
            app=app.service,
        ),
        opts,
    )
    pulumi.export("release", inputs.release_name)
    pulumi.export("image", image)
    pulumi.export("site", inputs.environment.url)


def _auth_requests(inputs: Inputs) -> int:
    firewall = inputs.environment.firewall
    return firewall.auth_requests_per_5_minutes if firewall.enabled else 0


def _secrets(document: SecretsDocument, keys: pulumi.Output[str] | None) -> pulumi.Output[SecretsDocument]:
    given = keys if keys is not None else pulumi.Output.from_input("")

    def completed(text: str) -> SecretsDocument:
        try:
            return with_tokens(document, text)
        except DeployError as error:
            raise pulumi.RunError(str(error)) from None

    return pulumi.Output.secret(given).apply(completed)


def _image(
    inputs: Inputs, password: pulumi.Output[str] | None, opts: pulumi.ResourceOptions
) -> pulumi.Input[str]:
    containers, names = inputs.containers, inputs.names
    if inputs.release is None:
        return str(containers.release.image)
    registry = containers.registry
    repository = image_repository(names, registry=registry.address if registry else None)
    image = Image(
        f"{names.prefix}-image",
        ImageArgs(
            name=f"{repository}:{inputs.release.name}",
            context=containers.image.source,
            build_arguments=build_arguments(
                inputs.release,
                names=names,
                visible=inputs.values.visible,
                extras=inputs.values.extras,
                node_image=containers.image.node_image,
                source=inputs.environment.repository,
            ),
            platform=containers.engine.platform,
            registry=docker.RegistryArgs(
                server=registry.address.partition("/")[0], username=registry.username, password=password
            )
            if registry
            else None,
        ),
        opts,
    )
    return image.reference


def _provider(containers: ContainerSettings, password: pulumi.Output[str] | None) -> docker.Provider:
    registry = containers.registry
    return docker.Provider(
        "engine",
        host=containers.engine.host,
        registry_auth=[
            docker.ProviderRegistryAuthArgs(
                address=registry.address.partition("/")[0], username=registry.username, password=password
            )
        ]
        if registry
        else None,
    )
