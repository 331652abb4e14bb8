"""The log of containers in CloudWatch: read by the commands, counted by Monitoring, and a release's judge."""

import functools
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from clerk_deploy.cli.root import app
from clerk_deploy.containers import operations
from clerk_deploy.errors import Exit
from clerk_deploy.names import Names
from rehearsal.aws.config import Config
from rehearsal.aws.process import start_aws
from rehearsal.commands import PROJECT, Commands
from rehearsal.containers.awslogs import credentials, log_settings
from rehearsal.containers.project import LoopbackHttp
from rehearsal.containers.scene import ENVIRONMENT, Scene
from rehearsal.containers.site import Site
from rehearsal.containers.surroundings import surroundings
from rehearsal.containers.swarm import Swarm
from rehearsal.front.certificates import BUNDLE_FILE
from rehearsal.front.clients import environment
from rehearsal.load import Load
from rehearsal.ports import free_port
from rehearsal.processes import Children
from tests.containers.swarm_stack import SwarmStack
from tests.support.waiting import until

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]

ACCOUNT = "123456789012"
REGION = "us-east-1"
TIME_SCALE = 20.0
FASTER = 4.0
"""How much faster the watch of a release is here than for its users."""

FIRST, SECOND, BROKEN = (digit * 40 for digit in "123")


@dataclass(kw_only=True)
class Watched:
    """An environment whose log Monitoring watches; `variables` lead commands to the embedded AWS."""

    site: Site
    stack: SwarmStack
    names: Names
    variables: dict[str, str]

    def aws(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.variables["AWS_ENDPOINT_URL"],
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="rehearsal",
        )

    def alarm(self) -> str:
        name = self.names.release_alarm("containers")
        found = self.aws("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])
        return "".join(alarm["StateValue"] for alarm in found["CompositeAlarms"])

    def load(self) -> Load:
        return Load(port=self.site.scene.https_port, host=self.site.scene.domain, rate=20)


@pytest.fixture(scope="module")
def watched(engine: None, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("awslogs")
    scene = Scene(
        folder=folder / "scene",
        application=f"logged-{worker_id}"[:20],
        declared={
            "account": ACCOUNT,
            "release": {"bakeMinutes": 2, "candidateCheck": "health"},
            "monitoring": {"verificationMinutes": 60},
        },
    )
    config = Config(
        account=ACCOUNT,
        region=REGION,
        port=free_port(),
        sites_port=free_port(),
        folder=folder / "aws",
        cache=folder / "cache",
        app_environment={},
        time_scale=TIME_SCALE,
    )
    names = Names(application=scene.application, environment=ENVIRONMENT)
    swarm = Swarm(owner=scene.application)
    site = Site(scene=scene, swarm=swarm)
    children = Children()
    with surroundings(
        folder=folder / "world", domain=scene.domain, secret_key="sk_live_none", tenants=()
    ) as around:
        variables = variables_of(config, proxy_port=around.proxy_port, certificates=around.authority.parent)
        try:
            start_aws(config, children=children)
            deploy(scene, variables, folder)
            with credentials(config):
                stack = SwarmStack(
                    site=site,
                    settings={
                        "log": log_settings(config, group=names.containers_log_group),
                        "app": {"environment": {"WRITE_LINES": "1"}},
                    },
                    commit=FIRST,
                )
                swarm.down()
                yield Watched(site=site, stack=stack, names=names, variables=variables)
                swarm.down()
        finally:
            swarm.down()
            children.end_all()


def variables_of(config: Config, *, proxy_port: int, certificates: Path) -> dict[str, str]:
    assert (certificates / BUNDLE_FILE).is_file()
    return {
        **environment(proxy_port=proxy_port, certificates=certificates),
        "AWS_ENDPOINT_URL": config.endpoint,
        "AWS_ACCESS_KEY_ID": config.account,
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
        "AWS_REGION": config.region,
        "AWS_DEFAULT_REGION": config.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def deploy(scene: Scene, variables: dict[str, str], folder: Path) -> None:
    """Its stacks, by the real CDK CLI."""
    document = json.loads(scene.settings.read_text())
    scene.settings.write_text(json.dumps({"app": f"{sys.executable} {PROJECT / 'app.py'}", **document}))
    commands = Commands(
        environment={
            **os.environ,
            **variables,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        },
        output=folder / "commands.log",
        assembly=folder / "cdk.out",
        project=scene.folder,
    )
    commands.bootstrap(account=ACCOUNT, region=REGION)
    commands.deploy(f"{ENVIRONMENT}/*")


@pytest.fixture
def typed(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    made = functools.partial(
        operations.open_operations,
        http=LoopbackHttp(port=watched.site.scene.https_port),
        clock=lambda: time.monotonic() * FASTER,
        sleep=lambda seconds: time.sleep(seconds / FASTER),
    )
    monkeypatch.setattr(operations, "open_operations", made)
    monkeypatch.setattr(operations, "open_stack", lambda name, folder: watched.stack)
    for name, value in watched.variables.items():
        monkeypatch.setenv(name, value)

    def type_in(*words: str) -> Result:
        settings = str(watched.site.scene.settings)
        return CliRunner().invoke(app, [*words, "-e", ENVIRONMENT, "--settings", settings])

    return type_in


def released(typed: Callable[..., Result], watched: Watched, commit: str, *words: str) -> Result:
    watched.stack.commit = commit
    return typed("release", commit, *words)


def test_lines_arrive_in_the_group_and_are_counted(watched: Watched, typed: Callable[..., Result]) -> None:
    until(lambda: watched.alarm() == "OK")
    first = released(typed, watched, FIRST, "--skip-bake")
    assert first.exit_code == Exit.OK, first.output
    with watched.load():
        until(lambda: "api.unknown" in typed("logs", "--since", "5m").stdout)

        def counted() -> bool:
            found = watched.aws("cloudwatch").list_metrics(Namespace=watched.names.metric_namespace)
            wanted = {
                "MetricName": "ReleaseRequests",
                "Dimensions": [{"Name": "slot", "Value": "containers"}],
            }
            return any(wanted.items() <= metric.items() for metric in found["Metrics"])

        until(counted)
    assert watched.alarm() == "OK"
    lines = [json.loads(line) for line in typed("logs", "--since", "5m", "--json").stdout.splitlines()]
    # The edge's access log is in the group too.
    assert {line["event"] for line in lines} == {"api.unknown"}
    assert {line["commit"] for line in lines} == {FIRST}
    streams = watched.aws("logs").describe_log_streams(logGroupName=watched.names.containers_log_group)
    assert any("-edge." in stream["logStreamName"] for stream in streams["logStreams"])


def test_release_that_fails_its_users_is_taken_back_by_its_alarm(
    watched: Watched, typed: Callable[..., Result]
) -> None:
    watched.site.scene.behave("failing")
    try:
        with watched.load():
            broken = released(typed, watched, BROKEN)
    finally:
        watched.site.scene.behave("well")
    assert broken.exit_code == Exit.ROLLED_BACK, broken.output
    assert f"The alarm {watched.names.release_alarm('containers')} is red" in broken.stderr
    assert json.loads(typed("status", "--json").stdout)["environments"][0]["live"].startswith(FIRST[:12])
