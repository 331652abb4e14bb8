"""docs/headers.md names the owner of every header that the edge sets."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import app

PAGE = Path(app.__file__).parent / "docs" / "headers.md"
POLICY_NAMES = {
    "StrictTransportSecurity": "strict-transport-security",
    "ContentTypeOptions": "x-content-type-options",
}
COLUMNS = ("documents", "api", "files", "own")


@pytest.fixture(scope="module")
def owners() -> dict[str, dict[str, str]]:
    rows = {}
    for line in PAGE.read_text(encoding="utf-8").split("## Why")[0].splitlines():
        first, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        for name in re.findall(r"`([A-Za-z-]+)`", first if len(cells) == len(COLUMNS) else ""):
            rows[name.lower()] = dict(zip(COLUMNS, cells, strict=True))
    return rows


def policy_of(stack: Any, comment: str) -> set[str]:
    policies = [
        policy["Properties"]["ResponseHeadersPolicyConfig"]
        for policy in stack.of_type("AWS::CloudFront::ResponseHeadersPolicy").values()
    ]
    (policy,) = (policy for policy in policies if policy["Comment"] == comment)
    assert set(policy) == {"Name", "Comment", "SecurityHeadersConfig"}
    return {POLICY_NAMES[name] for name in policy["SecurityHeadersConfig"]}


def owned(owners: dict[str, dict[str, str]], column: str, *, among: set[str]) -> set[str]:
    return {name for name in among if owners[name][column].startswith("edge")}


def test_policies_set_what_the_page_gives_to_the_edge(stacks: Any, owners: Any) -> None:
    stack = stacks["production/Edge"]
    every = set(POLICY_NAMES.values())
    assert policy_of(stack, "Pages and API") == owned(owners, "documents", among=every)
    assert policy_of(stack, "Pages and API") == owned(owners, "api", among=every)
    assert policy_of(stack, "Static files") == owned(owners, "files", among=every)


def test_the_functions_own_headers_are_on_the_page(invoke: Callable[..., Any], owners: Any) -> None:
    for uri in ("/", "/api/health", "/_slots/"):
        headers = invoke(value=json.dumps({"slots": {}, "origin": "x"}), uri=uri)["response"]["headers"]
        assert set(headers) == owned(owners, "own", among=set(headers))


def test_the_firewalls_own_headers_are_on_the_page(stacks: Any, owners: Any) -> None:
    limit = stacks["production/Edge"].only("AWS::WAFv2::WebACL")["Rules"][0]
    headers = {header["Name"] for header in limit["Action"]["Block"]["CustomResponse"]["ResponseHeaders"]}
    assert headers == owned(owners, "own", among=headers)
