"""Looking at a live release: the ordinary checks over TLS, and the watch of a bake."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from clerk_deploy.containers.inputs import read_place, read_values
from clerk_deploy.containers.release import Release
from clerk_deploy.containers.values import with_tokens
from clerk_deploy.containers.verification import (
    LOOKS_BETWEEN,
    SiteVerification,
    Watch,
    site_verification,
)
from clerk_deploy.release.errors import BakeFailedError, VerificationFailedError
from clerk_deploy.verification.registry import Moment, all_checks
from clerk_deploy.verification.routes import Detour, Routes
from clerk_deploy.verification.target import Target
from rehearsal.containers.scene import SECRET_KEY, TOKEN_KEY, Scene
from rehearsal.serving import serve
from tests.containers.world import FIRST, SECOND, FakeHttp, FakeWorld, make_world

DOMAIN = "yourapp.com"
RELEASE = Release(commit=FIRST, revision="ab" * 32)
KEPT = ("authentication.health", "headers.powered_by")


@dataclass
class Served:
    verification: SiteVerification
    commit: str = FIRST
    seen: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(verification=None)  # type: ignore[arg-type]

    async def answer(request: Request) -> Response:
        made.seen.append(dict(request.headers))
        headers = {"x-content-type-options": "nosniff", "cache-control": "no-store"}
        if request.url.path != "/api/health":
            return HTMLResponse("<!doctype html><title>yourapp</title><p>yourapp", headers=headers)
        document = {
            "status": "ok",
            "commit": made.commit,
            "job": "-",
            "slot": "containers",
            "revision": RELEASE.revision,
            "checks": {"secret": "ok", "instance": "ok", "tokens": "ok"},
        }
        return JSONResponse(document, headers=headers)

    authority = trustme.CA()
    certificate = authority.issue_cert(DOMAIN)
    chain, key, trusted = tmp_path / "chain.pem", tmp_path / "key.pem", tmp_path / "ca.pem"
    chain.write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    key.write_bytes(certificate.private_key_pem.bytes())
    trusted.write_bytes(authority.cert_pem.bytes())
    app = Starlette(routes=[Route("/{path:path}", answer)])
    with serve(app, certificate=chain, key=key) as address:
        port = int(address.rpartition(":")[2])
        detour = Detour(host=DOMAIN, port=443, address="127.0.0.1", to_port=port)
        made.verification = SiteVerification(
            target=Target(url=f"https://{DOMAIN}"),
            waivers=(),
            routes=Routes(detours=(detour,), environment={}),
            now=time.time,
            cacert=str(trusted),
            checks=tuple(each for each in all_checks() if each.id in KEPT),
        )
        yield made


def test_release_that_answers_passes(served: Served) -> None:
    assert served.verification(RELEASE, Moment.CANDIDATE).startswith("2 checks of yourapp.com")


def test_answer_of_another_commit_fails(served: Served) -> None:
    served.commit = SECOND
    with pytest.raises(VerificationFailedError, match=r"authentication\.health"):
        served.verification(RELEASE, Moment.CANDIDATE)


def test_verification_knows_what_the_stack_knows(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path / "scene")
    config = {"clerk-deploy:settings": str(scene.settings)}
    config["clerk-deploy:variables"] = f'{{"file": "{scene.variables}"}}'
    place = read_place(config=config, stack="production", folder=tmp_path)
    values = read_values(place, folder=tmp_path)
    user = {"tenant": "tenant_production_001", "email": "a@yourapp.com", "password": "not-a-real-one"}
    made = site_verification(
        place,
        values,
        secrets=with_tokens(values.secrets, TOKEN_KEY),
        smoke={"users": [user]},
        routes=Routes(detours=(), environment={}),
        now=time.time,
    )
    target = made.target
    assert (target.url, target.tenant) == ("https://yourapp.com", "tenant_production_001")
    assert target.user is not None
    assert target.verification_token is not None
    assert target.clerk_secret_key is not None
    for secret in (SECRET_KEY, "not-a-real-one", target.verification_token.reveal()):
        assert secret not in repr(made)


@dataclass
class Checks:
    """Takes the place of the ordinary verification."""

    moments: list[Moment] = field(default_factory=list)
    fail: bool = False

    def __call__(self, release: Release, moment: Moment) -> str:
        self.moments.append(moment)
        if self.fail:
            raise VerificationFailedError("nobody can sign in", next_step="see the log")
        return "all is well"


@pytest.fixture
def world(tmp_path: Path) -> FakeWorld:
    found = make_world(tmp_path / "scene")
    found.serves = found.release_name(FIRST)
    return found


def watch(world: FakeWorld, checks: Checks | None, **more: Any) -> Watch:
    given: dict[str, Any] = {"http": FakeHttp(world), "tell": lambda line: None, **more}
    return Watch(site="https://yourapp.com", release=world.scene.release(FIRST), whole=checks, **given)


def test_first_look_is_a_candidates_and_later_ones_sign_in_now_and_then(world: FakeWorld) -> None:
    checks = Checks()
    look = watch(world, checks)
    for _ in range(2 * LOOKS_BETWEEN):
        look()
    assert checks.moments == [Moment.CANDIDATE, Moment.EMERGENCY, Moment.EMERGENCY]


def test_first_look_that_fails_ends_it(world: FakeWorld) -> None:
    with pytest.raises(VerificationFailedError, match="nobody can sign in"):
        watch(world, Checks(fail=True))()


def test_failed_sign_in_is_tried_again_and_ends_it_at_the_third_time(world: FakeWorld) -> None:
    checks = Checks()
    told: list[str] = []
    look = watch(world, checks, tell=told.append)
    for _ in range(LOOKS_BETWEEN - 1):
        look()
    checks.fail = True
    look()
    look()
    with pytest.raises(BakeFailedError, match="3 looks in a row failed: nobody can sign in"):
        look()
    assert told[-1] == f"look {LOOKS_BETWEEN + 1} failed: nobody can sign in"


def test_silence_and_another_release_are_failures(world: FakeWorld) -> None:
    look = watch(world, None)
    look()
    world.silent = True
    look()
    world.silent, world.serves = False, world.release_name(SECOND)
    look()
    world.serves = world.release_name(FIRST)
    look()
    world.unhealthy.add(world.serves)
    look()
    look()
    with pytest.raises(BakeFailedError, match="is not well"):
        look()
