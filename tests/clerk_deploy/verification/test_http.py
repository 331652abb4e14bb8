"""The client against servers that do what they should not."""

import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import trustme

from clerk_deploy.errors import UnusableInputError
from clerk_deploy.secret_value import SecretValue
from clerk_deploy.verification.http import Client, NoAnswerError, OutOfTimeError, Signature
from clerk_deploy.verification.routes import Detour, Routes

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@contextmanager
def raw_server(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def one(connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(65_536)
                behave(connection)
            except OSError:
                pass

    def serve() -> None:
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ended.set()
        listener.close()


def client(**changes: object) -> Client:
    return Client(**({"routes": Routes(environment={}), "timeout": 2.0} | changes))  # type: ignore[arg-type]


def endless(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"\r\n")
    while True:
        connection.sendall(b"x" * 65_536)


def test_endless_body_is_cut_and_takes_bounded_memory():
    with raw_server(endless) as url:
        tracemalloc.start()
        answer = client().request("GET", url, limit=1_000_000)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert answer.is_cut
    assert len(answer.body) == 1_000_000
    assert peak < 8_000_000


def test_gzip_bomb_is_cut():
    bomb = gzip.compress(b"\0" * 50_000_000)

    def behave(connection: socket.socket) -> None:
        head = f"Content-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
        connection.sendall(HEAD + head + bomb)

    with raw_server(behave) as url:
        answer = client().request("GET", url, limit=1_000_000)
    assert answer.is_cut
    assert len(answer.body) == 1_000_000


def dripping(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.02)


def test_dripping_body_ends_at_the_deadline():
    with raw_server(dripping) as url, pytest.raises(OutOfTimeError):
        client().until(time.monotonic() + 0.3).get(url)


def test_hanging_server_is_no_answer():
    with raw_server(lambda _: time.sleep(5)) as url, pytest.raises(NoAnswerError, match="in time"):
        client(timeout=0.2).get(url)


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
        b"HTTP/1.1 abc\r\n\r\n",
        b"\x16\x03\x01\x00\x02",
        HEAD + b"Content-Length: 10\r\n\r\nabc",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"x: " + b"y" * 70_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_http_is_no_answer(said):
    with raw_server(lambda connection: connection.sendall(said)) as url, pytest.raises(NoAnswerError):
        client().get(url)


def test_redirects_are_followed_only_when_asked_and_never_for_ever():
    loop = b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
    with raw_server(lambda connection: connection.sendall(loop)) as url:
        assert client().get(url).url == url
        followed = client().get(url, follow=3)
        assert (followed.status, followed.path) == (302, "/again")


def test_redirect_to_another_host_does_not_take_the_token_along():
    seen: list[bytes] = []

    def foreign(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Content-Length: 0\r\n\r\n")

    @contextmanager
    def recording() -> Iterator[str]:
        listener = socket.create_server(("127.0.0.1", 0))

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                seen.append(connection.recv(65_536))
                foreign(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.close()

    with recording() as other:
        away = f"HTTP/1.1 302 Found\r\nLocation: {other}/\r\nContent-Length: 0\r\n\r\n".encode()
        with raw_server(lambda connection: connection.sendall(away)) as url:
            client().get(url, headers={"Authorization": "Bearer x"}, follow=1)
    assert seen and b"Bearer" not in seen[0]


def test_untrusted_certificate_is_told_as_such(tmp_path):
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)

    def behave(connection: socket.socket) -> None:
        context.wrap_socket(connection, server_side=True)

    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        try:
            behave(connection)
        except OSError:
            connection.close()

    threading.Thread(target=serve, daemon=True).start()
    with pytest.raises(NoAnswerError, match="certificate is not accepted"):
        client().get(f"https://127.0.0.1:{listener.getsockname()[1]}")
    listener.close()


def test_refused_connection_is_no_answer_and_names_the_host():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoAnswerError, match=f"127.0.0.1:{port}") as caught:
        client().get(f"http://127.0.0.1:{port}/")
    assert caught.value.host == "127.0.0.1"


def test_resolve_reaches_the_named_address_with_the_right_host_header():
    seen: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Content-Length: 2\r\n\r\nok")

    with raw_server(behave) as url:
        port = int(url.rpartition(":")[2])
        routes = Routes(
            detours=(Detour.parse(f"yourapp.com:80:127.0.0.1:{port}"),),
            environment={"http_proxy": "http://127.0.0.1:1"},
        )
        assert client(routes=routes).get("http://yourapp.com/").body == b"ok"
    assert not seen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yourapp.com",
        "yourapp.com:443",
        "yourapp.com:443:elsewhere",
        ":443:127.0.0.1",
        "a:b:127.0.0.1",
        "a:99999:::1",
    ],
)
def test_unreadable_resolve_is_a_usage_error(text):
    with pytest.raises(UnusableInputError):
        Detour.parse(text)


