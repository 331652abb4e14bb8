"""The deployed throw-away environment, as measurements see it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clerk_deploy.acceptance.throw_away import ThrowAway
from clerk_deploy.aws.errors import aws_errors
from clerk_deploy.aws.stacks import read_stack
from clerk_deploy.errors import CheckFailedError
from clerk_deploy.http import Http
from clerk_deploy.names import Names
from clerk_deploy.release.edge_store import EdgeStore
from clerk_deploy.release.executions import StateMachine
from clerk_deploy.release.ledger.ledger import Ledger
from clerk_deploy.release.ledger.records import Operation, Request
from clerk_deploy.release.ledger.table import Table
from clerk_deploy.release.operator import Operator


@dataclass(frozen=True, kw_only=True)
class Site:
    """What was deployed.

    Args:
        names: Names of what it owns.
        domains: Its host names, the apex first.
        client: Makes a boto3 client of a service.
        http: Reaches it as a user does.
        app_id: The Amplify app.
        log_group: Where its servers write.
        store: Its edge's store.
        operator: Its releases.
        now: Seconds since the epoch.
        sleep: Waits some seconds.
    """

    names: Names
    domains: tuple[str, ...]
    client: Callable[[str], Any]
    http: Http
    app_id: str
    log_group: str
    store: EdgeStore
    operator: Operator
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    @property
    def url(self) -> str:
        """Its address."""
        return f"https://{self.domains[0]}"

    @property
    def live_slot(self) -> str:
        """The slot that has the traffic; empty for none."""
        state = self.store.read().state
        return state.live if state else ""

    def run(self, request: Request, *, tell: Callable[[str], None]) -> Operation:
        """Ask for a release or a rollback, and look on until it ended.

        Raises:
            CheckFailedError: It ended before it began.
        """
        with aws_errors(f"Running the {request.kind}"):
            execution = self.operator.start(request)
            last = None
            for progress in self.operator.watch(execution):
                last = progress.operation
                for step in progress.steps:
                    tell(f"    {step.name} {step.seconds:.1f} s {step.note}".rstrip())
        if last is None:
            raise CheckFailedError(
                f"The {request.kind} ended before it began.",
                next_step=f"read the execution {execution.rsplit(':', 1)[-1]} in Step Functions' console",
            )
        return last


def find_site(target: ThrowAway, *, client: Callable[[str], Any], http: Http) -> Site:
    """What the stacks' outputs tell.

    Args:
        target: What was deployed.
        client: Makes a boto3 client of a service.
        http: Reaches it as a user does.

    Raises:
        DeployError: A stack is missing, or AWS did not tell.
    """
    hosting, edge, delivery = (_outputs(target, kind, client) for kind in ("Hosting", "Edge", "Delivery"))
    ledger = Ledger(table=Table(client=client("dynamodb"), name=target.names.ledger))
    machine = StateMachine(client=client("stepfunctions"), arn=delivery["MachineArn"])
    return Site(
        names=target.names,
        domains=target.settings.domains,
        client=client,
        http=http,
        app_id=hosting["AppId"],
        log_group=hosting["LogGroup"],
        store=EdgeStore(client=client("cloudfront-keyvaluestore"), arn=edge["KeyValueStoreArn"]),
        operator=Operator(ledger=ledger, machine=machine, clock=time.time, sleep=time.sleep),
    )


def _outputs(target: ThrowAway, kind: str, client: Callable[[str], Any]) -> dict[str, str]:
    name = target.names.stack(kind)
    stack = read_stack(client("cloudformation"), name)
    if stack is None:
        raise CheckFailedError(f"There is no stack {name}.", next_step="look into the CDK's output")
    return dict(stack.outputs)
