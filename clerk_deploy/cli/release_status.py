"""What `status` says about releases: slots, lock, freeze, alarm, and where ledger and edge differ."""

from typing import Any

from clerk_deploy.aws.clients import Clients
from clerk_deploy.aws.errors import aws_errors
from clerk_deploy.cli.release_text import moment
from clerk_deploy.names import Names
from clerk_deploy.release.alarms import Alarms
from clerk_deploy.release.edge_state import EdgeState
from clerk_deploy.release.ledger.ledger import Ledger
from clerk_deploy.release.ledger.records import HELD, SlotRecord
from clerk_deploy.release.ledger.table import Table


def release_status(clients: Clients, names: Names, edge: EdgeState | None) -> dict[str, Any]:
    """How an environment's releases stand.

    Args:
        clients: AWS clients.
        names: Names of what the environment owns.
        edge: What the edge's store says.

    Raises:
        DeployError: AWS did not tell.
    """
    ledger = Ledger(table=Table(client=clients.client("dynamodb"), name=names.ledger))
    with aws_errors("Reading the ledger"):
        state, lock = ledger.state(), ledger.lock.look()
        slots, newest = ledger.slots(), ledger.operations(limit=1)
        way_back = _way_back(ledger, slots, live=state.live.release)
    live = edge.live if edge else ""
    last = newest[0] if newest else None
    return {
        "slots": {
            slot: {
                "role": _role(slot, live=live, candidate=edge.candidate if edge else "", way_back=way_back),
                "state": record.state,
                "release": record.release,
                "commit": record.commit,
                "revision": record.revision,
            }
            for slot, record in slots.items()
        },
        "alarm": Alarms(client=clients.client("cloudwatch"), names=names).read(live).value if live else None,
        "lock": lock.plain() if lock.holder else None,
        "freeze": state.freeze.plain() if state.freeze else None,
        "last": {"number": last.number, "kind": last.request.kind, "outcome": last.outcome} if last else None,
        "condemned": sorted(ledger.condemned()),
        "differs": f"the edge sends traffic to {live or 'no slot'}, the ledger says "
        f"{state.live.slot or 'no slot'}"
        if live != state.live.slot
        else None,
    }


def release_lines(status: dict[str, Any]) -> list[tuple[str, str]]:
    """The same as label and text, for people."""
    lines = [
        (slot, " ".join(filter(None, (each["role"], each["release"] or each["state"]))))
        for slot, each in status["slots"].items()
    ]
    if status["alarm"]:
        lines.append(("release alarm", status["alarm"]))
    if lock := status["lock"]:
        lines.append(("lock", f"operation {lock['number']}, a {lock['purpose']}"))
    if freeze := status["freeze"]:
        lines.append(("frozen", f"by {freeze['by']}, {moment(freeze['at'])}: {freeze['reason']}"))
    if last := status["last"]:
        lines.append(("last operation", f"{last['number']}, {last['kind']}: {last['outcome']}"))
    if status["differs"]:
        lines.append(("differs", f"{status['differs']}; the next operation brings the ledger up to it"))
    return lines


def _way_back(ledger: Ledger, slots: dict[str, SlotRecord], *, live: str) -> str:
    condemned = ledger.condemned()
    held = {record.release: slot for slot, record in slots.items() if record.state == HELD}
    good = (one.release for one in ledger.good() if one.release not in condemned and one.release != live)
    return next((held[release] for release in good if release in held), "")


def _role(slot: str, *, live: str, candidate: str, way_back: str) -> str:
    roles = {way_back: "previous", candidate: "candidate", live: "live"}
    return roles.get(slot, "free")
