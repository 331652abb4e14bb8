import base64
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from clerk_deploy.cli.root import app
from clerk_deploy.names import Names
from rehearsal.aws.config import Config
from rehearsal.aws.process import start_aws
from rehearsal.ports import free_port
from rehearsal.processes import Children

ACCOUNT = "123456789012"
SECRET = "sk_live_c0ffeec0ffeec0ffeec0ffee"
GOOD = {
    "CLERK_SECRET_KEY": SECRET,
    "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY": "pk_live_"
    + base64.b64encode(b"clerk.yourapp.com$").decode().rstrip("="),
    "NEXT_PUBLIC_API_BASE_URL": "https://api.yourapp.com",
    "NEXT_PUBLIC_TENANT_ID": "tenant_production_001",
    "NEXT_PUBLIC_APP_URL": "https://yourapp.com",
}
ENVIRONMENT = {
    "host": "amplify",
    "account": ACCOUNT,
    "domain": "yourapp.com",
    "repository": "https://github.com/your-org/yourapp",
}
applications = itertools.count(1)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine: no credentials, no proxy, no environment, no secret of another test."""
    for name in (
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "CLERK_DEPLOY_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))


@dataclass(frozen=True)
class Desk:
    """A folder with settings and files, and the command line."""

    folder: Path
    names: Names

    def write(self, name: str = ".env.production", **changed: str | None) -> str:
        values = {key: value for key, value in {**GOOD, **changed}.items() if value is not None}
        path = self.folder / name
        path.write_text("".join(f"{key}={value}\n" for key, value in values.items()), encoding="utf-8")
        return str(path)

    def settings(self, document: object) -> None:
        (self.folder / "cdk.json").write_text(json.dumps(document), encoding="utf-8")

    def run(self, *arguments: str, typed: str | None = None) -> Result:
        settings = ["--settings", str(self.folder / "cdk.json")]
        return CliRunner().invoke(app, [*arguments, *settings], input=typed)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    names = Names(application=f"app{next(applications)}", environment="production")
    desk = Desk(folder=tmp_path, names=names)
    desk.settings(
        {"context": {"application": names.application, "environments": {"production": ENVIRONMENT}}}
    )
    return desk


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("aws")
    config = Config(
        account=ACCOUNT,
        region="us-east-1",
        port=free_port(),
        sites_port=free_port(),
        folder=folder / "run",
        cache=folder / "cache",
        app_environment={},
    )
    children = Children()
    try:
        start_aws(config, children=children)
        yield config.endpoint
    finally:
        children.end_all()


@pytest.fixture
def aws(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Signs in to the embedded AWS; makes clients of it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "rehearsal")
    return lambda service: boto3.client(service, region_name="us-east-1")


@pytest.fixture
def deploy(aws: Callable[[str], Any], desk: Desk) -> Callable[[str], None]:
    """Deploys a stack that has what the command line looks for."""

    def run(kind: str) -> None:
        cloudformation = aws("cloudformation")
        stack = desk.names.stack(kind)
        cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(template(kind, desk.names)))
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName=stack, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100}
        )

    return run


def template(kind: str, names: Names) -> dict[str, Any]:
    if kind == "Hosting":
        return {
            "Parameters": {
                "Revision": {
                    "Type": "AWS::SSM::Parameter::Value<String>",
                    "Default": names.revision_parameter,
                }
            },
            "Resources": {"Log": {"Type": "AWS::Logs::LogGroup"}},
            "Outputs": {"DeployedRevision": {"Value": {"Ref": "Revision"}}},
        }
    secrets = (names.variables_secret, names.secrets_secret, names.repository_secret)
    return {
        "Resources": {
            **{
                f"Secret{number}": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": name}}
                for number, name in enumerate(secrets)
            },
            "Revision": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Name": names.revision_parameter, "Type": "String", "Value": "none"},
            },
        }
    }
