import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import app
from clerk_deploy.names import Names
from clerk_deploy.settings import parse_settings
from tests.clerk_deploy.release.world import World

CDK_JSON = Path(app.__file__).with_name("cdk.json")


@pytest.fixture(scope="session")
def definition(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The state machine as the CDK synthesises it."""
    app.prepare_node(os.environ)
    import aws_cdk as cdk

    from stacks.delivery.stack import DeliveryStack
    from stacks.deployment import Deployment
    from stacks.stage import EnvironmentStage

    context = json.loads(CDK_JSON.read_text())["context"]
    settings = parse_settings(context)
    built = cdk.App(context=context, outdir=str(tmp_path_factory.mktemp("assembly")))
    names = Names(application=settings.application, environment="production")
    deployment = Deployment(names=names, settings=settings.environments["production"])
    stage = EnvironmentStage(built, deployment=deployment)
    if stage.node.try_find_child("Delivery") is None:
        DeliveryStack(
            stage,
            deployment=deployment,
            configuration=stage.configuration,
            hosting=stage.hosting,
            edge=stage.edge,
        )
    assembly = Path(built.synth().get_nested_assembly("assembly-production").directory)
    (template,) = assembly.glob("*Delivery*.template.json")
    resources = json.loads(template.read_text())["Resources"].values()
    (machine,) = [each for each in resources if each["Type"] == "AWS::StepFunctions::StateMachine"]
    parts = machine["Properties"]["DefinitionString"]["Fn::Join"][1]
    found: dict[str, Any] = json.loads("".join(part if isinstance(part, str) else "ARN" for part in parts))
    return found


@pytest.fixture
def world(definition: dict[str, Any]) -> World:
    return World(definition)


@pytest.fixture
def make_world(definition: dict[str, Any]) -> Callable[..., World]:
    def make(**given: Any) -> World:
        return World(definition, **given)

    return make
