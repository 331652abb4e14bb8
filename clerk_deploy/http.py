"""The part of urllib3 that the library uses, as a type: tests hand in fakes, callers a pool manager."""

from typing import Any, Protocol


class Answer(Protocol):
    """An answer, read whole."""

    status: int
    data: bytes


class Http(Protocol):
    """urllib3's pool manager, made with time limits."""

    def request(self, method: str, url: str, **options: Any) -> Answer:
        """Send one request."""
        ...
