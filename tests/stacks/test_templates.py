"""Promises that hold for every template."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

SECRET_SHAPES = {
    "Clerk secret key": r"sk_(live|test)_",
    "Clerk publishable key": r"pk_(live|test)_",
    "webhook secret": r"whsec_",
    "GitHub token": r"gh[pousr]_[A-Za-z0-9]|github_pat_",
    "AWS access key": r"(AKIA|ASIA)[A-Z0-9]{16}",
    "private key": r"-----BEGIN",
    "token of 32 hex characters": r"(?<![0-9a-f-])[0-9a-f]{32}(?![0-9a-f])",
    "JSON Web Token": r"eyJ[A-Za-z0-9_-]{10,}\.",
}

STATEFUL = {
    "Configuration": {
        "Key961B73FD": "AWS::KMS::Key",
        "Variables": "AWS::SecretsManager::Secret",
        "Secrets": "AWS::SecretsManager::Secret",
        "Repository": "AWS::SecretsManager::Secret",
        "Smoke": "AWS::SecretsManager::Secret",
        "Revision": "AWS::SSM::Parameter",
    },
    "Hosting": {
        "App": "AWS::Amplify::App",
        "SlotA": "AWS::Amplify::Branch",
        "SlotB": "AWS::Amplify::Branch",
        "SlotC": "AWS::Amplify::Branch",
        "Log": "AWS::Logs::LogGroup",
    },
    "Delivery": {"LedgerB7379752": "AWS::DynamoDB::Table"},
    "Edge": {
        "RouterStoreE2235B32": "AWS::CloudFront::KeyValueStore",
        "SiteE53D7754": "AWS::CloudFront::Distribution",
        "Certificate4E7ABB08": "AWS::CertificateManager::Certificate",
    },
}


@pytest.mark.parametrize("shape", SECRET_SHAPES)
def test_no_template_holds_a_value_shaped_like_a_secret(shape: str, stacks: Any) -> None:
    for path, stack in stacks.items():
        found = re.search(SECRET_SHAPES[shape], json.dumps(stack.template))
        assert found is None, f"{path}: {found}"


@pytest.mark.parametrize("environment", ["production", "staging"])
@pytest.mark.parametrize("kind", STATEFUL)
def test_what_holds_state_keeps_its_logical_id(environment: str, kind: str, stacks: Any) -> None:
    resources = stacks[f"{environment}/{kind}"].template["Resources"]
    types = {name: resources[name]["Type"] for name in STATEFUL[kind] if name in resources}
    assert types == STATEFUL[kind]


def test_stacks_are_named_after_application_and_environment(stacks: Any) -> None:
    assert {stack.name for stack in stacks.values()} == {
        f"yourapp-{path.replace('/', '-')}" for path in stacks
    }


def test_termination_protection_follows_the_setting(stacks: Any) -> None:
    assert {path: stack.termination_protection for path, stack in stacks.items()} == {
        path: path.startswith("production/") for path in stacks
    }


def test_no_stack_is_tagged_for_a_tag_would_reset_the_revision(production_with: Callable[..., Any]) -> None:
    stacks = production_with(tags={"team": "identity"})
    assert [path for path, stack in stacks.items() if stack.tags] == []
    assert "Tags" not in stacks["production/Configuration"].only("AWS::SSM::Parameter")
    (site,) = stacks["production/Edge"].of_type("AWS::CloudFront::Distribution").values()
    assert {"Key": "team", "Value": "identity"} in site["Properties"]["Tags"]


NAMED = {
    "AWS::KMS::Alias": ("AliasName",),
    "AWS::SecretsManager::Secret": ("Name",),
    "AWS::SSM::Parameter": ("Name",),
    "AWS::Amplify::App": ("Name",),
    "AWS::WAFv2::WebACL": ("Name",),
    "AWS::CloudFront::KeyValueStore": ("Name",),
    "AWS::CloudFront::Function": ("Name",),
    "AWS::CloudFront::CachePolicy": ("CachePolicyConfig", "Name"),
    "AWS::CloudFront::ResponseHeadersPolicy": ("ResponseHeadersPolicyConfig", "Name"),
}
"""Resources whose name is taken once in an account."""


def test_names_hold_application_and_environment_so_that_many_fit_into_one_account(stacks: Any) -> None:
    for path, stack in stacks.items():
        environment = path.split("/")[0]
        for kind, (first, *rest) in NAMED.items():
            for resource in stack.of_type(kind).values():
                name = resource["Properties"][first]
                for key in rest:
                    name = name[key]
                assert f"yourapp/{environment}" in name or f"yourapp-{environment}" in name


def test_no_stack_exports_anything_that_would_block_an_update(stacks: Any) -> None:
    for stack in stacks.values():
        assert not [out for out in stack.template.get("Outputs", {}).values() if "Export" in out]


@pytest.mark.parametrize(
    ("kind", "outputs"),
    [
        ("Configuration", {"KeyArn", "SecretsArn", "VariablesArn", "RevisionParameter"}),
        ("Hosting", {"AppId", "DefaultDomain", "LogGroup", "DeployedRevision"}),
        ("Edge", {"DistributionId", "DistributionDomain", "KeyValueStoreArn"}),
        ("Delivery", {"MachineArn", "LedgerTable"}),
    ],
)
def test_outputs_that_the_command_line_reads(kind: str, outputs: set[str], stacks: Any) -> None:
    assert outputs <= set(stacks[f"production/{kind}"].template["Outputs"])
