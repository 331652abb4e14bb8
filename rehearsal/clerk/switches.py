"""What can be changed about an instance while it runs: settings of a real one, and faults."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter

ProviderName = Literal["google", "facebook", "github"]


@dataclass(kw_only=True)
class Fault:
    """What is wrong with one of the two APIs.

    Args:
        down: Every request is answered with 503 and a body that is not JSON.
        hang: No request is answered until this is off again or the caller gives up.
        slow_seconds: Seconds that every answer takes longer.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    down: bool = False
    hang: bool = False
    slow_seconds: float = 0.0


@dataclass(kw_only=True)
class Behaviour:
    """An instance's settings, as its owner would choose them in the dashboard, and its faults.

    Args:
        token_ttl_seconds: Lifetime of a session token.
        token_version: Shape of the session token's organization claims.
        tenancy: Where the tenant comes from: the organization, or a custom claim `tenant` from the
            user's public metadata.
        organization_claims: Off: tokens carry no organization, as without an active one.
        last_active_token: Sign-in answers already carry a session token.
        native_api: The Native API is enabled.
        device_trust: Sign-in by password from a new client has to be confirmed.
        minimum_password_length: Characters.
        proxy_url: The proxy URL registered with the instance.
        social: Providers that are enabled.
        rate_limits: Off: load tests are not refused.
        backend_api: Faults of the Backend API.
        frontend_api: Faults of the Frontend API.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    token_ttl_seconds: int = 60
    token_version: Literal[1, 2] = 2
    tenancy: Literal["organization", "metadata"] = "organization"
    organization_claims: bool = True
    last_active_token: bool = True
    native_api: bool = True
    device_trust: bool = False
    minimum_password_length: int = 8
    proxy_url: str | None = None
    social: tuple[ProviderName, ...] = ("google", "facebook", "github")
    rate_limits: bool = True
    backend_api: Fault = field(default_factory=Fault)
    frontend_api: Fault = field(default_factory=Fault)


_BEHAVIOUR = TypeAdapter(Behaviour)


def change(behaviour: Behaviour, changes: Mapping[str, Any]) -> None:
    """Changes switches by name, in place, so that requests under way see it.

    Args:
        behaviour: What to change.
        changes: New values as JSON has them; an object of the changed fields for an API's faults.

    Raises:
        ValueError: An unknown name or a value of no use. Nothing is changed then.
    """
    merged = asdict(behaviour)
    for name, value in changes.items():
        both = isinstance(merged.get(name), dict) and isinstance(value, dict)
        merged[name] = {**merged[name], **value} if both else value
    wanted = _BEHAVIOUR.validate_json(json.dumps(merged), strict=True)
    for one in fields(Behaviour):
        value = getattr(wanted, one.name)
        if isinstance(value, Fault):
            present = getattr(behaviour, one.name)
            present.down, present.hang, present.slow_seconds = value.down, value.hang, value.slow_seconds
        else:
            setattr(behaviour, one.name, value)
