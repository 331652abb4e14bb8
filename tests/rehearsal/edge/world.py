"""An edge with a distribution in memory, a clock that stands still, and an origin that is written down."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from rehearsal.edge.app import create_app
from rehearsal.edge.functions.runner import Function, FunctionRunner, Store
from rehearsal.edge.model import Behavior, CachePolicy, Chosen, Distribution, Origin, OriginRequestPolicy
from rehearsal.edge.replica import Staleness

ALL_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"})
EVERYTHING = Chosen(selection="all")
STORE_ARN = "arn:aws:cloudfront::123456789012:key-value-store/site"

DOCUMENTS = Behavior(
    pattern="*",
    origin=Origin(domain="origin.example"),
    viewer_protocol="redirect-to-https",
    methods=ALL_METHODS,
    forward=OriginRequestPolicy(
        headers=Chosen(selection="allExcept", names=frozenset({"host"})),
        cookies=EVERYTHING,
        queries=EVERYTHING,
    ),
)
FILES = replace(
    DOCUMENTS,
    pattern="/files/*",
    methods=frozenset({"GET", "HEAD"}),
    compress=True,
    cache=CachePolicy(default=86400, maximum=31536000, gzip=True, brotli=True),
    forward=OriginRequestPolicy(),
)


def site(**changes: Any) -> Distribution:
    values: dict[str, Any] = {
        "id": "E1",
        "domain": "d1.cloudfront.net",
        "aliases": frozenset({"yourapp.com", "www.yourapp.com"}),
        "behaviors": (FILES, DOCUMENTS),
    }
    return Distribution(**{**values, **changes})


def with_function(code: str, *, version: str = "1", distribution: Distribution | None = None) -> Distribution:
    function = Function(name="route", version=version, code=code, store_arn=STORE_ARN)
    base = distribution or site()
    return replace(base, behaviors=tuple(replace(part, function=function) for part in base.behaviors))


class _Stream(httpx.AsyncByteStream):
    """A body that was not read yet; one made of `content` would be."""

    def __init__(self, whole: bytes) -> None:
        self._whole = whole

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._whole


@dataclass
class World:
    """What the edge's surroundings are at the moment; tests change it."""

    now: float = 1_800_000_000.0
    distributions: tuple[Distribution, ...] = field(default_factory=lambda: (site(),))
    items: dict[str, str] = field(default_factory=dict)
    asked: list[httpx.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(200, text="origin")
    unreadable: Exception | None = None

    def load_distributions(self) -> tuple[Distribution, ...]:
        if self.unreadable is not None:
            raise self.unreadable
        return self.distributions

    async def origin(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(await request.aread())
        self.asked.append(request)
        answer = self.answer(request)
        whole = b"" if request.method == "HEAD" else answer.content
        return httpx.Response(answer.status_code, headers=answer.headers, stream=_Stream(whole))


@dataclass
class Source:
    world: World

    def load(self) -> tuple[Distribution, ...]:
        return self.world.load_distributions()


@dataclass
class Stores:
    world: World

    def load(self, arn: str) -> Store:
        version = repr(sorted(self.world.items.items()))
        return Store(arn=arn, version=version, items=dict(self.world.items))


Visit = Callable[..., Awaitable[httpx.Response]]


@dataclass
class Viewer:
    """Requests to the edge, one after the other, in an event loop of the test's own."""

    world: World
    runner: FunctionRunner
    options: dict[str, Any] = field(default_factory=dict)

    def run(self, script: Callable[[Visit], Awaitable[None]]) -> None:
        async def main() -> None:
            app = create_app(
                distributions=Source(self.world),
                function_runner=self.runner,
                store_reader=Stores(self.world),
                origins=httpx.AsyncClient(transport=httpx.MockTransport(self.world.origin)),
                clock=lambda: self.world.now,
                **{"staleness": Staleness(refresh=0.0, bound=0.0), **self.options},
            )

            async def visit(path: str, method: str = "GET", **arguments: Any) -> httpx.Response:
                address = arguments.pop("address", "127.0.0.1")
                base = arguments.pop("base", "https://yourapp.com")
                transport = httpx.ASGITransport(app, client=(address, 1))
                async with httpx.AsyncClient(transport=transport, base_url=base) as client:
                    client.headers.clear()
                    return await client.request(method, path, **arguments)

            try:
                await script(visit)
            finally:
                await app.state.edge.close()

        asyncio.run(main())
