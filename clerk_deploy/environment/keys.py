"""What Clerk's keys say by themselves. Standard library only: it also runs in Lambda."""

import base64
import binascii
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
SECRET_KEY: Final = re.compile(r"sk_(live|test)_[A-Za-z0-9]{10,}")
"""The build searches its output for the same pattern: a key outside it could ship unnoticed."""


class InstanceType(StrEnum):
    """Which of an application's Clerk instances a key belongs to."""

    LIVE = "live"
    TEST = "test"


@dataclass(frozen=True, kw_only=True)
class PublishableKey:
    """A decoded publishable key.

    Args:
        instance: Production or development instance.
        host: The host of Clerk's Frontend API, such as clerk.yourapp.com.
    """

    instance: InstanceType
    host: str

    @property
    def domain(self) -> str:
        """The domain that Clerk serves: the host without its first label when something is left."""
        first, _, rest = self.host.partition(".")
        return rest if first and "." in rest else self.host


class MalformedKeyError(ValueError):
    """A key that Clerk cannot have made; the message says why and never holds the key."""


def decode_publishable_key(key: str) -> PublishableKey:
    """What a publishable key says.

    Args:
        key: `pk_live_` or `pk_test_` and the Base64 of the Frontend API's host and a `$`.

    Raises:
        MalformedKeyError: With the reason.
    """
    parts = key.split("_")
    if len(parts) != 3 or parts[0] != "pk" or parts[1] not in set(InstanceType):
        raise MalformedKeyError("it must be pk_live_ or pk_test_ and one more part without `_`")
    encoded = parts[2].rstrip("=")
    try:
        decoded = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise MalformedKeyError("its last part must be Base64: the key is cut off or mistyped") from None
    if decoded.count("$") != 1 or not decoded.endswith("$"):
        raise MalformedKeyError("its last part must decode to a host and one `$`: the key is cut off")
    host = decoded[:-1]
    if not HOST.fullmatch(host):
        raise MalformedKeyError("its last part must decode to a host name with a dot")
    return PublishableKey(instance=InstanceType(parts[1]), host=host)


def secret_key_instance(key: str) -> InstanceType | None:
    """The instance type of a secret key; None when it has not the shape of one."""
    match = SECRET_KEY.fullmatch(key)
    return InstanceType(match[1]) if match else None
