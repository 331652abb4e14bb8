"""The edge as an ASGI app: what CloudFront does with a viewer's request, in its order."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from rehearsal.edge.answers import Answer, edge_fields, error_page, plain, redirect, request_id, with_policy
from rehearsal.edge.aws import DistributionSource, StoreReader
from rehearsal.edge.cache import Cache
from rehearsal.edge.delivery import Delivery, Errand
from rehearsal.edge.firewall import Block, Firewall, Viewed
from rehearsal.edge.functions.event import Generated, apply, event_of
from rehearsal.edge.functions.runner import Function, FunctionError, FunctionRunner, Store
from rehearsal.edge.incoming import Incoming, ViewerLeftError
from rehearsal.edge.model import Behavior, Distribution, Origin
from rehearsal.edge.paths import behavior_for
from rehearsal.edge.replica import Replica, Staleness
from rehearsal.edge.request import Request

URL_BYTES = 8192
HEAD_BYTES = 32_768
log = logging.getLogger(__name__)
function_log = logging.getLogger("rehearsal.edge.function")


class Edge:
    """One edge location in front of all distributions of an account.

    Args:
        distributions: Where distributions come from.
        function_runner: Runs their functions.
        store_reader: Where their key value stores come from.
        origins: Finds origins.
        clock: Seconds since the epoch.
        staleness: How old its knowledge may be.
        time_scale: Seconds of AWS in a second here.
        cache_bytes: Size of its cache.
    """

    def __init__(
        self,
        *,
        distributions: DistributionSource,
        function_runner: FunctionRunner,
        store_reader: StoreReader,
        origins: httpx.AsyncClient,
        clock: Callable[[], float],
        staleness: Staleness,
        time_scale: float,
        cache_bytes: int,
    ) -> None:
        self._distributions = Replica(distributions.load, staleness=staleness)
        self._stores: dict[str, Replica[Store]] = {}
        self._store_reader = store_reader
        self._staleness = staleness
        self._runner = function_runner
        self._origins = origins
        self._firewall = Firewall(clock=clock, time_scale=time_scale)
        cache = Cache(clock=clock, limit=cache_bytes)
        self._delivery = Delivery(cache=cache, origins=origins, clock=clock, time_scale=time_scale)

    async def refresh(self) -> None:
        """Bring all that the edge knows up to date now."""
        await self._distributions.refresh()
        for store in self._stores.values():
            await store.refresh()

    async def close(self) -> None:
        """End the function runtime and the connections to origins."""
        await self._distributions.close()
        for store in self._stores.values():
            await store.close()
        await self._runner.close()
        await self._origins.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; given up when its viewer leaves."""
        request = _request(scope)
        incoming = Incoming(receive, has_body=_announces_body(request))
        serving = asyncio.create_task(self._serve(request, incoming, send))
        departure = asyncio.create_task(incoming.departure())
        try:
            await asyncio.wait({serving, departure}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                await serving
        finally:
            departure.cancel()
            serving.cancel()
            await asyncio.gather(departure, serving, return_exceptions=True)

    async def _serve(self, request: Request, incoming: Incoming, send: Send) -> None:
        identity = request_id()
        try:
            answer = await self._answer(request, incoming, identity)
        except ViewerLeftError:
            return
        fields = edge_fields(answer.fields, cache=answer.cache, identity=identity)
        headers = [(name.encode(), value.encode("latin-1")) for name, value in fields]
        start = {"type": "http.response.start", "status": answer.status, "headers": headers}
        if isinstance(answer.body, bytes):
            await send(start)
            await send({"type": "http.response.body", "body": answer.body})
            return
        async with contextlib.aclosing(answer.body):
            await send(start)
            async for piece in answer.body:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _answer(self, request: Request, incoming: Incoming, identity: str) -> Answer:
        refused = _too_long(request)
        if refused is not None:
            return refused
        try:
            distributions = await self._distributions.get()
        except Exception as error:
            return plain(503, f"The rehearsal's edge cannot read its distributions: {error}\n")
        if not distributions:
            return plain(503, "The rehearsal's edge has no distribution yet: deploy the Edge stack.\n")
        distribution = next((d for d in distributions if d.answers_for(request.host)), None)
        if distribution is None:
            return error_page(403, f"No distribution has the alias {request.host}.", method=request.method)
        viewed = Viewed(method=request.method, path=request.path, address=request.address)
        block = self._firewall.judge(distribution.web_acl, viewed) if distribution.web_acl else None
        if block is not None:
            return _blocked(block, request)
        behavior = behavior_for(distribution.behaviors, request.path)
        refused = _refusal(request, behavior, incoming)
        if refused is not None:
            return refused
        return await self._allowed(request, incoming, identity, distribution, behavior)

    async def _allowed(
        self,
        request: Request,
        incoming: Incoming,
        identity: str,
        distribution: Distribution,
        behavior: Behavior,
    ) -> Answer:
        origin = behavior.origin
        if behavior.function is not None:
            try:
                outcome = await self._call(behavior.function, request, identity, distribution, origin)
            except FunctionError as error:
                log.warning("function %s: %s: %s", behavior.function.name, error.kind, error)
                status = 502 if error.kind == "validation" else 503
                reason = f"The CloudFront function failed ({error.kind}): {error}"
                return error_page(status, reason, method=request.method)
            if isinstance(outcome, Generated):
                return _generated(outcome, request)
            request, origin = outcome
        answer = await self._delivery.answer(
            Errand(
                request=request,
                distribution=distribution,
                behavior=behavior,
                origin=origin,
                identity=identity,
                incoming=incoming,
            )
        )
        return Answer(
            status=answer.status,
            fields=with_policy(answer.fields, behavior),
            body=answer.body,
            cache=answer.cache,
        )

    async def _call(
        self,
        function: Function,
        request: Request,
        identity: str,
        distribution: Distribution,
        origin: Origin,
    ) -> tuple[Request, Origin] | Generated:
        store = await self._store(function.store_arn) if function.store_arn else None
        event = event_of(request, distribution=distribution.id, domain=distribution.domain, identity=identity)
        returned = await self._runner.call(function, event=event, query=request.query, store=store)
        for line in returned.logs:
            function_log.info("%s: %s", function.name, line)
        return apply(returned, request=request, event=event, origin=origin)

    async def _store(self, arn: str) -> Store:
        if arn not in self._stores:
            self._stores[arn] = Replica(lambda: self._store_reader.load(arn), staleness=self._staleness)
        try:
            return await self._stores[arn].get()
        except Exception as error:
            raise FunctionError("execution", f"the key value store cannot be read: {error}") from error


def create_app(
    *,
    distributions: DistributionSource,
    function_runner: FunctionRunner,
    store_reader: StoreReader,
    origins: httpx.AsyncClient,
    clock: Callable[[], float] = time.time,
    staleness: Staleness | None = None,
    time_scale: float = 1.0,
    cache_bytes: int = 256 * 1024 * 1024,
) -> Starlette:
    """The edge, for the host names in the aliases of its distributions.

    `app.state.edge` is the `Edge`; its lifespan ends the function runtime and the client.

    Args:
        distributions: Where distributions come from, such as `AwsDistributions`.
        function_runner: Runs their functions.
        store_reader: Where their key value stores come from, such as `AwsStores`.
        origins: Finds origins, such as `origin_client(...)`.
        clock: Seconds since the epoch.
        staleness: How old the edge's knowledge may be, and how long a change takes to reach it.
        time_scale: Seconds of AWS in a second here: shortens the firewall's window and how long errors
            are kept.
        cache_bytes: Size of the cache.
    """
    edge = Edge(
        distributions=distributions,
        function_runner=function_runner,
        store_reader=store_reader,
        origins=origins,
        clock=clock,
        staleness=staleness or Staleness(),
        time_scale=time_scale,
        cache_bytes=cache_bytes,
    )

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await edge.close()

    app = Starlette(routes=[Mount("", app=edge)], lifespan=lifespan)
    app.state.edge = edge
    return app


def _request(scope: Scope) -> Request:
    fields = tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]
    )
    host = next((value for name, value in fields if name == "host"), "")
    client = scope.get("client") or ("127.0.0.1", 0)
    return Request(
        method=scope["method"],
        scheme=scope["scheme"],
        host=host.partition(":")[0].lower().rstrip("."),
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        fields=fields,
        address=client[0],
    )


