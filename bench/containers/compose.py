"""What an update by `docker compose down && docker compose up -d` costs, with one container."""

import asyncio
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import Final

import httpx

from bench.containers.alone import NAME, alone
from bench.containers.changes import AFTER_SECONDS, LONGEST_SECONDS, WARM_SECONDS
from bench.containers.figures import Figures
from rehearsal.containers.site import Site
from rehearsal.load import Answer

RATE: Final = 100


def measure_compose(site: Site, repeats: int) -> str:
    """Stop, remove and run the container again under load, as a row."""
    figures = Figures()
    for _ in range(repeats):
        with alone(site) as container, PlainLoad(port=container.port) as load:
            time.sleep(WARM_SECONDS)
            began = time.monotonic()
            for command in (["docker", "stop", NAME], ["docker", "rm", NAME], container.command):
                subprocess.run(command, check=True, capture_output=True)
            figures.over.append(time.monotonic() - began)
            time.sleep(AFTER_SECONDS)
        failed = [answer for answer in load.answers if answer.failed]
        figures.on_target.append(max((answer.sent for answer in failed), default=began) - began)
        figures.slowest.append(max(answer.seconds for answer in load.answers))
        figures.failed.append(len(failed))
        figures.requests += len(load.answers)
    return figures.row("compose")


@dataclass(kw_only=True)
class PlainLoad:
    """Asks one container for its health over HTTP at a steady pace, a minute at most.

    Args:
        port: Its port on 127.0.0.1.
        answers: What came.
    """

    port: int
    answers: list[Answer] = field(default_factory=list)

    def __enter__(self) -> "PlainLoad":
        """Start asking."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and wait for what is on its way."""
        self._stop.set()
        self._thread.join(timeout=60)

    async def _run(self) -> None:
        async with httpx.AsyncClient(timeout=30.0, trust_env=False) as client:
            begin = time.monotonic()
            asking = set()
            for number in range(int(RATE * LONGEST_SECONDS)):
                await asyncio.sleep(max(0.0, begin + number / RATE - time.monotonic()))
                if self._stop.is_set():
                    break
                task = asyncio.create_task(self._ask(client))
                asking.add(task)
                task.add_done_callback(asking.discard)
            await asyncio.gather(*asking)

    async def _ask(self, client: httpx.AsyncClient) -> None:
        sent = time.monotonic()
        status, error = 0, ""
        try:
            status = (await client.get(f"http://127.0.0.1:{self.port}/api/health")).status_code
        except httpx.HTTPError as found:
            error = type(found).__name__
        taken = time.monotonic() - sent
        self.answers.append(Answer(sent=sent, seconds=taken, status=status, release="", error=error))
