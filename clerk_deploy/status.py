"""How an environment stands, and what to do next."""

from dataclasses import dataclass
from typing import Final

from clerk_deploy.aws.stacks import Stack
from clerk_deploy.environment.store import NOTHING_PUSHED
from clerk_deploy.release.edge_state import EdgeState

STACKS: Final = ("Configuration", "Hosting", "Edge", "Monitoring", "Delivery")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What was found out about one environment.

    Args:
        environment: Its name.
        stacks: Each of its stacks; None where there is none.
        connected: Whether a GitHub token is stored; Hosting cannot be deployed without one.
        pushed: The pushed revision.
        edge: What the edge's store says; None before the first release.
    """

    environment: str
    stacks: dict[str, Stack | None]
    connected: bool
    pushed: str | None
    edge: EdgeState | None

    @property
    def deployed(self) -> str | None:
        """The revision that the slots are built with next."""
        hosting = self.stacks["Hosting"]
        revision = hosting.outputs.get("DeployedRevision") if hosting else None
        return None if revision == NOTHING_PUSHED else revision

    @property
    def live(self) -> str | None:
        """The slot that has the traffic."""
        return self.edge.live or None if self.edge else None


def next_step(standing: Standing) -> str | None:
    """The one thing to do next; None when nothing is to be done."""
    name = standing.environment
    for kind in STACKS:
        stack = standing.stacks[kind]
        if stack and stack.in_progress:
            return f"wait: CloudFormation is at work on {kind} ({stack.status})"
        if stack and not stack.usable:
            return f"{kind} is {stack.status}: read its events in CloudFormation, then deploy or delete it"
    if standing.stacks["Configuration"] is None:
        return f"cdk deploy '{name}/Configuration'"
    if not standing.connected:
        return f"clerk-deploy repository connect -e {name}"
    if standing.pushed is None:
        return f"clerk-deploy environment push FILE -e {name}"
    if standing.deployed != standing.pushed or None in standing.stacks.values():
        return f"cdk deploy '{name}/*'"
    if standing.live is None:
        return f"clerk-deploy release -e {name}"
    return None
