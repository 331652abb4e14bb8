"""What the edge does with a request before and around the cache."""

from dataclasses import replace

import httpx
import pytest

from rehearsal.edge.model import Chosen, Origin, OriginRequestPolicy, SetHeader
from rehearsal.edge.paths import behavior_for, matches
from tests.rehearsal.edge.world import ALL_METHODS, DOCUMENTS, FILES, site


def test_without_a_distribution_it_says_so(viewer, world):
    world.distributions = ()

    async def script(visit):
        answer = await visit("/")
        assert answer.status_code == 503
        assert "no distribution yet" in answer.text

    viewer.run(script)


def test_unreadable_account_is_named(viewer, world):
    world.unreadable = OSError("connection refused by the embedded AWS")

    async def script(visit):
        answer = await visit("/")
        assert answer.status_code == 503
        assert "connection refused by the embedded AWS" in answer.text

    viewer.run(script)


def test_account_that_stops_answering_leaves_what_is_known(viewer, world):
    async def script(visit):
        assert (await visit("/")).status_code == 200
        world.unreadable = OSError("gone")
        assert (await visit("/")).status_code == 200

    viewer.run(script)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("yourapp.com", 200),
        ("www.yourapp.com", 200),
        ("YOURAPP.com:443", 200),
        ("d1.cloudfront.net", 200),
        ("other.com", 403),
    ],
)
def test_only_aliases_are_served(viewer, host, status):
    async def script(visit):
        assert (await visit("/", headers={"host": host})).status_code == status

    viewer.run(script)


def test_plain_http_is_redirected_before_anything_else(viewer, world):
    async def script(visit):
        answer = await visit("/a%20b?c=d", base="http://yourapp.com")
        assert answer.status_code == 301
        assert answer.headers["location"] == "https://yourapp.com/a%20b?c=d"
        assert answer.headers["x-cache"] == "Redirect from cloudfront"
        assert world.asked == []

    viewer.run(script)


@pytest.mark.parametrize("method", sorted(ALL_METHODS))
def test_methods_are_those_of_the_behaviour(viewer, method):
    async def script(visit):
        assert (await visit("/page", method)).status_code == 200
        expected = 200 if method in ("GET", "HEAD") else 403
        assert (await visit("/files/a.js", method)).status_code == expected

    viewer.run(script)


def test_get_with_a_body_is_refused(viewer):
    async def script(visit):
        assert (await visit("/page", content=b"body")).status_code == 403

    viewer.run(script)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/" + "a" * 8200, {}, 413),
        ("/", {"x": "a" * 33_000}, 413),
        ("/" + "a" * 8000, {"x": "a" * 20_000}, 200),
    ],
)
def test_head_has_cloudfronts_limits(viewer, path, headers, status):
    async def script(visit):
        assert (await visit(path, headers=headers)).status_code == status

    viewer.run(script)


def test_origin_sees_the_viewer_without_its_host(viewer, world):
    headers = {
        "authorization": "Bearer t",
        "accept-language": "de",
        "cookie": "a=1; b=2",
        "x-forwarded-for": "9.9.9.9",
        "connection": "keep-alive, x-hop",
        "te": "trailers",
    }

    async def script(visit):
        await visit("/p%2Fq?x=1&y=%20", headers=headers, address="127.0.0.5")

    viewer.run(script)
    request = world.asked[0]
    assert str(request.url.host) == "origin.example"
    assert request.url.scheme == "https"
    assert request.extensions["target"] == b"/p%2Fq?x=1&y=%20"
    assert request.headers["host"] == "origin.example"
    assert request.headers["authorization"] == "Bearer t"
    assert request.headers["cookie"] == "a=1; b=2"
    assert request.headers["accept-language"] == "de"
    assert request.headers["x-forwarded-for"] == "9.9.9.9, 127.0.0.5"
    assert "cloudfront" in request.headers["via"].lower()
    assert "te" not in request.headers


def test_without_a_policy_the_origin_sees_next_to_nothing(viewer, world):
    headers = {"authorization": "Bearer t", "cookie": "a=1", "accept-language": "de", "user-agent": "me"}

    async def script(visit):
        await visit("/files/a?x=1", headers=headers)

    viewer.run(script)
    request = world.asked[0]
    assert request.extensions["target"] == b"/files/a"
    assert not {"authorization", "cookie", "accept-language"} & set(request.headers)
    assert request.headers["user-agent"] == "Amazon CloudFront"


