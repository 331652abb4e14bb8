"""CloudFront Functions: the runtime, what functions may do, and what becomes of their answers."""

import asyncio
import json
import os
import signal
from typing import Any

import httpx
import pytest

from rehearsal.edge.functions.event import apply, event_of
from rehearsal.edge.functions.origin_update import updated_origin
from rehearsal.edge.functions.runner import (
    Function,
    FunctionError,
    FunctionRunner,
    Limits,
    Returned,
    Store,
    find_node,
)
from rehearsal.edge.model import Origin
from rehearsal.edge.request import Request
from tests.rehearsal.edge.world import with_function

EVENT = {"request": {"method": "GET", "uri": "/", "querystring": {}, "headers": {}, "cookies": {}}}
STORE = Store(
    arn="arn:aws:cloudfront::123456789012:key-value-store/abc",
    version="1",
    items={"text": "hello", "json": '{"a": [1]}', "__proto__": "own"},
    created="2026-01-01T00:00:00Z",
    updated="2026-01-02T00:00:00Z",
)


def evaluate(code: str, *, event: dict[str, Any] | None = None, store: Store | None = STORE) -> Returned:
    async def main() -> Returned:
        runner = FunctionRunner(node=find_node())
        try:
            function = Function(name="f", version="1", code=code)
            return await runner.call(function, event=event or EVENT, query="a=1&b", store=store)
        finally:
            await runner.close()

    return asyncio.run(main())


IMPORT = "import cf from 'cloudfront';\nconst store = cf.kvs();\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("function handler(event) { return event.request.uri; }", "/"),
        ("async function handler() { return await Promise.resolve(1); }", 1),
        ("const handler = async () => 2;", 2),
        (IMPORT + "async function handler() { return store.get('text'); }", "hello"),
        (IMPORT + "async function handler() { return store.get('text', {format: 'string'}); }", "hello"),
        (IMPORT + "async function handler() { return store.get('json', {format: 'json'}); }", {"a": [1]}),
        (IMPORT + "async function handler() { return store.get('__proto__'); }", "own"),
        (
            IMPORT
            + "async function handler() { return (await store.get('text', {format: 'bytes'})).length; }",
            5,
        ),
        (
            IMPORT
            + "async function handler() { return [await store.exists('text'), await store.exists('x')]; }",
            [True, False],
        ),
        (IMPORT + "async function handler() { return (await store.meta()).keyCount; }", 3),
        (IMPORT + "async function handler() { return await store.count(); }", 3),
        (
            "import cf from 'cloudfront';\nasync function handler() { return cf.kvs('abc').get('text'); }",
            "hello",
        ),
        (
            "import crypto from 'crypto';\nfunction handler() { "
            "return crypto.createHash('sha256').update('x').digest('hex').slice(0, 8); }",
            "2d711642",
        ),
        ("const qs = require('querystring');\nfunction handler() { return qs.parse('a=1').a; }", "1"),
        ("function handler() { return Buffer.from('eA==', 'base64').toString(); }", "x"),
        ("function handler(event) { return event.request.rawQueryString(); }", "a=1&b"),
        ("let n = 0; function handler() { n += 1; return n; }", 1),
        (
            IMPORT
            + "async function handler() { try { await store.get('no'); } catch (e) { return e.message; } }",
            "KeyNotFound: no",
        ),
    ],
)
def test_runtime_offers(code, expected):
    assert evaluate(code).value == expected


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("function handler() { throw new TypeError('no good'); }", "execution", "no good"),
        ("async function handler() { throw new Error('later'); }", "execution", "later"),
        ("function handler( {", "execution", "SyntaxError"),
        ("const other = 1;", "execution", "no function named handler"),
        ("import fs from 'fs';\nfunction handler() {}", "execution", "no module fs"),
        ("function handler() { return require('net'); }", "execution", "no module net"),
        ("function handler() { return process.env; }", "execution", "process is not defined"),
        ("function handler() { return fetch('https://yourapp.com'); }", "execution", "fetch is not defined"),
        ("function handler() { setTimeout(() => 1, 1); }", "execution", "setTimeout is not defined"),
        ("function handler() { return eval('1'); }", "execution", "disallowed"),
        ("function handler() { return new Function('return 1')(); }", "execution", "disallowed"),
        ("function handler() { console.error('x'); }", "execution", "not a function"),
        ("function handler() { return new Promise(() => {}); }", "execution", "never settles"),
        (IMPORT + "async function handler() { return store.get('no'); }", "execution", "KeyNotFound"),
        (
            "import cf from 'cloudfront';\nfunction handler() { cf.selectRequestOriginById('x'); }",
            "execution",
            "not part of the rehearsal",
        ),
        ("function handler() { for (;;); }", "timeout", "timed out"),
        ("async function handler() { for (;;) await null; }", "timeout", "timed out"),
        ("for (;;);", "timeout", "timed out"),
        ("function handler() { return /^(a+)+$/.test('a'.repeat(50) + '!'); }", "timeout", "timed out"),
    ],
)
def test_runtime_refuses(code, kind, message):
    with pytest.raises(FunctionError) as raised:
        evaluate(code)
    assert raised.value.kind == kind
    assert message in str(raised.value)


