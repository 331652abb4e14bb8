"""The overlay network on which edge and app reach each other."""

from dataclasses import dataclass

import pulumi
import pulumi_docker as docker


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Arguments of Network.

    Args:
        name: The network's name on the engine.
    """

    name: str


class Network(pulumi.ComponentResource):
    """The environment's own network; nothing else is attached to it.

    Attributes:
        id: The network's id.
    """

    id: pulumi.Output[str]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("clerk-deploy:containers:Network", name, None, opts)
        network = docker.Network(
            name,
            name=args.name,
            driver="overlay",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.id = network.id
        self.register_outputs({"id": self.id})
