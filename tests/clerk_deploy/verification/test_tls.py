import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import trustme

from clerk_deploy.verification.context import Context
from clerk_deploy.verification.engine import execute
from clerk_deploy.verification.findings import Status
from clerk_deploy.verification.http import Client
from clerk_deploy.verification.registry import all_checks
from clerk_deploy.verification.routes import Detour, Routes
from clerk_deploy.verification.target import Target

CHECKS = {check.id: check for check in all_checks()}
HOST = "yourapp.com"


@contextmanager
def tls_server(certificate: trustme.LeafCert, *, old: bool = False, only_old: bool = False) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if old:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
    if only_old:
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            try:
                connection.settimeout(2)
                with context.wrap_socket(connection, server_side=True) as secure:
                    secure.recv(1)
            except OSError:
                connection.close()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def finding(name: str, port: int, cacert, **changes: object):
    detour = Detour(host=HOST, port=443, address="127.0.0.1", to_port=port)
    client = Client(routes=Routes(detours=(detour,), environment={}), cacert=str(cacert), timeout=3)
    return execute(CHECKS[name], Context(target=Target(url=f"https://{HOST}"), client=client, **changes))  # type: ignore[arg-type]


NAMES = ("transport.chain", "transport.host_name", "transport.expiry")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", [*NAMES, "transport.protocols"])
def test_good_certificate_passes(authority, cacert, name):
    with tls_server(authority.issue_cert(HOST)) as port:
        assert finding(name, port, cacert).status is Status.PASSED


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("transport.chain", Status.FAILED),
        ("transport.host_name", Status.UNKNOWN),
        ("transport.expiry", Status.UNKNOWN),
    ],
)
def test_untrusted_chain_fails_only_the_chain(cacert, name, expected):
    with tls_server(trustme.CA().issue_cert(HOST)) as port:
        assert finding(name, port, cacert).status is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("transport.chain", Status.PASSED),
        ("transport.host_name", Status.FAILED),
        ("transport.expiry", Status.PASSED),
    ],
)
def test_other_hosts_certificate_fails_only_the_name(authority, cacert, name, expected):
    with tls_server(authority.issue_cert("other.example")) as port:
        assert finding(name, port, cacert).status is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("transport.chain", Status.PASSED),
        ("transport.host_name", Status.PASSED),
        ("transport.expiry", Status.FAILED),
    ],
)
def test_expired_certificate_fails_only_the_date(authority, cacert, name, expected):
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=2)
    with tls_server(authority.issue_cert(HOST, not_after=past)) as port:
        found = finding(name, port, cacert)
        assert found.status is expected
        assert expected is Status.PASSED or "expired" in found.evidence


def test_certificate_that_expires_soon_fails(authority, cacert):
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=10)
    with tls_server(authority.issue_cert(HOST, not_after=soon)) as port:
        assert finding("transport.expiry", port, cacert).status is Status.FAILED
        before = finding("transport.expiry", port, cacert, now=lambda: soon.timestamp() - 30 * 86_400)
        assert before.status is Status.PASSED


@pytest.mark.parametrize(("hours", "expected"), [(3, Status.PASSED), (1, Status.FAILED)])
def test_short_lived_certificate_must_have_a_sixth_of_its_time_left(authority, cacert, hours, expected):
    # As of Caddy's own authority: twelve hours.
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=hours)
    shown = authority.issue_cert(HOST, not_before=end - datetime.timedelta(hours=12), not_after=end)
    with tls_server(shown) as port:
        assert finding("transport.expiry", port, cacert).status is expected


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("only_old", [False, True])
def test_old_protocols_fail(authority, cacert, only_old):
    with tls_server(authority.issue_cert(HOST), old=True, only_old=only_old) as port:
        found = finding("transport.protocols", port, cacert)
        assert found.status is Status.FAILED
        assert "TLS 1.1" in found.evidence


def test_server_without_tls_is_told_apart_from_a_bad_certificate(cacert):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert "cannot be reached" in finding("transport.chain", port, cacert).evidence
