"""The web ACL's rate rule."""

from dataclasses import replace

import pytest

from rehearsal.edge.firewall import Block, Firewall, Match, RateRule, Viewed, WebAcl
from tests.rehearsal.edge.world import site

SCOPE = Match(
    part="path", text="/api/auth", position="STARTS_WITH", transformations=("URL_DECODE", "NORMALIZE_PATH")
)
RULE = RateRule(name="AuthRate", limit=10, window_seconds=300, scope=SCOPE, block=Block())


def acl(*rules: RateRule, **changes) -> WebAcl:
    return WebAcl(arn="arn:acl", rules=rules or (RULE,), **changes)


class Counting:
    def __init__(self, *, time_scale: float = 1.0) -> None:
        self.now = 0.0
        self.firewall = Firewall(clock=lambda: self.now, time_scale=time_scale)

    def blocked(self, web_acl: WebAcl, *, path: str = "/api/auth/me", address: str = "127.0.0.1") -> bool:
        viewed = Viewed(method="POST", path=path, address=address)
        return self.firewall.judge(web_acl, viewed) is not None


def test_limit_is_reached_by_address_and_path():
    counting = Counting()
    for _ in range(10):
        assert not counting.blocked(acl())
    assert counting.blocked(acl())
    assert not counting.blocked(acl(), address="127.0.0.2")
    assert not counting.blocked(acl(), path="/page")
    assert counting.blocked(acl())


def test_window_slides():
    counting = Counting()
    for _ in range(10):
        counting.blocked(acl())
        counting.now += 10
    assert counting.now == 100
    assert counting.blocked(acl())
    counting.now = 299
    assert counting.blocked(acl())
    counting.now = 100 + 300
    assert not counting.blocked(acl())


def test_blocked_requests_count_too():
    counting = Counting()
    for _ in range(600):
        counting.blocked(acl())
        counting.now += 1
    assert counting.blocked(acl())


def test_time_scale_shortens_the_window():
    counting = Counting(time_scale=60)
    for _ in range(11):
        counting.blocked(acl())
    counting.now = 4.9
    assert counting.blocked(acl())
    counting.now = 10
    assert not counting.blocked(acl())


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("/api/auth", True),
        ("/api/authentication", True),
        ("/api/%61uth/me", True),
        ("/api//auth/me", True),
        ("/x/../api/auth/me", True),
        ("//api/auth", True),
        ("/API/auth", False),
        ("/api/health", False),
    ],
)
def test_scope_sees_through_the_ways_to_write_a_path(path, counts):
    counting = Counting()
    for _ in range(11):
        counting.blocked(acl(), path=path)
    assert counting.blocked(acl()) is counts


def test_rule_that_counts_lets_everything_through():
    counting = Counting()
    assert not any(counting.blocked(acl(replace(RULE, block=None))) for _ in range(50))


def test_changed_limit_holds_for_what_was_counted_before():
    counting = Counting()
    for _ in range(10):
        assert not counting.blocked(acl())
    assert counting.blocked(acl(replace(RULE, limit=5)))


def test_default_action_may_block_everything():
    assert Counting().blocked(acl(default_block=Block()), path="/page")


@pytest.mark.parametrize(
    ("block", "status", "text", "headers"),
    [
        (Block(), 403, "Request blocked", {}),
        (
            Block(
                status=429,
                body='{"error":"rate_limited"}',
                content_type="application/json",
                headers=(("Retry-After", "300"),),
            ),
            429,
            '{"error":"rate_limited"}',
            {"retry-after": "300", "content-type": "application/json"},
        ),
    ],
)
def test_blocked_viewer_gets_the_rules_answer(viewer, world, block, status, text, headers):
    world.distributions = (site(web_acl=acl(replace(RULE, limit=1, block=block))),)

    async def script(visit):
        assert (await visit("/api/auth/me")).status_code == 200
        answer = await visit("/api/auth/me")
        assert answer.status_code == status
        assert text in answer.text
        assert {name: answer.headers[name] for name in headers} == headers
        assert (await visit("/api/auth/me", address="127.0.0.2")).status_code == 200
        world.now += 300
        assert (await visit("/api/auth/me")).status_code == 200

    viewer.run(script)
    assert len(world.asked) == 3
