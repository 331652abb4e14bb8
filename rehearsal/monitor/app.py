"""A vendor's intake: method, path, query, headers and payload have to be as documented."""

import hmac
import time
from collections.abc import Callable
from dataclasses import asdict
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from clerk_deploy.monitoring.export.vendors import ADDRESSES, Vendor
from rehearsal.monitor.delivery import UnacceptableError, samples
from rehearsal.monitor.state import Monitor

RECEIVED = "/_rehearsal/received"


def hosts(vendor: Vendor) -> set[str]:
    """Every host that a vendor takes metrics at."""
    return {str(urlsplit(address).hostname) for address in ADDRESSES[vendor].values()}


def create_app(monitor: Monitor, *, clock: Callable[[], float] = time.time) -> Starlette:
    """The intake of one vendor, at all its sites.

    Args:
        monitor: What it has.
        clock: Seconds since the epoch.
    """
    addresses = set(ADDRESSES[monitor.vendor].values())

    async def take(request: Request) -> JSONResponse:
        request_id = request.headers.get("x-amz-firehose-request-id", "")
        status, problem = _taken(monitor, addresses, request, await request.body())
        monitor.deliveries.append((request_id, status, problem))
        document = {"requestId": request_id, "timestamp": int(clock() * 1000)}
        return JSONResponse(
            {**document, "errorMessage": problem} if problem else document, status_code=status
        )

    async def received(_: Request) -> JSONResponse:
        return JSONResponse(
            {
                "samples": [
                    {**asdict(sample), "quantiles": sorted(sample.quantiles.items())}
                    for sample in monitor.samples
                ],
                "deliveries": monitor.deliveries,
            }
        )

    paths = {urlsplit(address).path for address in addresses}
    return Starlette(
        routes=[
            *(Route(path, take, methods=["POST"]) for path in sorted(paths)),
            Route(RECEIVED, received),
        ]
    )


def _taken(monitor: Monitor, addresses: set[str], request: Request, body: bytes) -> tuple[int, str]:
    """The status of a delivery, and what is wrong with it."""
    address = f"https://{request.headers.get('host')}{request.url.path}"
    if request.url.query:
        address += f"?{request.url.query}"
    if address not in addresses:
        return 404, "there is no such site"
    given = request.headers.get("x-amz-firehose-access-key", "")
    if not hmac.compare_digest(given.encode(), monitor.key.encode()):
        return 403, "the key is not accepted"
    if monitor.answers and (status := monitor.answers.popleft()) != 200:
        return status, "not now"
    try:
        monitor.samples.extend(samples(request.headers, body))
    except UnacceptableError as error:
        return 400, str(error)
    return 200, ""
