"""A front in a thread of its own, so that blocking clients and other processes can use it."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route

from rehearsal.front.certificates import Authority, system_roots
from rehearsal.front.clients import environment
from rehearsal.front.front import Front, serve_front
from rehearsal.front.hosts import HostTable


@dataclass(frozen=True, kw_only=True)
class RunningFront:
    front: Front
    hosts: HostTable
    authority: Authority
    loop: asyncio.AbstractEventLoop

    @property
    def variables(self) -> dict[str, str]:
        return environment(
            proxy_port=self.front.proxy_port, certificates=self.authority.certificate_file.parent
        )

    def tasks(self) -> int:
        async def count() -> int:
            return len(asyncio.all_tasks())

        return asyncio.run_coroutine_threadsafe(count(), self.loop).result(timeout=5)


def echo_app(name: str) -> Starlette:
    async def echo(request: Request) -> JSONResponse:
        body = await request.body()
        return JSONResponse(
            {
                "app": name,
                "scheme": request.scope["scheme"],
                "host": request.headers.get("host"),
                "path": request.scope["raw_path"].decode() + "?" + request.scope["query_string"].decode(),
                "client": request.scope["client"][0],
                "forwarded": request.headers.get("x-forwarded-for"),
                "bytes": len(body),
            }
        )

    async def large(request: Request) -> StreamingResponse:
        async def chunks():
            for _ in range(int(request.query_params["chunks"])):
                yield b"x" * 65536

        return StreamingResponse(chunks())

    async def own_date(_: Request) -> PlainTextResponse:
        return PlainTextResponse("dated", headers={"date": "Thu, 01 Jan 1970 00:00:00 GMT"})

    methods = ["GET", "POST", "PUT", "HEAD"]
    return Starlette(
        routes=[
            Route("/large", large),
            Route("/own-date", own_date),
            Route("/{path:path}", echo, methods=methods),
        ]
    )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFront]:
    folder: Path = tmp_path_factory.mktemp("front")
    hosts = HostTable()
    hosts.set("yourapp.com", echo_app("exact"))
    hosts.set("*.amplifyapp.com", echo_app("suffix"))
    authority = Authority(folder=folder, roots=system_roots({}))
    ready: list[RunningFront] = []
    started = threading.Event()
    ended: list[asyncio.Event] = []

    async def main() -> None:
        async with serve_front(hosts=hosts, authority=authority, default_host="yourapp.com") as front:
            end = asyncio.Event()
            ended.append(end)
            loop = asyncio.get_running_loop()
            ready.append(RunningFront(front=front, hosts=hosts, authority=authority, loop=loop))
            started.set()
            await end.wait()

    thread = threading.Thread(target=asyncio.run, args=(main(),), daemon=True)
    thread.start()
    assert started.wait(10)
    yield ready[0]
    ready[0].loop.call_soon_threadsafe(ended[0].set)
    thread.join(timeout=10)
    assert not thread.is_alive()
