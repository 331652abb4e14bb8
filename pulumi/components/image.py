"""The application's image: built from a commit, or one that was built before."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker


@dataclass(frozen=True, kw_only=True)
class ImageArgs:
    """Arguments of Image.

    Args:
        name: The image's name with the release as its tag.
        context: The application's folder.
        build_arguments: By name; none is a secret.
        platform: The nodes' architecture.
        registry: Registry to push to; None leaves the image on the engine.
    """

    name: str
    context: str
    build_arguments: Mapping[str, str]
    platform: str
    registry: docker.RegistryArgs | None


class Image(pulumi.ComponentResource):
    """An image of one release.

    Attributes:
        reference: The image's id or its name with a digest: what runs never moves with a tag.
    """

    reference: pulumi.Output[str]

    def __init__(self, name: str, args: ImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("clerk-deploy:containers:Image", name, None, opts)
        image = docker.Image(
            name,
            image_name=args.name,
            build=docker.DockerBuildArgs(
                context=args.context,
                args=dict(args.build_arguments),
                platform=args.platform,
                builder_version=docker.BuilderVersion.BUILDER_BUILD_KIT,
            ),
            registry=args.registry,
            skip_push=args.registry is None,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.reference = image.repo_digest
        self.register_outputs({"reference": self.reference})
