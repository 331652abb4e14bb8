"""A vendor behind the front, and an embedded AWS whose Firehose reaches it by the vendor's own name."""

import asyncio
import contextlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

import app
from clerk_deploy.monitoring.export.vendors import Vendor
from rehearsal.aws.config import Config
from rehearsal.aws.process import start_aws
from rehearsal.front.certificates import Authority, system_roots
from rehearsal.front.clients import environment
from rehearsal.front.front import Front, serve_front
from rehearsal.front.hosts import HostTable
from rehearsal.monitor.app import create_app, hosts
from rehearsal.monitor.state import KEYS, Monitor
from rehearsal.ports import free_port
from rehearsal.processes import Children

ACCOUNT = "123456789012"
SCALE = 120.0
STACKS = ("Configuration", "Monitoring")


@dataclass(frozen=True, kw_only=True)
class Exporting:
    """What a deployed export consists of."""

    vendor: Vendor
    monitor: Monitor
    client: Callable[[str], Any]
    outputs: dict[str, str]

    def connect(self, text: str) -> None:
        self.client("secretsmanager").put_secret_value(
            SecretId=f"yourapp/production/{self.vendor}", SecretString=text
        )

    def publish(self, metric: str, *values: float, namespace: str = "yourapp/production") -> None:
        data = [
            {"MetricName": metric, "Value": value, "Unit": "Milliseconds", "Dimensions": [SLOT]}
            for value in values
        ]
        self.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=data)

    def undelivered(self) -> list[str]:
        found = self.client("s3").list_objects_v2(Bucket=self.outputs["ExportBackup"])
        return [item["Key"] for item in found.get("Contents", ())]


SLOT = {"Name": "slot", "Value": "slot-a"}


@contextlib.contextmanager
def front(folder: Path, table: HostTable) -> Iterator[tuple[Front, Authority]]:
    """A front in a thread of its own."""
    authority = Authority(folder=folder, roots=system_roots(os.environ))
    loop, started = asyncio.new_event_loop(), threading.Event()
    stop, made = asyncio.Event(), []

    async def serve() -> None:
        async with serve_front(hosts=table, authority=authority, default_host="yourapp.com") as running:
            made.append(running)
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert started.wait(30)
    try:
        yield made[0], authority
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


@pytest.fixture(scope="session", params=[Vendor.DATADOG, Vendor.NEW_RELIC])
def exporting(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Exporting]:
    vendor: Vendor = request.param
    folder = tmp_path_factory.mktemp(vendor.value)
    monitor = Monitor(vendor=vendor, key=KEYS[vendor])
    table = HostTable()
    for host in hosts(vendor):
        table.set(host, create_app(monitor))
    children = Children()
    with front(folder, table) as (running, authority):
        config = Config(
            account=ACCOUNT,
            region="us-east-1",
            port=free_port(),
            sites_port=free_port(),
            folder=folder / "run",
            cache=folder / "cache",
            app_environment=environment(
                proxy_port=running.proxy_port, certificates=authority.certificate_file.parent
            ),
            time_scale=SCALE,
        )
        start_aws(config, children=children)

        def client(service: str) -> Any:
            return boto3.client(
                service,
                region_name="us-east-1",
                endpoint_url=config.endpoint,
                aws_access_key_id=ACCOUNT,
                aws_secret_access_key="rehearsal",
            )

        try:
            outputs = deploy(client("cloudformation"), vendor, folder / "assembly")
            yield Exporting(vendor=vendor, monitor=monitor, client=client, outputs=outputs)
        finally:
            children.end_all()


def deploy(cloudformation: Any, vendor: Vendor, folder: Path) -> dict[str, str]:
    """What the two stacks have for an export, as synthesised; gives the outputs."""
    for kind in STACKS:
        name = f"yourapp-production-{kind}"
        template = json.dumps(part_of(templates(vendor, folder)[kind]))
        cloudformation.create_stack(StackName=name, TemplateBody=template, Capabilities=["CAPABILITY_IAM"])
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName=name, WaiterConfig={"Delay": 0.2, "MaxAttempts": 150}
        )
    stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    return {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}


def templates(vendor: Vendor, folder: Path) -> dict[str, Any]:
    site = {Vendor.DATADOG: "us5.datadoghq.com", Vendor.NEW_RELIC: "eu"}[vendor]
    context = json.loads(Path(app.__file__).with_name("cdk.json").read_text())["context"]
    production = context["environments"]["production"]
    export = {"vendor": vendor.value, "site": site}
    context["environments"] = {"production": {**production, "monitoring": {"export": export}}}
    app.prepare_node(os.environ)
    app.build(context, outdir=folder).synth()
    (assembly,) = folder.glob("assembly-*")
    found = {path.name: json.loads(path.read_text()) for path in assembly.glob("*.template.json")}
    return {kind: next(each for name, each in found.items() if kind in name) for kind in STACKS}


def part_of(template: dict[str, Any]) -> dict[str, Any]:
    """Key, vendor's secret, delivery, stream and their alarms, with the outputs that need no more."""
    names = ("Key961B", "Datadog", "NewRelic", "Delivery", "Metrics", "AlarmsExport")
    resources = {
        name: {**found, "Properties": without_actions(found["Properties"])}
        for name, found in template["Resources"].items()
        if name.startswith(names)
    }

    def kept(output: dict[str, Any]) -> bool:
        text = json.dumps(output["Value"])
        needs = [name for name in template["Resources"] if f'"{name}"' in text]
        return bool(needs) and all(name in resources for name in needs)

    outputs = {name: output for name, output in template["Outputs"].items() if kept(output)}
    return {"Resources": resources, "Outputs": outputs}


def without_actions(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name not in ("AlarmActions", "OKActions")}
