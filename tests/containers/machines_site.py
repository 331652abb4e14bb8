"""An environment on several machines: the edge on one of its own, the app on the two others."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from rehearsal.containers.image_registry import USERNAME
from rehearsal.containers.machines import Machine, Machines, machines_problem
from rehearsal.containers.scene import EDGE_IMAGE, NODE_IMAGE
from rehearsal.load import Load


def skip_without_machines() -> None:
    """Skip a test where no machines can be made, and say what was not tried."""
    if problem := machines_problem():
        pytest.skip(f"several machines were not tried: {problem}")


def edge_of(machines: Machines) -> Machine:
    """The machine that the domain leads to; a worker, so that its label decides and no role."""
    return machines.all[1]


def prepared(machines: Machines) -> Mapping[str, Mapping[str, Any]]:
    """Label the edge's machine, fill the registry, and give the settings that lead there."""
    machines.label(edge_of(machines), "edge=true")
    machines.load(NODE_IMAGE)
    return {
        "engine": {"host": machines.manager.host},
        "registry": {"address": machines.registry.path, "username": USERNAME},
        "app": {"constraints": ["node.labels.edge!=true"]},
        # What a machine took and did not answer when it died is asked of another.
        "edge": {
            "constraint": "node.labels.edge==true",
            "image": machines.give(EDGE_IMAGE),
            "responseSeconds": 5,
        },
    }


def load_on(machines: Machines, *, port: int, host: str) -> Load:
    """A client of the edge's machine."""
    return Load(port=port, host=host, address=edge_of(machines).address)


def ask(machines: Machines, path: str, *, port: int, host: str) -> httpx.Response:
    """One request to the edge's machine."""
    with httpx.Client(verify=False, timeout=30.0, trust_env=False) as client:
        return client.get(
            f"https://{edge_of(machines).address}:{port}{path}",
            headers={"host": host},
            extensions={"sni_hostname": host},
        )
