"""A throw-away environment, and clients that answer from memory."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clerk_deploy.acceptance.throw_away import ThrowAway, throw_away
from clerk_deploy.settings import parse_settings

MODEL: dict[str, Any] = {
    "host": "amplify",
    "account": "123456789012",
    "domain": "yourapp.com",
    "hostedZone": {"id": "Z0123456789EXAMPLE", "name": "yourapp.com"},
    "repository": "https://github.com/your-org/yourapp",
    "tags": {"team": "web"},
    "clerk": {"cnames": [{"name": "clerk.yourapp.com", "target": "frontend-api.clerk.services"}]},
    "monitoring": {"emails": ["oncall@yourapp.com"]},
    "release": {"bakeMinutes": 30, "canaryPercent": 10},
    "variables": [{"name": "STRIPE_SECRET_KEY", "secret": True, "required": True}],
}
KEY = "pk_live_" + base64.b64encode(b"clerk.yourapp.com$").decode().rstrip("=")
FILE = {
    "CLERK_SECRET_KEY": "sk_live_c0ffeec0ffeec0ffeec0ffee",
    "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY": KEY,
    "NEXT_PUBLIC_API_BASE_URL": "https://api.yourapp.com",
    "NEXT_PUBLIC_TENANT_ID": "tenant_production_001",
    "NEXT_PUBLIC_APP_URL": "https://yourapp.com",
    "STRIPE_SECRET_KEY": "stripe-0123456789",
}


def context(**changed: Any) -> dict[str, Any]:
    return {
        "@aws-cdk/core:flag": True,
        "application": "yourapp",
        "environments": {"production": {**MODEL, **changed}},
    }


def made(
    *,
    changed: dict[str, Any] | None = None,
    name: str = "acceptance",
    domain: str | None = None,
    test_keys: bool = False,
) -> ThrowAway:
    document = context(**(changed or {}))
    return throw_away(
        parse_settings(document),
        like="production",
        context=document,
        name=name,
        domain=domain,
        test_keys=test_keys,
    )


@pytest.fixture
def target() -> ThrowAway:
    return made()


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    def write(**changed: str) -> Path:
        path = tmp_path / ".env.acceptance"
        path.write_text("".join(f"{name}={value}\n" for name, value in {**FILE, **changed}.items()))
        return path

    return write


def error(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message or code}}, "Operation")


@dataclass
class Clock:
    """Time that passes only when somebody waits."""

    seconds: float = 1_000.0

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Pages:
    """A paginator of one page."""

    ask: Callable[..., dict[str, Any]]

    def paginate(self, **arguments: Any) -> list[dict[str, Any]]:
        return [self.ask(**arguments)]


@dataclass
class Aws:
    """Clients that answer by functions; what was called is remembered in order."""

    answers: dict[str, Callable[..., Any]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def client(self, service: str) -> Any:
        return Client(aws=self, service=service)

    def ask(self, name: str, arguments: dict[str, Any]) -> Any:
        self.calls.append((name, arguments))
        return self.answers[name](**arguments)

    def named(self, name: str) -> list[dict[str, Any]]:
        return [arguments for called, arguments in self.calls if called == name]


@dataclass
class Client:
    aws: Aws
    service: str

    def get_paginator(self, operation: str) -> Pages:
        return Pages(lambda **arguments: self.aws.ask(f"{self.service}.{operation}", arguments))

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return lambda **arguments: self.aws.ask(f"{self.service}.{operation}", arguments)


@pytest.fixture
def aws() -> Aws:
    """An account with nothing in it."""

    def missing(**_: Any) -> Any:
        raise error("ResourceNotFoundException")

    def no_stack(**_: Any) -> Any:
        raise error("ValidationError", "Stack with id x does not exist")

    return Aws(
        answers={
            "cloudformation.describe_stacks": no_stack,
            "secretsmanager.describe_secret": missing,
            "secretsmanager.delete_secret": missing,
            "secretsmanager.get_secret_value": missing,
            "dynamodb.describe_table": missing,
            "dynamodb.delete_table": missing,
            "ssm.get_parameter": missing,
            "logs.describe_log_groups": lambda **_: {"logGroups": []},
            "logs.delete_log_group": missing,
            "resourcegroupstaggingapi.get_resources": lambda **_: {"ResourceTagMappingList": []},
            "route53.list_resource_record_sets": lambda **_: {"ResourceRecordSets": []},
        }
    )
