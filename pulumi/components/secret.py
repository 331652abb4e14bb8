"""A Docker secret: a file in memory of the tasks that are given it."""

import base64
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker


@dataclass(frozen=True, kw_only=True)
class SecretArgs:
    """Arguments of Secret.

    Args:
        text: The file's content, marked as secret.
    """

    text: pulumi.Output[str]


class Secret(pulumi.ComponentResource):
    """A secret under a name of Pulumi's making.

    Swarm's secrets cannot change: a new value is a new secret, made before the old one goes.

    Attributes:
        id: The secret's id.
        name: Its name on the engine.
    """

    id: pulumi.Output[str]
    name: pulumi.Output[str]

    def __init__(self, name: str, args: SecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("clerk-deploy:containers:Secret", name, None, opts)
        secret = docker.Secret(
            name,
            data=args.text.apply(lambda text: base64.b64encode(text.encode()).decode()),
            opts=pulumi.ResourceOptions(parent=self, additional_secret_outputs=["data"]),
        )
        self.id = secret.id
        self.name = secret.name
        self.register_outputs({"id": self.id})
