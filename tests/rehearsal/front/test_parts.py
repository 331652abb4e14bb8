"""The front's parts by themselves: certificates, host table, outer proxy, what clients are told."""

import asyncio
import contextlib
import socket
import ssl
import stat
import threading

import pytest
from starlette.applications import Starlette

from rehearsal.front.certificates import Authority, system_roots
from rehearsal.front.clients import environment
from rehearsal.front.hosts import HostTable, without_port
from rehearsal.front.lifespan import lifespan
from rehearsal.front.outer import OuterProxy
from rehearsal.front.proxy import ForwardProxy, Timeouts, serve_proxy


def test_bundle_holds_the_systems_roots_and_the_authority(tmp_path):
    roots = system_roots({})
    authority = Authority(folder=tmp_path / "new", roots=roots)
    bundle = authority.bundle_file.read_bytes()
    assert roots.read_bytes().strip() in bundle
    assert bundle.endswith(authority.certificate_file.read_bytes())
    trust = ssl.create_default_context(cafile=str(authority.bundle_file))
    marks = bundle.count(b"BEGIN CERTIFICATE")
    assert len(trust.get_ca_certs(binary_form=True)) == marks


def test_no_private_key_is_written(tmp_path):
    authority = Authority(folder=tmp_path, roots=system_roots({}))
    authority.context("yourapp.com")
    for file in tmp_path.iterdir():
        assert "PRIVATE" not in file.read_text()
        assert stat.S_ISREG(file.stat().st_mode)


def test_roots_named_by_the_environment_win(tmp_path):
    file = tmp_path / "roots.pem"
    file.write_text("")
    assert system_roots({"SSL_CERT_FILE": str(file)}) == file
    assert system_roots({"SSL_CERT_FILE": str(tmp_path / "missing.pem")}).is_file()


async def app_a(scope, receive, send):
    """Stands for an app."""


async def app_b(scope, receive, send):
    """Stands for another app."""


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("yourapp.com", app_a),
        ("YourApp.com.", app_a),
        ("www.yourapp.com", None),
        ("slot-a.d1.amplifyapp.com", app_a),
        ("slot-a.d2.amplifyapp.com", app_b),
        ("amplifyapp.com", None),
        ("evilamplifyapp.com", None),
        ("", None),
    ],
)
def test_exact_names_win_over_suffixes_and_longer_suffixes_over_shorter(host, expected):
    hosts = HostTable()
    hosts.set("yourapp.com", app_a)
    hosts.set("*.amplifyapp.com", app_a)
    hosts.set("*.d2.amplifyapp.com", app_b)
    assert hosts.find(host) is expected


@pytest.mark.parametrize(
    ("authority", "host"), [("a.com", "a.com"), ("a.com:80", "a.com"), ("[::1]:80", "::1"), ("", "")]
)
def test_port_is_no_part_of_a_host(authority, host):
    assert without_port(authority) == host


def test_localhost_is_not_taken_out_of_the_proxys_hands(tmp_path):
    variables = environment(proxy_port=8080, certificates=tmp_path)
    assert variables["NO_PROXY"] == variables["no_proxy"] == "127.0.0.1"
    assert variables["HTTPS_PROXY"] == variables["https_proxy"] == "http://127.0.0.1:8080"
    assert variables["NODE_USE_ENV_PROXY"] == "1"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://proxy.corp:3128"}, ("proxy.corp", 3128, None)),
        ({"https_proxy": "proxy.corp:3128", "HTTPS_PROXY": "http://other:1"}, ("proxy.corp", 3128, None)),
        ({"HTTP_PROXY": "http://u:p%40ss@proxy.corp"}, ("proxy.corp", 80, "Basic dTpwQHNz")),
        ({"HTTPS_PROXY": ""}, None),
    ],
)
def test_outer_proxy_is_the_one_of_the_environment(environ, expected):
    outer = OuterProxy.from_environment(environ)
    assert (outer and (outer.host, outer.port, outer.authorization)) == expected


def test_outer_proxys_credentials_are_not_shown():
    outer = OuterProxy.from_environment({"HTTPS_PROXY": "http://u:hunter2@proxy.corp"})
    assert "dTpodW50ZXIy" not in repr(outer)


def test_outer_proxy_is_not_used_where_no_proxy_says_so():
    outer = OuterProxy.from_environment({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "corp.example,.local"})
    assert not outer.serves("git.corp.example")
    assert outer.serves("registry.npmjs.org")


class OuterServer:
    """A proxy outside that writes down what it is asked, and answers every tunnel with an echo."""

    def __init__(self, status: bytes = b"200 OK") -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.heads: list[bytes] = []
        self.status = status
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                self.heads.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 " + self.status + b"\r\n\r\n")
                if self.heads[-1].startswith(b"CONNECT") and self.status.startswith(b"200"):
                    connection.sendall(connection.recv(65536).upper())


def through(outer: OuterServer, request: bytes, then: bytes = b"") -> bytes:
    async def main() -> bytes:
        proxy = ForwardProxy(
            knows=lambda host: host == "yourapp.com",
            https_port=1,
            http_port=1,
            outer=OuterProxy(host="127.0.0.1", port=outer.port, authorization="Basic eDp5"),
            timeouts=Timeouts(head=5, connect=5, idle=5),
        )
        async with serve_proxy(proxy, port=0) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            received = await reader.readuntil(b"\r\n\r\n")
            writer.write(then)
            received += await reader.read()
            writer.close()
            return received

    return asyncio.run(main())