def test_no_store_without_an_association():
    with pytest.raises(FunctionError, match="no key value store"):
        evaluate(IMPORT + "function handler() {}", store=None)


def test_log_lines_come_back():
    returned = evaluate("function handler() { console.log('a', {b: 1}); console.log(2); return 1; }")
    assert returned.logs == ('a {"b":1}', "2")


def test_calls_at_once_are_answered_each_by_its_own():
    async def main() -> None:
        runner = FunctionRunner(node=find_node())
        function = Function(name="f", version="1", code="async function handler(e) { return e.request.uri; }")
        slow = Function(name="s", version="1", code="function handler() { for (;;); }")
        events = [{"request": {**EVENT["request"], "uri": f"/{number}"}} for number in range(200)]
        calls = [runner.call(function, event=event) for event in events]
        answers = await asyncio.gather(runner.call(slow, event=EVENT), *calls, return_exceptions=True)
        await runner.close()
        assert isinstance(answers[0], FunctionError)
        assert [answer.value for answer in answers[1:]] == [f"/{number}" for number in range(200)]

    asyncio.run(main())


def test_new_code_and_new_values_are_taken():
    async def main() -> None:
        runner = FunctionRunner(node=find_node())
        for version, value in (("1", "a"), ("1", "b"), ("2", "b")):
            code = IMPORT + f"async function handler() {{ return '{version}' + await store.get('k'); }}"
            function = Function(name="f", version=version, code=code)
            store = Store(arn=STORE.arn, version=value, items={"k": value})
            returned = await runner.call(function, event=EVENT, store=store)
            assert returned.value == version + value
        await runner.close()

    asyncio.run(main())


def test_lost_process_is_replaced_without_failing_a_call():
    async def main() -> None:
        runner = FunctionRunner(node=find_node())
        function = Function(name="f", version="1", code="function handler() { return 1; }")
        await runner.call(function, event=EVENT)
        process = runner._process
        os.kill(process.pid, signal.SIGKILL)
        answers = await asyncio.gather(*(runner.call(function, event=EVENT) for _ in range(5)))
        assert [answer.value for answer in answers] == [1] * 5
        assert runner._process.pid != process.pid
        await runner.close()

    asyncio.run(main())


def test_silent_process_is_restarted():
    async def main() -> None:
        runner = FunctionRunner(node=find_node(), limits=Limits(answer_seconds=2))
        function = Function(name="f", version="1", code="function handler() { return 1; }")
        await runner.call(function, event=EVENT)
        os.kill(runner._process.pid, signal.SIGSTOP)
        with pytest.raises(FunctionError, match="did not answer") as raised:
            await runner.call(function, event=EVENT)
        assert raised.value.kind == "timeout"
        assert (await runner.call(function, event=EVENT)).value == 1
        await runner.close()

    asyncio.run(main())


