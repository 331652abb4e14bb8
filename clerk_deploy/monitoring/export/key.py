"""The vendor's key that Firehose sends metrics with."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

from clerk_deploy.environment.push import Makers
from clerk_deploy.environment.store import Store
from clerk_deploy.errors import UnusableInputError
from clerk_deploy.monitoring.export.vendors import Vendor
from clerk_deploy.secret_value import SecretValue

LONGEST: Final = 4096
"""Firehose's limit of an access key, in bytes."""

_KEY: Final = re.compile(r"[!-~]{8,}")

NAMES: Final[Mapping[Vendor, str]] = {
    Vendor.DATADOG: "API key",
    Vendor.NEW_RELIC: "licence key (ingest)",
}

WHERE: Final[Mapping[Vendor, str]] = {
    Vendor.DATADOG: "make one under Organization Settings, API Keys",
    Vendor.NEW_RELIC: "make one under API keys, of the type Ingest - License",
}

_OTHERS: Final[Mapping[Vendor, Sequence[tuple[str, re.Pattern[str]]]]] = {
    Vendor.DATADOG: (
        ("an application key, which reads", re.compile(r"[0-9a-f]{40}|ddapp_\w+")),
        ("a client token, for browsers", re.compile(r"pub[0-9a-f]{32}")),
    ),
    Vendor.NEW_RELIC: (
        ("a user key, which reads", re.compile(r"NRAK-\w+")),
        ("a key for browsers", re.compile(r"NRJS-\w+")),
        ("an Insights key", re.compile(r"NRI[IQ]-\S+")),
    ),
}
"""Keys that the same pages show, and that a delivery is refused with."""


def monitor_key(text: str, *, vendor: Vendor) -> SecretValue:
    """A key that was typed or piped in.

    Args:
        text: With or without a line end.
        vendor: Whose key it should be.

    Raises:
        UnusableInputError: It cannot be such a key; it is not repeated.
    """
    key = text.strip()
    found = ""
    if not key:
        found = "nothing was given"
    elif not _KEY.fullmatch(key) or len(key) > LONGEST:
        found = "what was given is something else, or more than the key"
    for kind, shape in _OTHERS[vendor]:
        if shape.fullmatch(key):
            found = f"this is {kind}"
    if found:
        raise UnusableInputError(
            f"{vendor.brand}'s {NAMES[vendor]} is needed; {found}.", next_step=WHERE[vendor]
        )
    return SecretValue(key)


def connect_monitor(store: Store, key: SecretValue, *, vendor: Vendor, makers: Makers) -> bool:
    """Store the key in the shape that Firehose reads.

    Args:
        store: The environment's store.
        key: The key.
        vendor: Whose it is.
        makers: Where ids come from.

    Returns:
        Whether it was another one than stored.

    Raises:
        DeployError: Nothing is deployed, or AWS did not do it.

    Source: Amazon Data Firehose Developer Guide, Understand secrets.
    """
    text = json.dumps({"api_key": key.reveal()})
    return store.monitor(vendor).replace(text, version=makers.version_id())
