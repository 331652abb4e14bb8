"""The shim refuses what CloudFront refuses: otherwise the tests of the function would prove nothing."""

from collections.abc import Callable
from typing import Any

import pytest

HEAD = "import cf from 'cloudfront';\nconst store = cf.kvs();\n"

REFUSED = {
    "disallowed header": "r.headers['x-forwarded-proto'] = { value: 'https' };",
    "disallowed family": "r.headers['x-edge-anything'] = { value: '1' };",
    "host set": "r.headers.host = { value: 'slot-a.example.com' };",
    "host deleted": "delete r.headers.host;",
    "read-only header added": "r.headers.via = { value: 'me' };",
    "upper-case header": "r.headers['X-Slot'] = { value: 'slot-a' };",
    "header without a value": "r.headers['x-slot'] = 'slot-a';",
    "number as a value": "r.headers['x-slot'] = { value: 1 };",
    "header split": "r.headers['x-slot'] = { value: 'a\\r\\nx: y' };",
    "method changed": "r.method = 'POST';",
    "uri without a slash": "r.uri = 'x';",
    "body read": "r.headers['x-body'] = { value: String(r.body) };",
    "unknown origin parameter": "cf.updateRequestOrigin({ domain: 'example.com' });",
    "origin with a port": "cf.updateRequestOrigin({ domainName: 'example.com:443' });",
    "origin is an address": "cf.updateRequestOrigin({ domainName: '192.0.2.1' });",
    "host with a port": "cf.updateRequestOrigin({ domainName: 'example.com', hostHeader: 'a:1' });",
    "custom header twice": (
        "r.headers['x-a'] = { value: '1' }; cf.updateRequestOrigin({ customHeaders: { 'x-a': '2' } });"
    ),
    "origin updated twice": (
        "cf.updateRequestOrigin({ domainName: 'a.com' }); cf.updateRequestOrigin({ domainName: 'b.com' });"
    ),
    "code from a string": "eval('1');",
    "timer": "setTimeout(function () {}, 1);",
    "network": "await fetch('https://example.com');",
    "process": "process.exit();",
    "cookie as a header": ("return { statusCode: 200, headers: { 'set-cookie': { value: 'a=b' } } };"),
    "nothing returned": "return;",
    "unknown body encoding": "return { statusCode: 200, headers: {}, body: { encoding: 'gzip', data: '' } };",
}

Invoke = Callable[..., dict[str, Any]]


def function(body: str) -> str:
    return f"{HEAD}async function handler(event) {{ const r = event.request; {body} return r; }}\n"


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_refused(body: str, invoke: Invoke) -> None:
    assert "refused" in invoke(value="{}", code=function(body))


def test_allowed(invoke: Invoke) -> None:
    result = invoke(value="{}", code=function("r.headers['x-slot'] = { value: 'a' }; r.uri = '/x';"))
    assert result["request"]["uri"] == "/x"


def test_reads_are_counted(invoke: Invoke) -> None:
    result = invoke(value="{}", code=function("await store.get('state'); await store.get('state');"))
    assert result["reads"] == ["state", "state"]


def test_a_value_over_1_kb_is_refused(invoke: Invoke) -> None:
    assert "1 KB" in invoke(value="x" * 1025, code=function("await store.get('state');"))["refused"]


def test_code_over_10_kb_is_refused(invoke: Invoke) -> None:
    assert "10 KB" in invoke(value="{}", code=function(f"/* {'x' * 10_240} */"))["refused"]
