"""What the edge's KeyValueStore says: the truth about traffic, in one JSON value under 1 KB."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from clerk_deploy.errors import UnusableInputError
from clerk_deploy.names import SLOTS

VERSION = 1
LIMIT_BYTES = 1024
"""CloudFront's limit of one value in a KeyValueStore."""


@dataclass(frozen=True, kw_only=True)
class EdgeState:
    """Who is live and how the edge reaches the slots.

    Args:
        live: The slot that gets the traffic; empty while nothing is live.
        candidate: The slot that a canary's share goes to, or empty.
        percentage: The candidate's share of clients, 0 to 100.
        slots: Default domain of each slot.
        origin: The token that tells the app that a request came through the edge.
        release: Tokens that let a request name its slot; all are accepted.
        fence: Number of the operation that wrote last; an older one must not write.
    """

    live: str = ""
    candidate: str = ""
    percentage: int = 0
    slots: Mapping[str, str] = field(default_factory=dict)
    origin: str = field(default="", repr=False)
    release: tuple[str, ...] = field(default=(), repr=False)
    fence: int = 0

    def __post_init__(self) -> None:
        """Refuse a state that would send traffic nowhere."""
        for name in (self.live, self.candidate):
            if name and name not in self.slots:
                raise ValueError(f"{name} has no domain in the state")
        if not 0 <= self.percentage <= 100:
            raise ValueError(f"percentage must be 0 to 100, not {self.percentage}")

    def with_live(self, slot: str, *, fence: int) -> Self:
        """The state after a switch to a slot."""
        return replace(self, live=slot, candidate="", percentage=0, fence=fence)

    def to_json(self) -> str:
        """The stored value.

        Raises:
            ValueError: It would be over the store's limit.
        """
        text = json.dumps(
            {
                "v": VERSION,
                "live": self.live,
                "candidate": self.candidate,
                "percentage": self.percentage,
                "slots": dict(self.slots),
                "origin": self.origin,
                "release": list(self.release),
                "fence": self.fence,
            },
            separators=(",", ":"),
        )
        if len(text.encode()) > LIMIT_BYTES:
            raise ValueError(
                f"the edge's state has {len(text.encode())} bytes; the store takes {LIMIT_BYTES}"
            )
        return text

    @classmethod
    def from_json(cls, text: str) -> "EdgeState":
        """The state that a stored value holds.

        Raises:
            UnusableInputError: The value was not written by this program.
        """
        try:
            document: dict[str, Any] = json.loads(text)
            slots = {slot: str(domain) for slot, domain in document["slots"].items() if slot in SLOTS}
            return cls(
                live=str(document["live"]),
                candidate=str(document["candidate"]),
                percentage=int(document["percentage"]),
                slots=slots,
                origin=str(document["origin"]),
                release=tuple(str(token) for token in document["release"]),
                fence=int(document["fence"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise UnusableInputError(
                "The edge's store holds a value that is no state of clerk-deploy.",
                next_step="see who wrote it (CloudTrail, UpdateKeys); a release writes it anew",
            ) from None
