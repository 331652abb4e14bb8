"""What a vendor has: keys that it accepts, and what came."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from clerk_deploy.monitoring.export.vendors import Vendor
from rehearsal.monitor.delivery import Sample

KEYS: Final[Mapping[Vendor, str]] = {
    Vendor.DATADOG: "f" * 32,
    Vendor.NEW_RELIC: "f" * 36 + "NRAL",
}
"""The keys that the rehearsal's vendors accept; nobody's real ones."""


@dataclass(kw_only=True)
class Monitor:
    """One vendor's account.

    Args:
        vendor: Who it is.
        key: The one key that is accepted.
        answers: Statuses that the next deliveries get, before any is looked at.
        samples: All samples so far.
        deliveries: The deliveries so far, accepted or not: request id, status, and what was wrong.
    """

    vendor: Vendor
    key: str
    answers: deque[int] = field(default_factory=deque)
    samples: list[Sample] = field(default_factory=list)
    deliveries: list[tuple[str, int, str]] = field(default_factory=list)