def test_memory_hog_fails_alone():
    hog = "function handler() { const a = []; for (;;) a.push(new Array(1e5).fill(1)); }"
    with pytest.raises(FunctionError):
        evaluate(hog)


ORIGIN = Origin(domain="default.example", headers={"x-a": "1"}, path="/base")


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        ({"domainName": "b.example"}, {"domain": "b.example", "host_header": None, "path": "/base"}),
        (
            {"domainName": "B.example", "hostHeader": "c.example"},
            {"host_header": "c.example", "domain": "b.example"},
        ),
        ({"originPath": "/x"}, {"path": "/x", "domain": "default.example"}),
        ({"originPath": ""}, {"path": ""}),
        ({"customHeaders": {"x-b": "2"}}, {"headers": {"x-b": "2"}}),
        (
            {"timeouts": {"readTimeout": 5, "connectionTimeout": 2}},
            {"read_seconds": 5.0, "connect_seconds": 2.0},
        ),
        (
            {"customOriginConfig": {"protocol": "http", "port": 8080, "sslProtocols": []}},
            {"protocol": "http-only", "http_port": 8080},
        ),
        (None, {"domain": "default.example"}),
    ],
)
def test_origin_update_inherits_what_it_does_not_name(update, expected):
    origin = updated_origin(ORIGIN, update)
    assert {key: getattr(origin, key) for key in expected} == expected


@pytest.mark.parametrize(
    "update",
    [
        {"domain": "b.example"},
        {"domainName": "https://b.example"},
        {"domainName": "b.example/path"},
        {"domainName": "b.example:443"},
        {"domainName": "127.0.0.1"},
        {"domainName": ""},
        {"domainName": 5},
        {"hostHeader": "bad host"},
        {"originPath": "x"},
        {"originPath": "/x/"},
        {"customHeaders": {"Host": "x"}},
        {"customHeaders": {"X-Amz-Cf-Id": "x"}},
        {"customHeaders": {"x": 1}},
        {"timeouts": {"readTimeout": 500}},
        {"timeouts": {"patience": 5}},
    ],
)
def test_forbidden_origin_update_is_refused(update):
    with pytest.raises(FunctionError) as raised:
        updated_origin(ORIGIN, update)
    assert raised.value.kind == "validation"


REQUEST = Request(
    method="GET",
    scheme="https",
    host="yourapp.com",
    path="/a%20b",
    query="q=1&q=2&flag&e=",
    fields=(
        ("host", "yourapp.com"),
        ("accept", "text/html"),
        ("x-many", "1"),
        ("x-many", "2"),
        ("cookie", "a=1; b=x=y"),
        ("connection", "keep-alive"),
        ("x-forwarded-proto", "http"),
    ),
    address="127.0.0.9",
)


def given() -> dict[str, Any]:
    return event_of(REQUEST, distribution="E1", domain="d1.cloudfront.net", identity="id")


def test_event_has_cloudfronts_form():
    event = given()
    assert event["version"] == "1.0"
    assert event["viewer"] == {"ip": "127.0.0.9"}
    assert event["context"]["eventType"] == "viewer-request"
    request = event["request"]
    assert request["uri"] == "/a%20b"
    assert request["querystring"]["q"] == {"value": "1", "multiValue": [{"value": "1"}, {"value": "2"}]}
    assert request["querystring"]["flag"] == {"value": ""}
    assert request["headers"] == {
        "host": {"value": "yourapp.com"},
        "accept": {"value": "text/html"},
        "x-many": {"value": "1", "multiValue": [{"value": "1"}, {"value": "2"}]},
    }
    assert request["cookies"] == {"a": {"value": "1"}, "b": {"value": "x=y"}}


