"""Caching as the policies say."""

from dataclasses import replace

import httpx
import pytest

from rehearsal.edge.cache import Cache, Entry, accepted_encoding, lifetime
from rehearsal.edge.model import CachePolicy, Chosen
from rehearsal.edge.request import Request
from tests.rehearsal.edge.world import DOCUMENTS, FILES, site

NOW = 1_800_000_000.0
OPTIMIZED = CachePolicy(minimum=1, default=86400, maximum=31536000)
ORIGIN_DECIDES = CachePolicy(minimum=0, default=0, maximum=31536000)
DISABLED = CachePolicy()


@pytest.mark.parametrize(
    ("policy", "status", "headers", "expected"),
    [
        (OPTIMIZED, 200, {}, 86400),
        (OPTIMIZED, 200, {"cache-control": "max-age=60"}, 60),
        (OPTIMIZED, 200, {"cache-control": "max-age=60, s-maxage=120"}, 120),
        (OPTIMIZED, 200, {"cache-control": "public, max-age=99999999, immutable"}, 31536000),
        (OPTIMIZED, 200, {"cache-control": "max-age=0"}, 1),
        (OPTIMIZED, 200, {"cache-control": "no-store"}, 1),
        (OPTIMIZED, 200, {"expires": "Fri, 15 Jan 2027 08:01:00 GMT"}, 60),
        (OPTIMIZED, 200, {"expires": "0"}, 1),
        (OPTIMIZED, 200, {"cache-control": 'private="set-cookie, x", max-age=5'}, 1),
        (ORIGIN_DECIDES, 200, {}, 0),
        (ORIGIN_DECIDES, 200, {"cache-control": "private, max-age=60"}, 0),
        (ORIGIN_DECIDES, 200, {"cache-control": "no-cache"}, 0),
        (ORIGIN_DECIDES, 200, {"cache-control": "No-Store"}, 0),
        (ORIGIN_DECIDES, 301, {"cache-control": "max-age=60"}, 60),
        (ORIGIN_DECIDES, 206, {"cache-control": "max-age=60"}, 0),
        (ORIGIN_DECIDES, 404, {}, 10),
        (ORIGIN_DECIDES, 404, {"cache-control": "max-age=60"}, 60),
        (ORIGIN_DECIDES, 404, {"cache-control": "no-store"}, 0),
        (ORIGIN_DECIDES, 401, {}, 0),
        (ORIGIN_DECIDES, 429, {}, 0),
        (ORIGIN_DECIDES, 403, {}, 0),
        (ORIGIN_DECIDES, 403, {"cache-control": "max-age=60"}, 60),
        (ORIGIN_DECIDES, 503, {"cache-control": "no-store"}, 10),
        (DISABLED, 200, {"cache-control": "max-age=60"}, 0),
        (DISABLED, 200, {}, 0),
        (DISABLED, 503, {"cache-control": "no-store"}, 10),
    ],
)
def test_lifetime(policy, status, headers, expected):
    fields = tuple(headers.items())
    assert lifetime(status=status, fields=fields, policy=policy, error_ttl=10, now=NOW) == expected


def request(**headers: str) -> Request:
    fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Request(
        method="GET",
        scheme="https",
        host="yourapp.com",
        path="/",
        query="",
        fields=fields,
        address="127.0.0.1",
    )


@pytest.mark.parametrize(
    ("gzip", "brotli", "offered", "expected"),
    [
        (True, True, "gzip, deflate, br", "br,gzip"),
        (True, True, "br;q=0, gzip", "gzip"),
        (True, False, "gzip, br", "gzip"),
        (True, True, "identity", ""),
        (True, True, "*", "br,gzip"),
        (True, True, "GZIP", "gzip"),
        (False, False, "gzip", ""),
        (True, True, "", ""),
    ],
)
def test_accepted_encoding_is_normalised(gzip, brotli, offered, expected):
    policy = CachePolicy(gzip=gzip, brotli=brotli)
    assert accepted_encoding(policy, request(accept_encoding=offered)) == expected


def entry(size: int, *, ttl: float = 60) -> Entry:
    return Entry(status=200, fields=(), body=b"x" * size, stored=NOW, ttl=ttl)


def test_least_recently_used_goes_first_and_the_bound_holds():
    cache = Cache(clock=lambda: NOW, limit=10_000)
    for key in "abcd":
        cache.put((key,), entry(2_000))
        cache.get(("a",))
    assert [key for key in "abcd" if cache.get((key,))] == ["a", "c", "d"]
    assert cache.used <= 10_000
    cache.put(("huge",), entry(20_000))
    assert cache.get(("huge",)) is None
    assert cache.get(("a",))


