"""The edge behind the real front, with a real origin behind it: time, size and departure."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from rehearsal.edge.app import create_app
from rehearsal.edge.functions.runner import FunctionRunner, find_node
from rehearsal.edge.model import Origin
from rehearsal.edge.origin import origin_client
from rehearsal.front.certificates import Authority, system_roots
from rehearsal.front.front import serve_front
from rehearsal.front.hosts import HostTable
from rehearsal.front.lifespan import lifespan
from tests.rehearsal.edge.world import DOCUMENTS, Source, Stores, World, site


@dataclass
class Backend:
    """An origin that says what it lived through."""

    entered: asyncio.Event
    left: asyncio.Event
    go_on: asyncio.Event

    def app(self) -> Starlette:
        async def echo(request: Request) -> JSONResponse:
            body = await request.body()
            forwarded = request.headers.get("x-forwarded-for")
            host = request.headers["host"]
            return JSONResponse({"bytes": len(body), "host": host, "forwarded": forwarded})

        async def never(request: Request) -> Response:
            self.entered.set()
            while (await request.receive())["type"] != "http.disconnect":
                pass
            self.left.set()
            return Response()

        async def slowly(_: Request) -> StreamingResponse:
            async def pieces() -> AsyncIterator[bytes]:
                yield b"first"
                await self.go_on.wait()
                yield b"second"

            return StreamingResponse(pieces())

        async def endless(request: Request) -> StreamingResponse:
            async def pieces() -> AsyncIterator[bytes]:
                self.entered.set()
                try:
                    while True:
                        yield b"x" * 65536
                        await asyncio.sleep(0)
                finally:
                    self.left.set()

            return StreamingResponse(pieces())

        async def breaks(_: Request) -> StreamingResponse:
            async def pieces() -> AsyncIterator[bytes]:
                yield b"x"
                await asyncio.sleep(0)
                raise RuntimeError("the origin breaks off")

            return StreamingResponse(pieces(), headers={"content-length": "100"})

        async def large(_: Request) -> PlainTextResponse:
            return PlainTextResponse("y" * 12_000_000)

        return Starlette(
            routes=[
                Route("/never", never, methods=["GET", "POST"]),
                Route("/slowly", slowly),
                Route("/endless", endless),
                Route("/breaks", breaks),
                Route("/large", large),
                Route("/{path:path}", echo, methods=["GET", "POST"]),
            ]
        )


Script = Callable[[httpx.AsyncClient, Backend], Awaitable[None]]


@pytest.fixture
def behind(tmp_path: Path, world: World) -> Callable[[Script], None]:
    @asynccontextmanager
    async def surroundings() -> AsyncIterator[tuple[httpx.AsyncClient, Backend]]:
        hosts = HostTable()
        authority = Authority(folder=tmp_path, roots=system_roots({}))
        backend = Backend(entered=asyncio.Event(), left=asyncio.Event(), go_on=asyncio.Event())
        async with serve_front(hosts=hosts, authority=authority, default_host="yourapp.com") as front:
            app = create_app(
                distributions=Source(world),
                function_runner=FunctionRunner(node=find_node()),
                store_reader=Stores(world),
                origins=origin_client(https_port=front.https_port, bundle=authority.bundle_file),
            )
            hosts.set("yourapp.com", app)
            hosts.set("origin.example", backend.app())
            trust = ssl.create_default_context(cafile=str(authority.bundle_file))
            proxy = f"http://127.0.0.1:{front.proxy_port}"
            async with (
                lifespan(app),
                httpx.AsyncClient(
                    proxy=proxy, verify=trust, base_url="https://yourapp.com", timeout=30, trust_env=False
                ) as client,
            ):
                yield client, backend

    def run(script: Script) -> None:
        async def main() -> None:
            async with surroundings() as (client, backend):
                await script(client, backend)

        asyncio.run(main())

    return run


def impatient(world: World, seconds: float) -> None:
    origin = Origin(domain="origin.example", read_seconds=seconds)
    world.distributions = (site(behaviors=(replace(DOCUMENTS, origin=origin),)),)


def test_viewer_reaches_the_origin_over_tls_by_its_name(behind):
    async def script(client, _):
        answer = await client.post("/form", content=b"z" * 9_000_000)
        assert answer.json() == {"bytes": 9_000_000, "host": "origin.example", "forwarded": "127.0.0.1"}
        large = await client.get("/large")
        assert len(large.content) == 12_000_000
        assert large.headers["x-cache"] == "Miss from cloudfront"
        assert len(large.headers.get_list("date")) == 1

    behind(script)


def test_origin_that_takes_too_long_is_given_up(behind, world):
    impatient(world, 0.2)

    async def script(client, backend):
        answer = await client.get("/never")
        assert answer.status_code == 504
        async with asyncio.timeout(10):
            await backend.left.wait()

    behind(script)


def test_unknown_origin_is_a_bad_gateway(behind, world):
    origin = Origin(domain="nowhere.invalid", connect_seconds=20)
    world.distributions = (site(behaviors=(replace(DOCUMENTS, origin=origin),)),)

    async def script(client, _):
        assert (await client.get("/")).status_code == 502

    behind(script)


def test_first_piece_arrives_before_the_last_is_made(behind):
    async def script(client, backend):
        async with client.stream("GET", "/slowly") as answer:
            pieces = answer.aiter_raw()
            assert await anext(pieces) == b"first"
            backend.go_on.set()
            assert b"".join([piece async for piece in pieces]) == b"second"

    behind(script)


@pytest.mark.parametrize(("method", "path"), [("GET", "/never"), ("POST", "/never"), ("GET", "/endless")])
def test_origin_is_let_go_when_the_viewer_leaves(behind, method, path):
    async def script(client, backend):
        async def visit() -> None:
            async with client.stream(method, path, content=b"x" if method == "POST" else None) as answer:
                async for _ in answer.aiter_raw():
                    await asyncio.sleep(0)

        visiting = asyncio.create_task(visit())
        async with asyncio.timeout(20):
            await backend.entered.wait()
        visiting.cancel()
        await asyncio.gather(visiting, return_exceptions=True)
        async with asyncio.timeout(10):
            await backend.left.wait()

    behind(script)


def test_answer_that_breaks_off_is_not_taken_for_whole(behind):
    async def script(client, _):
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/breaks")
        assert (await client.get("/")).status_code == 200

    behind(script)


def test_many_viewers_at_once_all_get_their_answers(behind):
    async def script(client, _):
        for _round in range(3):
            answers = await asyncio.gather(*(client.post("/form", content=b"x" * n) for n in range(60)))
            assert [answer.json()["bytes"] for answer in answers] == list(range(60))

    behind(script)
