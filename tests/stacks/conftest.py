"""One synth per configuration and session: starting jsii and building the stacks is what takes the time."""

import copy
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import app

CDK_JSON = Path(app.__file__).with_name("cdk.json")

Template = dict[str, Any]
Context = dict[str, Any]


@dataclass(frozen=True)
class Stack:
    name: str
    template: Template
    termination_protection: bool
    tags: Mapping[str, str]

    def of_type(self, kind: str) -> dict[str, Any]:
        resources = self.template["Resources"]
        return {name: found for name, found in resources.items() if found["Type"] == kind}

    def only(self, kind: str) -> dict[str, Any]:
        (found,) = self.of_type(kind).values()
        return found["Properties"]


Stacks = dict[str, Stack]
"""By path, such as `production/Hosting`."""


def _read(assembly: Path) -> Iterator[tuple[str, Stack]]:
    for nested in sorted(assembly.glob("assembly-*")):
        manifest = json.loads((nested / "manifest.json").read_text())
        for artifact in manifest["artifacts"].values():
            if artifact["type"] == "aws:cloudformation:stack":
                properties = artifact["properties"]
                yield (
                    artifact["displayName"],
                    Stack(
                        name=properties["stackName"],
                        template=json.loads((nested / properties["templateFile"]).read_text()),
                        termination_protection=properties.get("terminationProtection", False),
                        tags=properties.get("tags", {}),
                    ),
                )


@pytest.fixture(scope="session")
def declared() -> Context:
    return json.loads(CDK_JSON.read_text())["context"]


@pytest.fixture(scope="session")
def synth(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Context], Stacks]:
    app.prepare_node(os.environ)
    done: dict[str, Stacks] = {}

    def once(context: Context) -> Stacks:
        key = json.dumps(context, sort_keys=True)
        if key not in done:
            folder = tmp_path_factory.mktemp("assembly")
            app.build(context, outdir=folder).synth()
            done[key] = dict(_read(folder))
        return done[key]

    return once


@pytest.fixture(scope="session")
def stacks(synth: Callable[[Context], Stacks], declared: Context) -> Stacks:
    """As cdk.json declares them."""
    return synth(declared)


@pytest.fixture(scope="session")
def context_with(declared: Context) -> Callable[..., Context]:
    """cdk.json's context with only production in it, some of its settings changed; None takes one away."""

    def make(**changed: Any) -> Context:
        context = copy.deepcopy(declared)
        production = {**context["environments"]["production"], **changed}
        context["environments"] = {
            "production": {name: value for name, value in production.items() if value is not None}
        }
        return context

    return make


@pytest.fixture(scope="session")
def production_with(
    synth: Callable[[Context], Stacks], context_with: Callable[..., Context]
) -> Callable[..., Stacks]:
    def make(**changed: Any) -> Stacks:
        return synth(context_with(**changed))

    return make