def test_hit_after_miss_until_it_is_stale(viewer, world):
    world.answer = lambda _: httpx.Response(200, text="v1", headers={"cache-control": "max-age=60"})

    async def script(visit):
        first = await visit("/files/a.js")
        assert first.headers["x-cache"] == "Miss from cloudfront"
        assert "age" not in first.headers
        world.now += 30
        second = await visit("/files/a.js")
        assert second.headers["x-cache"] == "Hit from cloudfront"
        assert second.headers["age"] == "30"
        assert second.text == "v1"
        head = await visit("/files/a.js", "HEAD")
        assert head.headers["content-length"] == "2"
        assert head.content == b""
        world.now += 30
        assert (await visit("/files/a.js")).headers["x-cache"] == "Miss from cloudfront"

    viewer.run(script)
    assert len(world.asked) == 2


def test_stale_answer_is_confirmed_by_its_validator(viewer, world):
    def answer(request):
        if request.headers.get("if-none-match") == '"1"':
            return httpx.Response(304, headers={"cache-control": "max-age=60", "etag": '"1"'})
        return httpx.Response(200, text="v1", headers={"cache-control": "max-age=60", "etag": '"1"'})

    world.answer = answer

    async def script(visit):
        await visit("/files/a.js")
        world.now += 61
        confirmed = await visit("/files/a.js")
        assert confirmed.headers["x-cache"] == "RefreshHit from cloudfront"
        assert confirmed.text == "v1"
        assert (await visit("/files/a.js")).headers["x-cache"] == "Hit from cloudfront"

    viewer.run(script)


def test_viewers_condition_is_answered_from_the_cache(viewer, world):
    headers = {"etag": '"1"', "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
    world.answer = lambda _: httpx.Response(200, text="v1", headers=headers)

    async def script(visit):
        first = await visit("/files/a.js", headers={"if-none-match": '"other"'})
        assert first.status_code == 200
        for condition in (
            {"if-none-match": '"1"'},
            {"if-none-match": 'W/"1", "2"'},
            {"if-modified-since": "Fri, 02 Jan 2026 00:00:00 GMT"},
        ):
            answer = await visit("/files/a.js", headers=condition)
            assert answer.status_code == 304, condition
            assert answer.content == b""
            assert answer.headers["etag"] == '"1"'

    viewer.run(script)
    assert len(world.asked) == 1
    assert "if-none-match" not in world.asked[0].headers


def test_condition_and_range_pass_where_nothing_is_cached(viewer, world):
    def answer(request):
        if "range" in request.headers:
            return httpx.Response(206, text="ab", headers={"content-range": "bytes 0-1/4"})
        return httpx.Response(304, headers={"etag": '"1"'})

    world.answer = answer

    async def script(visit):
        assert (await visit("/page", headers={"if-none-match": '"1"'})).status_code == 304
        partial = await visit("/page", headers={"range": "bytes=0-1"})
        assert (partial.status_code, partial.text) == (206, "ab")

    viewer.run(script)


@pytest.mark.parametrize(
    ("wanted", "status", "text"),
    [
        ("bytes=0-1", 206, "01"),
        ("bytes=8-", 206, "89"),
        ("bytes=-3", 206, "789"),
        ("bytes=5-999", 206, "56789"),
        ("bytes=20-30", 416, ""),
        ("bytes=0-1,3-4", 200, "0123456789"),
        ("lines=0-1", 200, "0123456789"),
    ],
)
def test_ranges_of_a_kept_answer(viewer, world, wanted, status, text):
    world.answer = lambda _: httpx.Response(200, text="0123456789", headers={"etag": '"1"'})

    async def script(visit):
        await visit("/files/a")
        answer = await visit("/files/a", headers={"range": wanted})
        assert (answer.status_code, answer.text) == (status, text)
        other = await visit("/files/a", headers={"range": wanted, "if-range": '"2"'})
        assert other.text == "0123456789"

    viewer.run(script)


def test_range_on_a_miss_is_not_kept_as_the_whole(viewer, world):
    def answer(request):
        if "range" in request.headers:
            return httpx.Response(206, text="01", headers={"content-range": "bytes 0-1/10"})
        return httpx.Response(200, text="0123456789")

    world.answer = answer

    async def script(visit):
        assert (await visit("/files/a", headers={"range": "bytes=0-1"})).status_code == 206
        assert (await visit("/files/a")).text == "0123456789"

    viewer.run(script)


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"path": "/files/b"}, False),
        ({"path": "/files/a?q=1"}, True),
        ({"path": "/files/a?v=1"}, False),
        ({"headers": {"cookie": "seen=1"}}, True),
        ({"headers": {"cookie": "theme=dark"}}, False),
        ({"headers": {"x-slot": "b"}}, False),
        ({"headers": {"accept-language": "de"}}, True),
        ({"headers": {"accept-encoding": "gzip"}}, False),
        ({"headers": {"accept-encoding": "deflate"}}, True),
        ({"base": "https://www.yourapp.com"}, True),
    ],
)
def test_key_holds_what_the_policy_names(viewer, world, change, same):
    policy = replace(
        FILES.cache,
        headers=Chosen(selection="whitelist", names=frozenset({"x-slot"})),
        cookies=Chosen(selection="whitelist", names=frozenset({"theme"})),
        queries=Chosen(selection="whitelist", names=frozenset({"v"})),
    )
    world.distributions = (site(behaviors=(replace(FILES, cache=policy), DOCUMENTS)),)

    async def script(visit):
        await visit("/files/a")
        await visit(change.get("path", "/files/a"), **{k: v for k, v in change.items() if k != "path"})

    viewer.run(script)
    assert len(world.asked) == (1 if same else 2)


