"""Every stack of both environments as a file to read; `pytest --snapshot-update` writes them anew."""

import re
from typing import Any

import pytest
import yaml
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

ENVIRONMENTS = ("production", "staging")
KINDS = ("Configuration", "Hosting", "Edge", "Monitoring", "Delivery")


OF_ITS_OWN = {
    "FunctionCode": "<route.js>",
    "DashboardBody": "<dashboard>",
    "CLERK_DEPLOY_VERIFICATION": "<settings>",
}
"""Properties that have tests of their own."""


class YamlFile(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "yaml"


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(YamlFile)


def readable(node: Any) -> Any:
    """The one place that masks what changes without meaning, and joins what CDK splits."""
    if isinstance(node, list):
        return _as_mapping(node) or [readable(item) for item in node]
    if isinstance(node, str):
        return re.sub(r"\b[0-9a-f]{64}\b", "<asset>", node)
    if not isinstance(node, dict):
        return node
    if set(node) == {"Fn::Join"} and node["Fn::Join"][0] == "":
        return "".join(_inline(part) for part in node["Fn::Join"][1])
    if set(node) == {"Fn::GetAtt"}:
        return {"GetAtt": ".".join(node["Fn::GetAtt"])}
    return {
        key: OF_ITS_OWN.get(key) or readable(value)
        for key, value in node.items()
        if key not in ("BootstrapVersion", "CheckBootstrapVersion")
    }


def _as_mapping(items: list[Any]) -> dict[str, Any] | None:
    """Variables and tags on a line each."""
    for keys in ({"Name", "Value"}, {"Key", "Value"}):
        if items and all(isinstance(item, dict) and set(item) == keys for item in items):
            (name,) = keys - {"Value"}
            return {item[name]: readable(item["Value"]) for item in items}
    return None


def _inline(part: Any) -> str:
    if isinstance(part, str):
        return part
    ((function, argument),) = readable(part).items()
    return f"${{{argument}}}" if function in ("Ref", "GetAtt") else f"${{{function} {argument}}}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_template(environment: str, kind: str, stacks: Any, snapshot: SnapshotAssertion) -> None:
    template = readable(stacks[f"{environment}/{kind}"].template)
    text = yaml.safe_dump(template, sort_keys=False, width=160)
    assert text == snapshot


def test_every_stack_has_a_snapshot(stacks: Any) -> None:
    assert set(stacks) == {f"{environment}/{kind}" for environment in ENVIRONMENTS for kind in KINDS}
