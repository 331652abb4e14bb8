import socketserver
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from clerk_deploy.verification.dns import lookup_with
from clerk_deploy.verification.engine import execute
from clerk_deploy.verification.findings import Status
from clerk_deploy.verification.registry import all_checks
from clerk_deploy.verification.target import Cname

CHECKS = {check.id: check for check in all_checks()}


class Zone(dict[tuple[str, str], str]):
    """(name, type) to the value that the server answers; `serving` False answers SERVFAIL."""

    serving = True


@pytest.fixture
def zone() -> Zone:
    return Zone(
        {
            ("yourapp.com.", "A"): "192.0.2.1",
            ("www.yourapp.com.", "A"): "192.0.2.1",
            ("clerk.yourapp.com.", "CNAME"): "frontend-api.clerk.services.",
        }
    )


@pytest.fixture
def lookup(zone: Zone) -> Iterator[object]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, socket = self.request
            question = dns.message.from_wire(data)
            answer = dns.message.make_response(question)
            asked = question.question[0]
            kind = dns.rdatatype.to_text(asked.rdtype)
            if not zone.serving:
                answer.set_rcode(dns.rcode.SERVFAIL)
            elif value := zone.get((str(asked.name), kind)):
                answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, value))
            elif not any(name == str(asked.name) for name, _ in zone):
                answer.set_rcode(dns.rcode.NXDOMAIN)
            socket.sendto(answer.to_wire(), self.client_address)

    with socketserver.UDPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield lookup_with("127.0.0.1", port=server.server_address[1], timeout=2)
        server.shutdown()


CNAMES = (Cname(name="clerk.yourapp.com", target="frontend-api.clerk.services"),)


def status(served, lookup, name: str) -> Status:
    return execute(CHECKS[name], served.context(served.target(cnames=CNAMES), lookup=lookup)).status


def test_records_as_they_should_be_pass(served, lookup):
    assert status(served, lookup, "transport.dns") is Status.PASSED
    assert status(served, lookup, "transport.clerk_dns") is Status.PASSED


def test_absent_name_fails(served, lookup, zone):
    del zone[("www.yourapp.com.", "A")]
    assert status(served, lookup, "transport.dns") is Status.FAILED


@pytest.mark.parametrize("target", [None, "proxy.example.com."])
def test_absent_or_other_cname_fails(served, lookup, zone, target):
    del zone[("clerk.yourapp.com.", "CNAME")]
    if target:
        zone[("clerk.yourapp.com.", "CNAME")] = target
    assert status(served, lookup, "transport.clerk_dns") is Status.FAILED


def test_server_that_does_not_know_is_no_failure_of_the_site(served, lookup, zone):
    zone.serving = False
    assert status(served, lookup, "transport.dns") is Status.UNKNOWN
