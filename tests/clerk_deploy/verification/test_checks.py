"""Every check passes on the healthy world and fails on each fault that it exists for."""

import time

import pytest

from clerk_deploy.secret_value import SecretValue
from clerk_deploy.verification.engine import execute
from clerk_deploy.verification.findings import Status
from clerk_deploy.verification.registry import Check, all_checks
from clerk_deploy.verification.target import BackendPaths, Budgets, Cname
from tests.clerk_deploy.verification import world as w

FAULTS: dict[str, tuple[str, ...]] = {
    "transport.reachable": ("site-503",),
    "transport.https_redirect": ("http-serves", "http-302", "http-elsewhere"),
    "transport.hsts": ("no-hsts", "short-hsts"),
    "transport.other_names": ("www-404",),
    "headers.nosniff": ("no-nosniff",),
    "headers.referrer_policy": ("no-referrer", "weak-referrer"),
    "headers.permissions_policy": ("no-permissions", "open-permissions"),
    "headers.framing": ("no-csp", "framed"),
    "headers.powered_by": ("powered-by", "server-version"),
    "headers.csp": ("no-csp", "csp-wide", "csp-no-base"),
    "headers.csp_admits_clerk": ("csp-blocks-clerk", "csp-blocks-worker"),
    "headers.indexing": ("noindex",),
    "caching.api_private": ("api-cacheable", "api-hit"),
    "caching.token_pages": ("page-cookie-cached",),
    "caching.static_immutable": ("static-short", "page-immutable"),
    "caching.static_found": ("chunk-404",),
    "caching.earlier_assets": ("chunk-404",),
    "caching.compression": ("uncompressed",),
    "caching.prefixes_closed": ("prefix-open",),
    "authentication.health": ("health-fails", "health-lies", "other-commit"),
    "authentication.release_header": ("releases-differ",),
    "authentication.pages": ("page-500",),
    "authentication.signin": ("signin-500", "token-type", "expires-text"),
    "authentication.me": ("me-refuses", "me-other-tenant"),
    "authentication.refresh": ("refresh-fails", "refresh-other-user"),
    "authentication.refresh_refusals": ("refresh-500",),
    "authentication.wrong_password": ("any-password", "wrong-password-500", "tells-unknown"),
    "authentication.malformed": ("malformed-500",),
    "authentication.methods": ("get-signs-in", "api-html"),
    "authentication.cookie": ("cookie-readable", "cookie-insecure", "cookie-lax-less", "cookie-json"),
    "authentication.cookie_refresh": ("cookie-lost",),
    "authentication.cookie_foreign": ("cookie-any-origin",),
    "authentication.signout": ("signout-keeps", "signout-cookie"),
    "authentication.signup_refusals": ("signup-takes-taken",),
    "authentication.signup": ("signup-closed", "delete-fails"),
    "tokens.missing_and_malformed": ("me-open", "me-500"),
    "tokens.tampered": ("me-accepts-tampered",),
    "tokens.unsigned": ("me-accepts-unsigned",),
    "tokens.foreign_key": ("me-accepts-foreign",),
    "tokens.other_instance": ("me-accepts-instance", "me-503-instance"),
    "tokens.expired": ("me-accepts-expired",),
    "cors.app": ("cors-echo", "cors-star", "cors-suffix"),
    "backend.reachable": ("backend-down",),
    "backend.accepts_token": ("backend-refuses",),
    "backend.refuses_bad_tokens": (
        "backend-accepts-tampered",
        "backend-accepts-unsigned",
        "backend-accepts-foreign",
        "backend-accepts-instance",
        "backend-accepts-expired",
    ),
    "backend.cors_app": ("backend-cors-none", "backend-cors-no-tenant"),
    "backend.cors_foreign": ("backend-cors-echo", "backend-cors-star", "backend-cors-prefix"),
    "backend.never_5xx": ("backend-500",),
    "tenants.signin": ("signs-in-others",),
    "tenants.me": ("me-any-tenant",),
    "tenants.header": ("backend-believes-header",),
    "tenants.path": ("backend-believes-path",),
    "tenants.query": ("backend-believes-query",),
    "tenants.lists": ("backend-mixes",),
    "tenants.read": ("backend-finds-all",),
    "tenants.write": ("backend-believes-header",),
    "clerk.frontend_health": ("clerk-down",),
    "clerk.jwks": ("no-jwks",),
    "clerk.key_pair": ("other-instance-key", "key-refused"),
    "clerk.page_key": ("other-key", "no-key"),
    "clerk.social_google": (
        "social-google-client",
        "social-google-shared",
        "social-google-callback",
        "social-google-host",
        "social-route-broken",
    ),
    "clerk.social_facebook": ("social-facebook-client", "social-facebook-host"),
    "clerk.social_github": ("social-github-client", "social-github-host"),
    "leakage.pages": ("page-leaks", "header-leaks"),
    "leakage.scripts": ("script-leaks", "script-leaks-base64"),
    "leakage.source_maps": ("map", "map-inline"),
    "leakage.dotfiles": ("dotfile", "git"),
    "leakage.build_files": ("build-file",),
    "leakage.error_pages": ("error-stack", "error-500", "malformed-500"),
    "leakage.headers": ("origin-token-shown", "header-leaks"),
    "leakage.public_values": ("blank-tenant",),
    "leakage.origins": ("origin-open", "origin-indexed"),
}  # fmt: skip