def test_policy_may_hand_on_named_things_and_the_viewers_host(viewer, world):
    forward = OriginRequestPolicy(
        headers=Chosen(selection="whitelist", names=frozenset({"host", "x-a"})),
        cookies=Chosen(selection="whitelist", names=frozenset({"b"})),
        queries=Chosen(selection="allExcept", names=frozenset({"utm"})),
    )
    origin = Origin(domain="origin.example", path="/base", headers={"X-Secret": "s"})
    world.distributions = (site(behaviors=(replace(DOCUMENTS, forward=forward, origin=origin),)),)

    async def script(visit):
        headers = {"x-a": "1", "x-b": "2", "cookie": "a=1; b=2", "x-secret": "forged"}
        await visit("/p?utm=1&q=2", headers=headers)

    viewer.run(script)
    request = world.asked[0]
    assert request.extensions["target"] == b"/base/p?q=2"
    assert request.headers["host"] == "yourapp.com"
    assert request.headers["x-a"] == "1"
    assert "x-b" not in request.headers
    assert request.headers["cookie"] == "b=2"
    assert request.headers.get_list("x-secret") == ["s"]


def test_bodies_reach_the_origin(viewer, world):
    async def script(visit):
        await visit("/form", "POST", content=b"x" * 100_000)

    viewer.run(script)
    assert world.bodies == [b"x" * 100_000]


def test_response_headers_policy_overrides_fills_in_and_removes(viewer, world):
    behavior = replace(
        DOCUMENTS,
        set_headers=(
            SetHeader(name="Strict-Transport-Security", value="max-age=1", override=True),
            SetHeader(name="X-Frame-Options", value="DENY", override=False),
            SetHeader(name="Referrer-Policy", value="origin", override=False),
        ),
        remove_headers=frozenset({"x-powered-by"}),
    )
    world.distributions = (site(behaviors=(behavior,)),)
    world.answer = lambda _: httpx.Response(
        200,
        headers={
            "strict-transport-security": "max-age=0",
            "x-frame-options": "SAMEORIGIN",
            "x-powered-by": "x",
            "keep-alive": "timeout=5",
        },
    )

    async def script(visit):
        answer = await visit("/")
        assert answer.headers.get_list("strict-transport-security") == ["max-age=1"]
        assert answer.headers.get_list("x-frame-options") == ["SAMEORIGIN"]
        assert answer.headers["referrer-policy"] == "origin"
        assert "x-powered-by" not in answer.headers
        assert "keep-alive" not in answer.headers
        assert answer.headers["x-cache"] == "Miss from cloudfront"
        assert answer.headers["via"].endswith("(CloudFront)")
        assert answer.headers["x-amz-cf-id"]

    viewer.run(script)


def test_several_cookies_of_the_origin_stay_apart(viewer, world):
    pairs = [("set-cookie", "a=1"), ("set-cookie", "b=2")]
    world.answer = lambda _: httpx.Response(200, headers=pairs)

    async def script(visit):
        assert (await visit("/")).headers.get_list("set-cookie") == ["a=1", "b=2"]

    viewer.run(script)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (httpx.ConnectError("refused"), 502),
        (httpx.ProxyError("502"), 502),
        (httpx.ReadTimeout("slow"), 504),
        (httpx.ConnectTimeout("slow"), 504),
        (httpx.RemoteProtocolError("nonsense"), 502),
    ],
)
def test_origin_that_does_not_answer_becomes_a_gateway_error(viewer, world, error, status):
    def fail(_):
        raise error

    world.answer = fail

    async def script(visit):
        answer = await visit("/")
        assert answer.status_code == status
        assert answer.headers["x-cache"] == "Error from cloudfront"
        assert "origin.example" in answer.text

    viewer.run(script)


def test_post_is_not_sent_twice(viewer, world):
    def fail(_):
        raise httpx.ReadError("reset")

    world.answer = fail

    async def script(visit):
        assert (await visit("/", "POST", content=b"x")).status_code == 502

    viewer.run(script)
    assert len(world.asked) == 1


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/files/*", "/files/a/b.js", True),
        ("files/*", "/files/a", True),
        ("/files/*", "/Files/a", False),
        ("/files/*", "/files", False),
        ("/a?c", "/abc", True),
        ("/a?c", "/ac", False),
        ("*.js", "/x/y.js", True),
        ("/a.c", "/abc", False),
        ("*", "/", True),
    ],
)
def test_path_patterns(pattern, path, expected):
    assert matches(pattern, path) is expected


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/files/a", "/files/*"),
        ("/x/../files/a", "/files/*"),
        ("/%66iles/a", "/files/*"),
        ("/files/../page", "*"),
        ("/page", "*"),
        ("//files/a", "*"),
    ],
)
def test_behaviour_is_chosen_by_the_normalised_path(path, pattern):
    assert behavior_for((FILES, DOCUMENTS), path).pattern == pattern