def test_other_hosts_go_through_the_outer_proxy():
    outer = OuterServer()
    answer = through(outer, b"CONNECT registry.npmjs.org:443 HTTP/1.1\r\n\r\n", b"hello")
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"HELLO")
    answer = through(outer, b"GET http://deb.debian.org/a?b HTTP/1.1\r\nProxy-Connection: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    outer.listener.close()
    tunnel, plain = outer.heads
    assert tunnel.startswith(b"CONNECT registry.npmjs.org:443 HTTP/1.1\r\nHost: registry.npmjs.org:443\r\n")
    assert plain.startswith(b"GET http://deb.debian.org/a?b HTTP/1.1\r\nHost: deb.debian.org\r\n")
    for head in (tunnel, plain):
        assert b"Proxy-Authorization: Basic eDp5\r\n" in head
    assert b"Proxy-Connection" not in plain


def test_refusal_of_the_outer_proxy_is_passed_on_in_words():
    outer = OuterServer(status=b"407 Proxy Authentication Required")
    answer = through(outer, b"CONNECT registry.npmjs.org:443 HTTP/1.1\r\n\r\n")
    outer.listener.close()
    assert answer.startswith(b"HTTP/1.1 502")
    assert b"407 Proxy Authentication Required" in answer


def test_own_hosts_never_reach_the_outer_proxy():
    outer = OuterServer()
    assert through(outer, b"CONNECT yourapp.com:443 HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 502")
    outer.listener.close()
    assert outer.heads == []


@pytest.mark.parametrize("sent", [b"", b"CONNECT yourapp"])
def test_client_that_says_nothing_is_dropped(sent):
    async def main() -> bytes:
        proxy = ForwardProxy(
            knows=lambda _: False, https_port=1, http_port=1, timeouts=Timeouts(head=0.1, connect=1, idle=1)
        )
        async with serve_proxy(proxy, port=0) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            async with asyncio.timeout(10):
                try:
                    return await reader.read()
                except ConnectionResetError:
                    return b""
                finally:
                    writer.close()

    assert asyncio.run(main()) == b""


def test_idle_tunnel_is_dropped_on_both_sides():
    async def main() -> None:
        dropped = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionResetError):
                await reader.read()
            dropped.set()
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        target = server.sockets[0].getsockname()[1]
        proxy = ForwardProxy(
            knows=lambda _: False, https_port=1, http_port=1, timeouts=Timeouts(head=5, connect=5, idle=0.1)
        )
        async with serve_proxy(proxy, port=0) as port, asyncio.timeout(10):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"CONNECT 127.0.0.1:{target} HTTP/1.1\r\n\r\n".encode())
            await reader.readuntil(b"\r\n\r\n")
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)
            await dropped.wait()
            writer.close()
        server.close()

    asyncio.run(main())


def test_open_tunnels_end_with_the_proxy():
    async def main() -> None:
        server = await asyncio.start_server(lambda _reader, _writer: asyncio.sleep(0), "127.0.0.1", 0)
        target = server.sockets[0].getsockname()[1]
        proxy = ForwardProxy(knows=lambda _: False, https_port=1, http_port=1)
        before = len(asyncio.all_tasks())
        async with serve_proxy(proxy, port=0) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"CONNECT 127.0.0.1:{target} HTTP/1.1\r\n\r\n".encode())
            await reader.readuntil(b"\r\n\r\n")
        writer.close()
        server.close()
        await asyncio.sleep(0.05)
        assert len(asyncio.all_tasks()) <= before

    asyncio.run(main())


def test_proxy_says_when_its_port_is_in_use():
    async def main() -> None:
        proxy = ForwardProxy(knows=lambda _: False, https_port=1, http_port=1)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            with pytest.raises(OSError, match="in use") as raised:
                async with serve_proxy(proxy, port=taken.getsockname()[1]):
                    pass
            assert raised.value.errno == 98

    asyncio.run(main())


def test_lifespan_starts_and_stops_what_the_app_owns():
    seen: list[str] = []

    async def owner(_app):
        seen.append("started")
        yield
        seen.append("stopped")

    async def main() -> None:
        async with lifespan(Starlette(lifespan=contextlib.asynccontextmanager(owner))):
            seen.append("serving")

    asyncio.run(main())
    assert seen == ["started", "serving", "stopped"]


def test_app_that_cannot_start_is_an_error():
    async def main() -> None:
        @contextlib.asynccontextmanager
        async def broken(_app):
            raise OSError("no disk")
            yield

        async with lifespan(Starlette(lifespan=broken)):
            pass

    with pytest.raises(RuntimeError, match="no disk"):
        asyncio.run(main())


def test_app_without_a_lifespan_is_served_all_the_same():
    async def bare(scope, receive, send):
        raise NotImplementedError(scope["type"])

    async def main() -> None:
        async with lifespan(bare):
            pass

    asyncio.run(main())
