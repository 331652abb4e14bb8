"""The whole verification: of a candidate on its own protected address, then on the domain."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import trustme
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from clerk_deploy.release.errors import VerificationFailedError
from clerk_deploy.release.health import Health
from clerk_deploy.secret_value import SecretValue
from clerk_deploy.vercel.records import Deployment
from clerk_deploy.vercel.verification import NOT_ON_ITS_OWN_ADDRESS, BypassSignature, WholeVerification
from clerk_deploy.verification.registry import Moment, all_checks, select
from clerk_deploy.verification.routes import Detour, Routes
from clerk_deploy.verification.target import Target
from rehearsal.serving import serve
from tests.vercel.world import BAD, BYPASS, DOMAIN, ONE, REVISION, TWO, World

HOST = "yourapp-production-1.vercel.app"
DEPLOYMENT = Deployment(id="dpl_1", host=HOST, state="READY", commit=ONE)
HEALTH = Health(healthy=True, commit=ONE, job="dpl_1", slot="vercel", revision=REVISION)
KEPT = ("authentication.health", "headers.powered_by", *NOT_ON_ITS_OWN_ADDRESS)


@dataclass
class Served:
    verification: WholeVerification
    asked: list[tuple[str, str]] = field(default_factory=list)
    commit: str = ONE


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(verification=None)  # type: ignore[arg-type]

    async def answer(request: Request) -> Response:
        host = request.headers["host"]
        bypass = request.headers.get("x-vercel-protection-bypass", "")
        made.asked.append((host, bypass))
        if host == HOST and bypass != BYPASS:
            return Response("Authentication Required", 401)
        headers = {"x-content-type-options": "nosniff", "cache-control": "no-store"}
        if host == HOST:
            headers["x-robots-tag"] = "noindex"
        if request.url.path != "/api/health":
            return HTMLResponse("<!doctype html><title>yourapp</title><p>yourapp", headers=headers)
        document = {
            "status": "ok",
            "commit": made.commit,
            "job": "dpl_1",
            "slot": "vercel",
            "revision": REVISION,
            "checks": {"secret": "ok", "instance": "ok", "tokens": "ok"},
        }
        return JSONResponse(document, headers=headers)

    authority = trustme.CA()
    certificate = authority.issue_cert(HOST, DOMAIN)
    chain, key, trusted = tmp_path / "chain.pem", tmp_path / "key.pem", tmp_path / "ca.pem"
    chain.write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    key.write_bytes(certificate.private_key_pem.bytes())
    trusted.write_bytes(authority.cert_pem.bytes())
    app = Starlette(routes=[Route("/{path:path}", answer)])
    with serve(app, certificate=chain, key=key) as address:
        port = int(address.rpartition(":")[2])
        detours = tuple(
            Detour(host=host, port=443, address="127.0.0.1", to_port=port) for host in (HOST, DOMAIN)
        )
        made.verification = WholeVerification(
            target=Target(url=f"https://{DOMAIN}"),
            bypass=SecretValue(BYPASS),
            waivers=(),
            routes=Routes(detours=detours, environment={}),
            now=time.time,
            cacert=str(trusted),
            checks=[check for check in all_checks() if check.id in KEPT],
        )
        yield made


def test_candidate_is_verified_on_its_own_address_with_the_bypass_secret(served: Served) -> None:
    told = served.verification.candidate(DEPLOYMENT, HEALTH)
    assert f"2 checks of {HOST}" in told
    assert set(served.asked) == {(HOST, BYPASS)}


def test_bypass_secret_goes_to_no_other_host() -> None:
    signature = BypassSignature(
        base_url=f"https://{HOST}",
        now=lambda: 0.0,
        origins=(f"https://{DOMAIN}",),
        bypass=SecretValue(BYPASS),
    )
    assert signature.headers("GET", f"https://{HOST}/x") == {"x-vercel-protection-bypass": BYPASS}
    for other in (DOMAIN, "api.yourapp.com", f"{HOST}.example.com"):
        assert BYPASS not in signature.headers("GET", f"https://{other}/x").values()


def test_live_site_is_verified_on_its_domain_without_the_bypass_secret(served: Served) -> None:
    assert DOMAIN in served.verification.live(HEALTH)
    assert set(served.asked) == {(DOMAIN, "")}


def test_failed_check_is_named(served: Served) -> None:
    served.commit = TWO
    with pytest.raises(VerificationFailedError, match=r"authentication\.health"):
        served.verification.candidate(DEPLOYMENT, HEALTH)


def test_left_out_checks_exist() -> None:
    known = {check.id for check in all_checks()}
    assert set(NOT_ON_ITS_OWN_ADDRESS) <= known
    assert select(all_checks(), moment=Moment.EMERGENCY)


@dataclass
class Verdicts:
    world: World
    bad_candidate: bool = False
    bad_live: bool = False
    told: list[str] = field(default_factory=list)

    def candidate(self, deployment: Deployment, health: Health) -> str:
        assert self.world.live != deployment.commit
        self.told.append("candidate")
        return self._say(self.bad_candidate)

    def live(self, health: Health) -> str:
        assert self.world.live == health.commit
        self.told.append("live")
        return self._say(self.bad_live)

    def _say(self, bad: bool) -> str:
        if bad:
            raise VerificationFailedError("1 checks failed: tenants.signin", next_step="see it")
        return "57 checks"


def release(world: World, verdicts: Verdicts, commit: str) -> str:
    return replace(world.operations(bakeMinutes=0), verifier=verdicts).release(commit).outcome


def test_release_is_verified_whole_before_and_after_the_switch(first: World) -> None:
    verdicts = Verdicts(first)
    assert release(first, verdicts, TWO) == "promoted"
    assert verdicts.told == ["candidate", "live"]
    assert first.step_names()[-2:] == ["confirm", "verify-live"]


def test_candidate_that_fails_the_whole_verification_gets_no_traffic(first: World) -> None:
    assert release(first, Verdicts(first, bad_candidate=True), BAD) == "aborted"
    assert (first.live, first.calls("promote")) == (ONE, 0)


def test_release_that_fails_on_the_domain_is_taken_back(first: World) -> None:
    assert release(first, Verdicts(first, bad_live=True), BAD) == "rolled back"
    assert first.live == ONE
