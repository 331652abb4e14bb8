"""A rehearsal a module: everything deployed and one release live."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console

from clerk_deploy.names import Names
from clerk_deploy.settings import load_settings
from rehearsal.commands import PROJECT
from rehearsal.stage import Stage, open_stage
from rehearsal.story import App, deploy
from rehearsal.timeline import Timeline

ENVIRONMENT = "production"


@contextmanager
def deployed(app: App, folder: Path) -> Iterator[Stage]:
    settings = load_settings(PROJECT / "cdk.json")
    with open_stage(
        environment=ENVIRONMENT,
        settings=settings.environments[ENVIRONMENT],
        names=Names(application=settings.application, environment=ENVIRONMENT),
        folder=folder,
        cache=PROJECT / ".rehearsal" / "cache",
    ) as stage:
        deploy(stage, app, Timeline(console=Console(quiet=True)))
        yield stage


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    app = App(folder=PROJECT / "rehearsal" / "tiny", knows_clerk=False)
    with deployed(app, tmp_path_factory.mktemp("tiny")) as stage:
        yield stage


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    app = App(folder=PROJECT / "web", knows_clerk=True)
    with deployed(app, tmp_path_factory.mktemp("reference")) as stage:
        yield stage


@pytest.fixture(scope="module")
def key_hash(reference: Stage) -> str:
    return str(json.loads(reference.world.ready_file.read_text())["key_hash"])