def returning(**changes: Any) -> Any:
    event = given()
    value = json.loads(json.dumps(event["request"]))
    for key, content in changes.items():
        if isinstance(content, dict) and key in ("headers", "cookies"):
            value[key].update(content)
            value[key] = {name: item for name, item in value[key].items() if item is not None}
        else:
            value[key] = content
    return apply(Returned(value=value, origin=None), request=REQUEST, event=event, origin=ORIGIN)


def test_untouched_request_goes_on_as_it_came():
    request, origin = returning()
    assert request == REQUEST
    assert origin is ORIGIN


def test_changed_request_goes_on_changed():
    request, _ = returning(
        uri="/other",
        querystring={"x": {"value": "1"}, "y": {"value": "", "multiValue": [{"value": "2"}, {"value": "3"}]}},
        headers={"x-many": None, "x-new": {"value": "v"}, "accept": {"value": "*/*"}},
        cookies={"a": None},
    )
    assert (request.path, request.query) == ("/other", "x=1&y=2&y=3")
    assert request.header("x-many") is None
    assert request.header("x-new") == "v"
    assert request.header("accept") == "*/*"
    assert request.header("cookie") == "b=x=y"
    assert request.header("connection") == "keep-alive"


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "POST"},
        {"uri": "no-slash"},
        {"uri": "/a?b=c"},
        {"uri": 5},
        {"headers": {"host": {"value": "evil.example"}}},
        {"headers": {"host": None}},
        {"headers": {"content-length": {"value": "0"}}},
        {"headers": {"x-forwarded-proto": {"value": "https"}}},
        {"headers": {"x-amz-cf-id": {"value": "x"}}},
        {"headers": {"x-edge-location": {"value": "x"}}},
        {"headers": {"connection": {"value": "close"}}},
        {"headers": {"X-Upper": {"value": "x"}}},
        {"headers": {"x-a": "not an object"}},
        {"headers": {"x-a": {"value": 1}}},
        {"headers": {"x-a": {"value": "a\r\nb: c"}}},
        {"headers": {"x-a": {"value": "ü"}}},
        {"headers": "none"},
    ],
)
def test_forbidden_change_is_refused(changes):
    with pytest.raises(FunctionError) as raised:
        returning(**changes)
    assert raised.value.kind == "validation"


@pytest.mark.parametrize("value", [None, 1, "text", []])
def test_answer_that_is_neither_request_nor_response_is_refused(value):
    with pytest.raises(FunctionError):
        apply(Returned(value=value, origin=None), request=REQUEST, event=given(), origin=ORIGIN)


@pytest.mark.parametrize(
    "response",
    [
        {"statusCode": "200"},
        {"statusCode": 99},
        {"statusCode": 200, "headers": []},
        {"statusCode": 200, "headers": {"content-length": {"value": "1"}}},
        {"statusCode": 200, "headers": {"connection": {"value": "close"}}},
        {"statusCode": 200, "body": {"encoding": "text"}},
        {"statusCode": 200, "body": {"encoding": "base64", "data": "%"}},
        {"statusCode": 200, "body": {"encoding": "rot13", "data": "x"}},
        {"statusCode": 200, "body": "x" * 50_000},
    ],
)
def test_forbidden_response_is_refused(response):
    with pytest.raises(FunctionError):
        apply(Returned(value=response, origin=None), request=REQUEST, event=given(), origin=ORIGIN)


