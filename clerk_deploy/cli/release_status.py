"""What `status` says about releases: slots, lock, freeze, alarm, and where ledger and edge differ."""

import json
import os
from typing import Any

from clerk_deploy.aws.clients import Clients
from clerk_deploy.aws.errors import aws_errors
from clerk_deploy.cli.release_text import moment
from clerk_deploy.errors import DeployError
from clerk_deploy.names import Names
from clerk_deploy.release.alarms import Alarms
from clerk_deploy.release.edge_state import EdgeState
from clerk_deploy.release.github import Repository
from clerk_deploy.release.ledger.ledger import Ledger
from clerk_deploy.release.ledger.records import HELD, SlotRecord
from clerk_deploy.release.ledger.table import Table
from clerk_deploy.release.pool import open_pool
from clerk_deploy.secret_value import SecretValue


def release_status(
    clients: Clients, names: Names, edge: EdgeState | None, *, repository: str
) -> dict[str, Any]:
    """How an environment's releases stand.

    Args:
        clients: AWS clients.
        names: Names of what the environment owns.
        edge: What the edge's store says.
        repository: https://github.com/OWNER/NAME.

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
                "fallback": record.fallback,
            }
            for slot, record in slots.items()
        },
        "alarm": Alarms(client=clients.client("cloudwatch"), names=names).read(live).value if live else None,
        "lock": lock.plain() if lock.holder else None,
        "freeze": state.freeze.plain() if state.freeze else None,
        "last": {"number": last.number, "kind": last.request.kind, "outcome": last.outcome} if last else None,
        "token": token_status(clients, names, repository),
        "condemned": sorted(ledger.condemned()),
        "differs": f"the edge sends traffic to {live or 'no slot'}, the ledger says "
        f"{state.live.slot or 'no slot'}"
        if live != state.live.slot
        else None,
    }


def token_status(clients: Clients, names: Names, repository: str) -> str:
    """When the GitHub token ends. What cannot be found out is said, and spoils nothing else."""
    owner, name = repository.removeprefix("https://github.com/").split("/")
    try:
        with aws_errors("Reading the GitHub token"):
            text = clients.client("secretsmanager").get_secret_value(SecretId=names.repository_secret)
        token = SecretValue(str(json.loads(text["SecretString"])["token"]))
        github = Repository(http=open_pool(os.environ), owner=owner, name=name, token=token.reveal)
        expires = github.token_expires()
    except DeployError as error:
        return f"unknown: {error.message}"
    return f"ends {expires}" if expires else "does not end"


def release_lines(status: dict[str, Any]) -> list[tuple[str, str]]:
    """The same as label and text, for people."""
    lines = [
        (slot, " ".join(filter(None, (each["role"], each["release"] or each["state"], _which(each)))))
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
    lines.append(("GitHub token", status["token"]))
    if status["differs"]:
        lines.append(("differs", f"{status['differs']}; the next operation brings the ledger up to it"))
    return lines


def _which(slot: dict[str, Any]) -> str:
    return "(the fallback: Clerk's own components)" if slot["fallback"] else ""


def _way_back(ledger: Ledger, slots: dict[str, SlotRecord], *, live: str) -> str:
    condemned = ledger.condemned()
    held = {record.release: slot for slot, record in slots.items() if record.state == HELD}
    good = (one.release for one in ledger.good() if one.release not in condemned and one.release != live)
    return next((held[release] for release in good if release in held), "")


def _role(slot: str, *, live: str, candidate: str, way_back: str) -> str:
    roles = {way_back: "previous", candidate: "candidate", live: "live"}
    return roles.get(slot, "free")
