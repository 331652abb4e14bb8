"""cdk-nag and cfn-lint find nothing; what is accepted has its reason beside the construct or below."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_secretsmanager as secretsmanager
from cdk_nag import AwsSolutionsChecks
from cfnlint.api import ManualArgs, lint

import app

IGNORED = {"W3005": "the CDK writes DependsOn beside references that say the same"}

CONNECTION = "arn:aws:codeconnections:us-east-1:123456789012:connection/11111111-2222-3333-4444-555555555555"

EXPORT = {"vendor": "datadog", "site": "datadoghq.eu", "namespaces": ["AWS/CloudFront"]}


@pytest.fixture(scope="module", autouse=True)
def _node() -> None:
    app.prepare_node(os.environ)


def nag(built: cdk.App) -> None:
    cdk.Validations.of(built).add_plugins(AwsSolutionsChecks())
    built.synth()


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"firewall": {"enabled": False}},
        {"hostedZone": None},
        {"clerk": {"forwardClientAddress": True}},
        {"release": {"connectionArn": CONNECTION}},
        {"release": {"fallback": "client-side-clerk"}},
        {"monitoring": {"export": EXPORT}},
    ],
    ids=[
        "as-declared",
        "without-firewall",
        "without-zone",
        "client-address",
        "pipeline",
        "fallback",
        "export",
    ],
)
def test_nag_finds_nothing(
    changed: dict[str, Any], context_with: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    nag(app.build(context_with(**changed), outdir=tmp_path))


def test_nag_would_find_something(tmp_path: Path) -> None:
    built = cdk.App(outdir=str(tmp_path))
    secretsmanager.CfnSecret(cdk.Stack(built, "Bare"), "Secret")
    with pytest.raises(Exception, match="AwsSolutions-SMG4"):
        nag(built)


def test_cfn_lint_finds_nothing(stacks: Any, production_with: Callable[..., Any]) -> None:
    config = ManualArgs(regions=["us-east-1"], ignore_checks=list(IGNORED))
    piped = production_with(release={"connectionArn": CONNECTION})["production/Delivery"]
    falling_back = production_with(release={"fallback": "client-side-clerk"})
    exporting = production_with(monitoring={"export": EXPORT})
    every = {
        **stacks,
        "production/Delivery with a pipeline": piped,
        "production/Delivery with a fallback": falling_back["production/Delivery"],
        "production/Hosting with a fallback": falling_back["production/Hosting"],
        "production/Configuration with an export": exporting["production/Configuration"],
        "production/Monitoring with an export": exporting["production/Monitoring"],
    }
    found = {path: lint(json.dumps(stack.template), config=config) for path, stack in every.items()}
    assert [f"{path}: {match}" for path, matches in found.items() for match in matches] == []
