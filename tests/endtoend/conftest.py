"""Everything deployed and one release live; what can be shared is, for a deployment takes half a minute."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from rich.console import Console

from clerk_deploy.names import Names
from clerk_deploy.settings import load_settings
from rehearsal.commands import PROJECT
from rehearsal.stage import Stage, open_stage
from rehearsal.story import App, deploy
from rehearsal.timeline import Timeline

ENVIRONMENT = "production"
SITE: Final = "datadoghq.eu"
EXPORT: Final[Mapping[str, Any]] = {"monitoring": {"export": {"vendor": "datadog", "site": SITE}}}


@contextmanager
def deployed(
    app: App, folder: Path, *, time_scale: float = 1.0, changes: Mapping[str, Any] | None = None
) -> Iterator[Stage]:
    settings = load_settings(PROJECT / "cdk.json")
    with open_stage(
        environment=ENVIRONMENT,
        settings=settings.environments[ENVIRONMENT],
        names=Names(application=settings.application, environment=ENVIRONMENT),
        folder=folder,
        cache=PROJECT / ".rehearsal" / "cache",
        time_scale=time_scale,
        changes=changes,
    ) as stage:
        deploy(stage, app, Timeline(console=Console(quiet=True)))
        yield stage


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The tiny app, with alarms that take seconds and metrics that leave for a vendor."""
    app = App(folder=PROJECT / "rehearsal" / "tiny", knows_clerk=False)
    with deployed(app, tmp_path_factory.mktemp("tiny"), time_scale=40.0, changes=EXPORT) as stage:
        yield stage


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    app = App(folder=PROJECT / "web", knows_clerk=True)
    with deployed(app, tmp_path_factory.mktemp("reference")) as stage:
        yield stage


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Where alarms and bakes take seconds; its releases are its tests' to make, one after the other."""
    app = App(folder=PROJECT / "web", knows_clerk=True)
    with deployed(app, tmp_path_factory.mktemp("watched"), time_scale=30.0) as stage:
        yield stage