ELSEWHERE = {
    "transport.chain", "transport.host_name", "transport.expiry", "transport.protocols",  # test_tls.py
    "transport.dns", "transport.clerk_dns",  # test_dns.py
    "backend.https", "clerk.live_keys",  # below: the target itself is at fault
    "performance.page", "performance.auth", "performance.bundle",  # below: a budget is
    "monitoring.alarms", "monitoring.subscription", "monitoring.datapoint",  # test_monitoring.py
    "rate_limit.app", "rate_limit.backend",  # test_rate_limit.py
    "client_side.script", "client_side.key",  # test_client_side.py
    "client_side.components", "client_side.protected",
}  # fmt: skip

CHECKS = {check.id: check for check in all_checks()}


PAIRS = [(name, fault) for name, faults in FAULTS.items() for fault in faults]


def finding(served, name: str, **changes: object):
    context = served.context(served.target(**changes))
    return execute(CHECKS[name], context.until(time.monotonic() + 20))


def test_every_check_has_a_fault_or_a_test_of_its_own():
    assert set(FAULTS) | ELSEWHERE == set(CHECKS)


@pytest.mark.parametrize("name", FAULTS)
def test_check_passes_on_the_healthy_world(served, name: str):
    found = finding(served, name)
    assert found.status is Status.PASSED, found


@pytest.mark.parametrize(("name", "fault"), PAIRS)
def test_check_fails_on_its_fault(served, name: str, fault: str):
    served.world.faults.add(fault)
    found = finding(served, name)
    assert found.status is Status.FAILED, found
    assert "the check itself broke" not in found.evidence


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("backend.https", {"api_base_url": "http://api.yourapp.com"}),
        ("clerk.live_keys", {"publishable_key": "pk_test_Zm9vLWJhci0xMy5jbGVyay5hY2NvdW50cy5kZXYk"}),
        ("performance.page", {"budgets": Budgets(samples=3, page_median=0)}),
        ("performance.page", {"budgets": Budgets(samples=3, page_median=9, page_p95=0)}),
        ("performance.auth", {"budgets": Budgets(samples=3, auth_median=0)}),
        ("performance.bundle", {"budgets": Budgets(script_bytes=10)}),
    ],
)
def test_check_fails_on_a_target_at_fault(served, name: str, changes: dict[str, object]):
    assert finding(served, name, **changes).status is Status.FAILED


@pytest.mark.parametrize(
    "name", ["backend.https", "clerk.live_keys", "performance.page", "performance.auth", "performance.bundle"]
)
def test_check_passes_on_a_good_target(served, name: str):
    assert finding(served, name).status is Status.PASSED


def test_expired_says_when_only_a_made_token_was_tried(served):
    found = finding(served, "tokens.expired", expired_token=None)
    assert found.status is Status.PASSED
    assert "genuine" in found.details[0]


def test_slow_refusals_are_failures(served):
    served.world.faults.add("me-slow")
    found = finding(served, "tokens.foreign_key", budgets=Budgets(refusal=0.01))
    assert found.status is Status.FAILED