def _announces_body(request: Request) -> bool:
    return request.header("transfer-encoding") is not None or (request.header("content-length") or "0") != "0"


def _too_long(request: Request) -> Answer | None:
    head = len(request.path) + len(request.query) + sum(len(n) + len(v) + 4 for n, v in request.fields)
    url = len(f"{request.scheme}://{request.host}{request.path}?{request.query}")
    if url > URL_BYTES or head > HEAD_BYTES:
        return error_page(413, f"A URL has at most {URL_BYTES} bytes, a request's head {HEAD_BYTES}.")
    return None


def _refusal(request: Request, behavior: Behavior, incoming: Incoming) -> Answer | None:
    if request.scheme == "http" and behavior.viewer_protocol == "redirect-to-https":
        query = f"?{request.query}" if request.query else ""
        return redirect(f"https://{request.host}{request.path}{query}")
    if request.scheme == "http" and behavior.viewer_protocol == "https-only":
        return error_page(403, "This distribution serves HTTPS only.", method=request.method)
    if request.method not in behavior.methods:
        reason = f"This distribution is not configured to allow {request.method} for this path."
        return error_page(403, reason, method=request.method)
    if request.method == "GET" and incoming.has_body:
        return error_page(403, "CloudFront refuses a GET request that has a body.")
    return None


def _blocked(block: Block, request: Request) -> Answer:
    if block.body is None:
        page = error_page(block.status, "Request blocked.", method=request.method)
        return Answer(
            status=page.status, fields=(*page.fields, *block.headers), body=page.body, cache="Error"
        )
    body = block.body.encode()
    fields = (
        ("server", "CloudFront"),
        ("content-type", block.content_type),
        ("content-length", str(len(body))),
        *((name.lower(), value) for name, value in block.headers),
    )
    return Answer(
        status=block.status, fields=fields, body=b"" if request.method == "HEAD" else body, cache="Error"
    )


def _generated(generated: Generated, request: Request) -> Answer:
    fields = (("server", "CloudFront"), *generated.fields)
    body = generated.body
    if generated.status not in (204, 304):
        fields = (*fields, ("content-length", str(len(body))))
    return Answer(
        status=generated.status,
        fields=fields,
        body=b"" if request.method == "HEAD" else body,
        cache="FunctionGeneratedResponse",
    )