def test_nothing_is_cached_for_documents_and_other_methods(viewer, world):
    async def script(visit):
        for method in ("GET", "GET", "POST", "OPTIONS"):
            await visit("/page", method)

    viewer.run(script)
    assert len(world.asked) == 4


def test_error_of_one_viewer_is_shown_to_the_next_as_cloudfront_does(viewer, world):
    world.answer = lambda _: httpx.Response(503, text="down", headers={"cache-control": "no-store"})

    async def script(visit):
        await visit("/api/health", headers={"x-release-slot": "slot-b"})
        world.answer = lambda _: httpx.Response(200, text="up")
        answer = await visit("/api/health")
        assert (answer.status_code, answer.headers["x-cache"]) == (503, "Error from cloudfront")
        world.now += 10
        assert (await visit("/api/health")).text == "up"

    viewer.run(script)


def test_distribution_may_switch_the_caching_of_errors_off(viewer, world):
    world.distributions = (site(error_ttls={503: 0.0, 502: 0.0}),)
    world.answer = lambda _: httpx.Response(503, text="down")

    async def script(visit):
        assert (await visit("/api/health")).status_code == 503
        world.answer = lambda _: httpx.Response(200, text="up")
        assert (await visit("/api/health")).status_code == 200

    viewer.run(script)


def test_unreachable_origin_is_remembered_for_the_error_time_which_the_scale_shortens(viewer, world):
    def fail(_):
        raise httpx.ConnectError("refused")

    world.answer = fail
    viewer.options["time_scale"] = 10

    async def script(visit):
        assert (await visit("/page")).status_code == 502
        world.answer = lambda _: httpx.Response(200, text="up")
        assert (await visit("/page")).status_code == 502
        world.now += 1
        assert (await visit("/page")).status_code == 200

    viewer.run(script)


def test_stale_answer_is_better_than_a_failing_origin(viewer, world):
    world.answer = lambda _: httpx.Response(200, text="v1", headers={"cache-control": "max-age=60"})

    async def script(visit):
        await visit("/files/a")
        world.now += 61
        world.answer = lambda _: httpx.Response(500, text="broken")
        answer = await visit("/files/a")
        assert (answer.status_code, answer.text) == (200, "v1")

    viewer.run(script)


LARGE = "body { color: red }\n" * 200


@pytest.mark.parametrize(
    ("headers", "text", "accept", "packed"),
    [
        ({"content-type": "text/css"}, LARGE, "gzip, br", True),
        ({"content-type": "text/css; charset=utf-8"}, LARGE, "gzip", True),
        ({"content-type": "text/css"}, LARGE, "br", False),
        ({"content-type": "text/css"}, LARGE, "", False),
        ({"content-type": "image/png"}, LARGE, "gzip", False),
        ({"content-type": "text/css"}, "short", "gzip", False),
        ({"content-type": "text/css", "content-encoding": "br"}, LARGE, "gzip", False),
    ],
)
def test_compression_by_type_length_and_acceptance(viewer, world, headers, text, accept, packed):
    world.answer = lambda _: httpx.Response(200, content=text.encode(), headers={**headers, "etag": '"1"'})

    async def script(visit):
        for cache in ("Miss", "Hit"):
            url, wanted = "/files/a.css", {"accept-encoding": accept, "range": "bytes=0-0"}
            if cache == "Miss":
                wanted.pop("range")
                answer = await visit(url, headers=wanted)
                assert (answer.headers.get("content-encoding") == "gzip") is packed
                if packed:
                    assert answer.text == text
                    assert int(answer.headers["content-length"]) < len(text)
                    assert answer.headers["etag"] == 'W/"1"'
                    assert answer.headers["vary"] == "Accept-Encoding"
            else:
                answer = await visit(url, headers=wanted)
                assert answer.headers["x-cache"] == "Hit from cloudfront"

    viewer.run(script)


def test_documents_are_left_to_the_app_to_compress(viewer, world):
    world.distributions = (site(behaviors=(replace(DOCUMENTS, compress=True),)),)
    world.answer = lambda _: httpx.Response(200, text=LARGE, headers={"content-type": "text/html"})

    async def script(visit):
        assert "content-encoding" not in (await visit("/", headers={"accept-encoding": "gzip"})).headers

    viewer.run(script)
