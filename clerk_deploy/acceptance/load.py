"""A user who asks all the time: requests leave at a steady pace, whatever became of those before."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from clerk_deploy.http import Http

WORKERS = 64
"""Requests on their way at once: ten a second, each given up after half a minute at the latest."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One request's end.

    Args:
        sent: When it left, in seconds since the epoch.
        seconds: How long the answer took.
        status: HTTP status; 0 when there was no answer.
        release: The answer's x-release.
        place: CloudFront's location that answered.
        error: Why there was no answer.
    """

    sent: float
    seconds: float
    status: int
    release: str = ""
    place: str = ""
    error: str = ""


@dataclass(kw_only=True)
class Load:
    """Asks for one page until it is stopped.

    Args:
        http: Reaches the site as a user does.
        url: The page.
        rate: Requests a second.
        now: Seconds since the epoch.
    """

    http: Http
    url: str
    rate: float = 10.0
    now: Callable[[], float] = time.time
    answers: list[Answer] = field(default_factory=list)

    def __enter__(self) -> "Load":
        """Start asking."""
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="load")
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and wait for what is on its way."""
        self._stop.set()
        self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        begin, number = time.monotonic(), 0
        while not self._stop.wait(max(0.0, begin + number / self.rate - time.monotonic())):
            self._pool.submit(self._ask)
            number += 1

    def _ask(self) -> None:
        sent, started = self.now(), time.monotonic()
        status, release, place, error = 0, "", "", ""
        try:
            answer: Any = self.http.request("GET", self.url, redirect=False)
            headers = {name.lower(): value for name, value in answer.headers.items()}
            status, release = answer.status, headers.get("x-release", "")
            place = headers.get("x-amz-cf-pop", "")
        except Exception as failure:  # urllib3's errors: whatever it was, the user had no answer
            error = type(failure).__name__
        self.answers.append(
            Answer(
                sent=sent,
                seconds=time.monotonic() - started,
                status=status,
                release=release,
                place=place,
                error=error,
            )
        )


def usual_status(answers: Sequence[Answer]) -> int:
    """What the page usually answers: its own redirect is no failure."""
    good = Counter(answer.status for answer in answers if 0 < answer.status < 500)
    return good.most_common(1)[0][0] if good else 200


def failed(answers: Sequence[Answer], *, usual: int) -> list[Answer]:
    """What a user would have seen as an error."""
    return [answer for answer in answers if answer.status != usual]