def test_tokens_are_tried_without_a_smoke_user_too(served):
    assert finding(served, "tokens.tampered", users=()).status is Status.PASSED
    served.world.faults.add("me-accepts-tampered")
    assert finding(served, "tokens.tampered", users=()).status is Status.FAILED


def test_other_tenants_token_comes_by_password_without_the_secret_key(served):
    assert finding(served, "tenants.me", clerk_secret_key=None).status is Status.PASSED


def test_clerks_limit_on_a_social_sign_in_is_not_taken_for_wrong_credentials(served):
    served.world.faults |= {"social-limited"}
    assert finding(served, "clerk.social_google").status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("fault", "expected"),
    [(None, Status.PASSED), ("social-google-client", Status.FAILED), ("social-unset", Status.FAILED)],
)
def test_clerk_is_asked_where_the_app_has_no_social_route(served, fault, expected):
    served.world.faults |= {"social-route-absent", *([fault] if fault else [])}
    assert finding(served, "clerk.social_google").status is expected


def test_sign_in_waits_once_when_the_limit_says_how_long(served):
    served.world.faults.add("signin-limited-once")
    waited: list[float] = []
    context = served.context(sleep=waited.append)
    assert execute(CHECKS["authentication.signin"], context).status is Status.PASSED
    assert waited == [7]


@pytest.mark.parametrize("name", ["tokens.tampered", "authentication.me", "headers.nosniff", "leakage.pages"])
def test_sites_own_rate_limit_is_no_failure_of_what_is_verified(served, name):
    served.world.faults.add("limited")
    found = finding(served, name)
    assert found.status is Status.UNKNOWN
    assert "too many requests" in found.evidence


def test_signup_leaves_no_user_behind(served):
    before = set(served.world.users)
    assert finding(served, "authentication.signup").status is Status.PASSED
    assert set(served.world.users) == before


def test_tenant_probes_without_paths_are_skipped_with_the_setting(served):
    for name in (
        "tenants.header",
        "tenants.path",
        "tenants.query",
        "tenants.read",
        "tenants.write",
        "tenants.lists",
    ):
        found = finding(served, name, backend=BackendPaths())
        assert found.status is Status.SKIPPED
        assert "verification.backend" in found.evidence


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("authentication.signin", {"users": ()}),
        ("tenants.signin", {"users": ()}),
        ("clerk.key_pair", {"clerk_secret_key": None}),
        ("clerk.key_pair", {"publishable_key": "pk_live_mistyped"}),
        ("backend.reachable", {"api_base_url": ""}),
        ("authentication.signup", {"sign_up": False}),
        ("clerk.social_google", {"social": {}}),
        ("clerk.social_google", {"social": {"github": "x"}}),
        ("leakage.origins", {"origins": ()}),
        ("monitoring.alarms", {}),
        ("transport.clerk_dns", {"cnames": (Cname(name="a.b", target="c.d"),)}),
    ],
)
def test_what_is_missing_is_told_not_guessed(served, name: str, changes: dict[str, object]):
    found = finding(served, name, **changes)
    assert found.status is Status.SKIPPED
    assert len(found.evidence) > 20


def test_verification_requests_are_signed_for_the_site_alone(served):
    finding(served, "backend.reachable")
    finding(served, "clerk.frontend_health")
    finding(served, "authentication.health")
    signed = {host for host, _, headers in served.world.requests if "x-verification" in headers}
    assert signed == {w.SITE}


def test_slot_is_asked_for_with_the_release_token_at_the_site_alone(served):
    token = SecretValue("1" * 32)
    for name in ("authentication.health", "backend.reachable", "transport.https_redirect"):
        finding(served, name, slot="slot-b", release_token=token)
    asked = {
        (host, headers["x-release-slot"], headers["x-release-token"])
        for host, _, headers in served.world.requests
        if "x-release-slot" in headers
    }
    assert asked == {(w.SITE, "slot-b", "1" * 32)}
    plain = [headers for host, _, headers in served.world.requests if headers.get("host") == w.SITE]
    assert plain


def test_checks_have_what_a_person_needs():
    for check in all_checks():
        assert isinstance(check, Check)
        assert check.guide and check.why.endswith(".") and len(check.next_step) > 20, check.id
        assert check.function.__doc__, check.id
