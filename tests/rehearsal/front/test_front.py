"""What the front promises about sockets: TLS names, dispatch, tunnels, half-closed and lost connections."""

import http.client
import json
import socket
import ssl
import struct
import threading
import time

import pytest


def tls(running, name: str | None, *, source: str = "127.0.0.1") -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(running.authority.bundle_file))
    context.check_hostname = name is not None
    address = ("127.0.0.1", running.front.https_port)
    raw = socket.create_connection(address, timeout=10, source_address=(source, 0))
    return context.wrap_socket(raw, server_hostname=name)


def proxied(running, request: bytes, *, source: str = "127.0.0.1") -> socket.socket:
    address = ("127.0.0.1", running.front.proxy_port)
    client = socket.create_connection(address, timeout=10, source_address=(source, 0))
    client.sendall(request)
    return client


def everything(client: socket.socket) -> bytes:
    received = b""
    while data := client.recv(65536):
        received += data
    return received


def no_more_tasks_than(running, number: int) -> bool:
    deadline = time.monotonic() + 5
    while running.tasks() > number and time.monotonic() < deadline:
        time.sleep(0.05)
    return running.tasks() <= number


@pytest.mark.parametrize("name", ["yourapp.com", "slot-a.d123.amplifyapp.com", "a.b.c.amplifyapp.com"])
def test_certificate_is_valid_for_the_name_asked_for(running, name):
    with tls(running, name) as connection:
        names = [value for _, value in connection.getpeercert()["subjectAltName"]]
    assert names == [name]


def test_unknown_name_is_refused_in_the_handshake(running):
    with pytest.raises(ssl.SSLError):
        tls(running, "evil.example")


def test_client_without_a_name_gets_the_default_certificate(running):
    with tls(running, None) as connection:
        assert connection.getpeercert()["subjectAltName"] == (("DNS", "yourapp.com"),)


def test_unknown_host_of_a_known_certificate_is_misdirected(running):
    with tls(running, "yourapp.com") as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n")
        assert everything(connection).startswith(b"HTTP/1.1 421")


def test_origins_own_date_stands_alone_and_other_answers_get_one(running):
    for path, count in (("/own-date", b"1970"), ("/", b"GMT")):
        with tls(running, "yourapp.com") as connection:
            request = f"GET {path} HTTP/1.1\r\nHost: yourapp.com\r\nConnection: close\r\n\r\n"
            connection.sendall(request.encode())
            head = everything(connection).split(b"\r\n\r\n")[0].lower()
        assert head.count(b"\r\ndate:") == 1
        assert count.lower() in head


def test_host_table_may_change_while_serving(running):
    async def gone(scope, receive, send):
        await send({"type": "http.response.start", "status": 410, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    running.hosts.set("new.example", gone)
    try:
        with tls(running, "new.example") as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: new.example\r\nConnection: close\r\n\r\n")
            assert everything(connection).startswith(b"HTTP/1.1 410")
    finally:
        running.hosts.remove("new.example")
    with pytest.raises(ssl.SSLError):
        tls(running, "new.example")


@pytest.mark.parametrize("source", ["127.0.0.1", "127.0.0.77"])
def test_clients_loopback_address_survives_the_proxy_and_headers_cannot_claim_another(running, source):
    request = (
        b"GET http://yourapp.com/ HTTP/1.1\r\nHost: x\r\n"
        b"X-Forwarded-For: 9.9.9.9\r\nForwarded: for=9.9.9.9\r\n\r\n"
    )
    with proxied(running, request, source=source) as client:
        body = everything(client).split(b"\r\n\r\n", 1)[1]
    assert json.loads(body)["client"] == source
    assert json.loads(body)["host"] == "yourapp.com"


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: yourapp.com\r\n\r\n", b"400"),
        (b"CONNECT yourapp.com HTTP/1.1\r\n\r\n", b"400"),
        (b"CONNECT yourapp.com:notaport HTTP/1.1\r\n\r\n", b"400"),
        (b"GET ftp://yourapp.com/ HTTP/1.1\r\n\r\n", b"400"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET http://yourapp.com/ HTTP/1.1\r\nbad header\r\n\r\n", b"400"),
        (b"GET http://yourapp.com/ HTTP/1.1\r\nx: " + b"a" * 70_000 + b"\r\n\r\n", b"431"),
        (b"CONNECT yourapp.com:22 HTTP/1.1\r\n\r\n", b"403"),
        (b"CONNECT 127.0.0.1:9 HTTP/1.1\r\n\r\n", b"502"),
    ],
)
def test_proxy_refuses_what_it_cannot_serve(running, request_head, status):
    with proxied(running, request_head) as client:
        assert everything(client).split(b" ")[1] == status


def test_host_outside_the_rehearsal_is_tunnelled_and_forwarded(running):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def answer() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with proxied(running, f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode()) as client:
            assert b" 200 " in client.recv(1024)
            client.sendall(b"anything")
            assert b" 204 " in everything(client)
        with proxied(running, f"GET http://127.0.0.1:{port}/ HTTP/1.1\r\n\r\n".encode()) as client:
            assert b" 204 " in everything(client)
        thread.join()


def test_half_closed_tunnel_still_delivers_the_answer(running):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                received = everything(connection)
                connection.sendall(received[::-1])

        thread = threading.Thread(target=answer)
        thread.start()
        with proxied(running, f"CONNECT localhost:{port} HTTP/1.1\r\n\r\n".encode()) as client:
            assert b" 200 " in client.recv(1024)
            client.sendall(b"abc")
            client.shutdown(socket.SHUT_WR)
            assert everything(client) == b"cba"
        thread.join()


def test_large_bodies_pass_both_ways(running):
    connection = http.client.HTTPSConnection(
        "127.0.0.1",
        running.front.proxy_port,
        context=ssl.create_default_context(cafile=str(running.authority.bundle_file)),
        timeout=60,
    )
    connection.set_tunnel("yourapp.com", 443)
    body = b"y" * 12_000_000
    connection.request("POST", "/upload", body=body)
    assert json.loads(connection.getresponse().read())["bytes"] == len(body)
    connection.request("GET", "/large?chunks=200")
    assert len(connection.getresponse().read()) == 200 * 65536
    connection.close()


def test_clients_that_vanish_leave_no_task(running):
    before = running.tasks()
    for number in range(30):
        client = proxied(running, b"GET http://yourapp.com/large?chunks=100000 HTTP/1.1\r\n\r\n")
        client.recv(1024)
        if number % 2:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    for _ in range(5):
        proxied(running, b"CONNECT yourapp.com:443 HTTP/1.1\r\n\r\n").close()
        proxied(running, b"GET http://your").close()
    assert no_more_tasks_than(running, before)


def test_many_clients_with_kept_connections_fail_no_request(running):
    failures: list[str] = []

    def client() -> None:
        connection = http.client.HTTPSConnection(
            "127.0.0.1",
            running.front.proxy_port,
            context=ssl.create_default_context(cafile=str(running.authority.bundle_file)),
            timeout=30,
        )
        connection.set_tunnel("yourapp.com", 443)
        for number in range(60):
            connection.request("GET", f"/{number}")
            answer = connection.getresponse()
            if answer.status != 200 or b'"exact"' not in answer.read():
                failures.append(str(answer.status))
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
