"""What commands need to know from an environment's stacks."""

from clerk_deploy.aws.clients import Clients
from clerk_deploy.aws.errors import aws_errors
from clerk_deploy.aws.stacks import read_stack
from clerk_deploy.names import Names
from clerk_deploy.release.edge_state import EdgeState
from clerk_deploy.release.edge_store import EdgeStore


def held_revisions(clients: Clients, names: Names) -> frozenset[str]:
    """Revisions that deployed stacks name: their versions must stay.

    Raises:
        DeployError: AWS did not tell.
    """
    hosting = read_stack(clients.client("cloudformation"), names.stack("Hosting"))
    deployed = hosting.outputs.get("DeployedRevision") if hosting else None
    return frozenset({deployed} if deployed else ())


def edge_state(clients: Clients, names: Names) -> EdgeState | None:
    """What the edge's store says; None before the Edge stack or the first release.

    Raises:
        DeployError: AWS did not tell, or the store holds something else.
    """
    edge = read_stack(clients.client("cloudformation"), names.stack("Edge"))
    arn = edge.outputs.get("KeyValueStoreArn") if edge else None
    if arn is None:
        return None
    with aws_errors("Reading the edge's store"):
        return EdgeStore(client=clients.client("cloudfront-keyvaluestore"), arn=arn).read().state