@pytest.mark.parametrize(
    ("text", "address", "to_port"),
    [
        ("yourapp.com:443:192.0.2.10", "192.0.2.10", 443),
        ("YourApp.com:443:[2001:db8::1]", "2001:db8::1", 443),
        ("yourapp.com:443:2001:db8::1", "2001:db8::1", 443),
        ("yourapp.com:443:[::1]:8443", "::1", 8443),
    ],
)
def test_resolve_reads_what_curl_reads(text, address, to_port):
    detour = Detour.parse(text)
    assert (detour.host, detour.port, detour.address, detour.to_port) == (
        "yourapp.com",
        443,
        address,
        to_port,
    )


@pytest.mark.parametrize(
    ("no_proxy", "host", "expected"),
    [
        ("", "yourapp.com", "http://proxy:3128"),
        ("yourapp.com", "yourapp.com", None),
        (".yourapp.com", "www.yourapp.com", None),
        ("yourapp.com", "evilyourapp.com", "http://proxy:3128"),
        ("yourapp.com:8443", "yourapp.com", "http://proxy:3128"),
        ("other.example, yourapp.com", "yourapp.com", None),
        ("*", "yourapp.com", None),
    ],
)
def test_no_proxy_is_honoured(no_proxy, host, expected):
    routes = Routes(environment={"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": no_proxy})
    assert routes.proxy("https", host, 443) == expected


def test_http_requests_go_through_the_proxy():
    asked: list[bytes] = []

    @contextmanager
    def proxy() -> Iterator[int]:
        listener = socket.create_server(("127.0.0.1", 0))

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                asked.append(connection.recv(65_536))
                connection.sendall(HEAD + b"Content-Length: 2\r\n\r\nok")

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.close()

    with proxy() as port:
        routes = Routes(environment={"HTTP_PROXY": f"http://127.0.0.1:{port}"})
        assert client(routes=routes).get("http://yourapp.com/a?b=1").body == b"ok"
    assert asked[0].startswith(b"GET http://yourapp.com/a?b=1 HTTP/1.1")


def test_signature_is_what_the_app_checks():
    import hashlib
    import hmac

    signature = Signature(
        base_url="https://yourapp.com", now=lambda: 1_700_000_000.9, verification_token=SecretValue("k" * 32)
    )
    made = signature.headers("POST", "https://yourapp.com/api/auth/me?x=1")["x-verification"]
    digest = hmac.new(b"k" * 32, b"1700000000\nPOST\n/api/auth/me", hashlib.sha256).hexdigest()
    assert made == f"t=1700000000;v1={digest}"
    assert signature.headers("GET", "http://yourapp.com/") == {}
    slots = replace(
        signature, origins=("https://slot.example",), slot="slot-a", release_token=SecretValue("r")
    )
    assert set(slots.headers("GET", "https://slot.example/")) == {"x-verification"}
    assert "x-release-token" in slots.headers("GET", "https://yourapp.com/")
    assert signature.headers("GET", "https://yourapp.com.evil.example/") == {}
