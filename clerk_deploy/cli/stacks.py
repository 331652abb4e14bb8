"""What commands need to know from an environment's stacks."""

from clerk_deploy.aws.clients import Clients
from clerk_deploy.aws.errors import aws_errors
from clerk_deploy.aws.stacks import read_stack
from clerk_deploy.names import Names
from clerk_deploy.release.edge_state import EdgeState
from clerk_deploy.release.edge_store import EdgeStore
from clerk_deploy.release.ledger.ledger import Ledger
from clerk_deploy.release.ledger.table import Table


def held_revisions(clients: Clients, names: Names) -> frozenset[str]:
    """Revisions that deployed stacks name or slots hold: their versions must stay.

    Raises:
        DeployError: AWS did not tell.
    """
    cloudformation = clients.client("cloudformation")
    hosting = read_stack(cloudformation, names.stack("Hosting"))
    deployed = hosting.outputs.get("DeployedRevision") if hosting else None
    return frozenset({*({deployed} if deployed else ()), *_in_slots(clients, names)})


def _in_slots(clients: Clients, names: Names) -> frozenset[str]:
    """Revisions of the releases that slots hold: they may be live again in a moment."""
    if read_stack(clients.client("cloudformation"), names.stack("Delivery")) is None:
        return frozenset()
    with aws_errors("Reading the ledger"):
        slots = Ledger(table=Table(client=clients.client("dynamodb"), name=names.ledger)).slots()
    return frozenset(record.revision for record in slots.values() if record.revision)


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