def test_function_answers_by_itself(viewer, world):
    world.distributions = (
        with_function(
            """function handler() { return { statusCode: 302, statusDescription: 'Found',
            headers: { location: { value: '/elsewhere' } },
            cookies: { a: { value: '1', attributes: 'Secure; Path=/' } },
            body: { encoding: 'base64', data: 'aGk=' } }; }"""
        ),
    )

    async def script(visit):
        answer = await visit("/")
        assert answer.status_code == 302
        assert answer.headers["location"] == "/elsewhere"
        assert answer.headers["set-cookie"] == "a=1; Secure; Path=/"
        assert answer.headers["x-cache"] == "FunctionGeneratedResponse from cloudfront"
        assert answer.text == "hi"
        assert (await visit("/", "HEAD")).content == b""

    viewer.run(script)
    assert world.asked == []


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("function handler() { throw new Error('broken'); }", 503),
        ("function handler() { for (;;); }", 503),
        ("function handler(event) { event.request.headers.host = {value: 'x'}; return event.request; }", 502),
        (
            "import cf from 'cloudfront'; function handler(event) "
            "{ cf.updateRequestOrigin({domainName: 'a b'}); return event.request; }",
            502,
        ),
    ],
)
def test_failing_function_is_answered_as_cloudfront_does(viewer, world, code, status):
    world.distributions = (with_function(code),)

    async def script(visit):
        answer = await visit("/")
        assert answer.status_code == status
        assert answer.headers["x-cache"] == "Error from cloudfront"
        assert "function failed" in answer.text

    viewer.run(script)
    assert world.asked == []


ROUTE = """import cf from 'cloudfront';
const store = cf.kvs();
async function handler(event) {
  const state = await store.get('state', { format: 'json' });
  const request = event.request;
  request.uri = request.uri.replace(/^\\/files\\/./, '/files/');
  request.headers['x-slot'] = { value: state.live };
  request.headers['x-client-address'] = { value: event.viewer.ip };
  cf.updateRequestOrigin({ domainName: state.slots[state.live] });
  return request;
}"""


def test_origin_follows_the_store_without_a_change_of_the_function(viewer, world):
    world.distributions = (with_function(ROUTE),)
    state = {"live": "a", "slots": {"a": "a.example", "b": "b.example"}}
    world.items["state"] = json.dumps(state)

    async def script(visit):
        await visit("/page", headers={"x-client-address": "1.1.1.1", "x-slot": "b"}, address="127.0.0.3")
        world.items["state"] = json.dumps({**state, "live": "b"})
        await visit("/page")

    viewer.run(script)
    first, second = world.asked
    assert (first.url.host, first.headers["host"]) == ("a.example", "a.example")
    assert first.headers["x-client-address"] == "127.0.0.3"
    assert first.headers["x-slot"] == "a"
    assert second.url.host == "b.example"


def test_cache_sees_the_path_after_the_function_and_not_the_origin(viewer, world):
    world.distributions = (with_function(ROUTE),)
    state = {"live": "a", "slots": {"a": "a.example", "b": "b.example"}}
    world.items["state"] = json.dumps(state)

    async def script(visit):
        assert (await visit("/files/1x")).headers["x-cache"] == "Miss from cloudfront"
        assert (await visit("/files/2x")).headers["x-cache"] == "Hit from cloudfront"
        world.items["state"] = json.dumps({**state, "live": "b"})
        assert (await visit("/files/1x")).headers["x-cache"] == "Hit from cloudfront"

    viewer.run(script)
    assert [request.extensions["target"] for request in world.asked] == [b"/files/x"]


def test_published_code_replaces_the_old_one(viewer, world):
    code = "function handler() { return { statusCode: %d }; }"
    world.distributions = (with_function(code % 201),)

    async def script(visit):
        assert (await visit("/")).status_code == 201
        world.distributions = (with_function(code % 202, version="2"),)
        assert (await visit("/")).status_code == 202

    viewer.run(script)


def test_function_runs_on_cache_hits_too(viewer, world):
    code = "function handler(e) { return e.request.headers.stop ? { statusCode: 403 } : e.request; }"
    world.distributions = (with_function(code),)
    world.answer = lambda _: httpx.Response(200, headers={"cache-control": "max-age=60"})

    async def script(visit):
        assert (await visit("/files/a")).status_code == 200
        assert (await visit("/files/a", headers={"stop": "1"})).status_code == 403

    viewer.run(script)
