import os
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from clerk_deploy.secret_value import SecretValue
from clerk_deploy.verification.context import Context
from clerk_deploy.verification.http import Client, Signature
from clerk_deploy.verification.routes import Detour, Routes
from clerk_deploy.verification.target import BackendPaths, Budgets, Expected, SmokeUser, Target
from rehearsal.serving import serve
from tests.clerk_deploy.verification import world as w


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def cacert(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


class Served:
    """The world behind its real names."""

    def __init__(self, world: w.World, https: int, http: int, cacert: Path) -> None:
        self.world = world
        detours = [Detour(host=host, port=443, address="127.0.0.1", to_port=https) for host in w.HOSTS]
        detours += [Detour(host=host, port=80, address="127.0.0.1", to_port=http) for host in (w.SITE, w.WWW)]
        self.routes = Routes(detours=tuple(detours), environment={})
        self.cacert = str(cacert)

    def target(self, **changes: object) -> Target:
        users = tuple(
            SmokeUser(tenant=user.tenant, email=user.email, password=SecretValue(user.password))
            for user in self.world.users.values()
        )
        settings: dict[str, object] = {
            "url": f"https://{w.SITE}",
            "domains": (w.WWW,),
            "publishable_key": w.PUBLISHABLE,
            "tenant": w.OWN,
            "api_base_url": f"https://{w.BACKEND}",
            "clerk_secret_key": SecretValue(w.SECRET),
            "users": users,
            "social": w.SOCIAL,
            "backend": BackendPaths(
                health="/health",
                list="/documents",
                read="/documents/{id}",
                tenant_list="/tenants/{tenant}/documents",
                write="/documents",
            ),
            "budgets": Budgets(samples=3, page_median=3, page_p95=5, auth_median=3, auth_p95=5),
            "expected": Expected(commit=w.COMMIT, slot="slot-a", revision=w.REVISION),
            "earlier_assets": (w.CHUNK,),
            "origins": (f"https://{w.SLOT}",),
            "expired_token": SecretValue(self.world.token(next(iter(self.world.users.values())), life=-300)),
            "verification_token": SecretValue("0" * 16 + "f" * 16),
            "sign_up": True,
        }
        return Target(**(settings | changes))  # type: ignore[arg-type]

    def context(self, target: Target | None = None, **changes: object) -> Context:
        target = target or self.target()
        signature = Signature(
            base_url=target.url,
            now=time.time,
            verification_token=target.verification_token,
            release_token=target.release_token,
            slot=target.slot,
        )
        client = Client(routes=self.routes, cacert=self.cacert, signature=signature, timeout=5)
        return Context(target=target, client=client, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def served_for_session(
    authority: trustme.CA, cacert: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("server")
    issued = authority.issue_cert(*w.HOSTS)
    certificate, key = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(key)
    world = w.World()
    app = w.create_app(world)
    with serve(app, certificate=certificate, key=key) as https, serve(app) as http:
        yield Served(world, urlsplit(https).port or 0, urlsplit(http).port or 0, cacert)


@pytest.fixture
def served(served_for_session: Served) -> Iterator[Served]:
    """A healthy world; a test adds faults, and they are gone afterwards."""
    world = served_for_session.world
    users = dict(world.users)
    world.requests.clear()
    world.hits.clear()
    yield served_for_session
    world.faults.clear()
    world.users = users


@pytest.fixture(autouse=True)
def _without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in os.environ if each.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
