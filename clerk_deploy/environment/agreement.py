"""Whether the values agree with each other and with the settings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from clerk_deploy.environment.contract import APP_URL, PUBLISHABLE_KEY, SECRET_KEY
from clerk_deploy.environment.keys import (
    InstanceType,
    PublishableKey,
    decode_publishable_key,
    secret_key_instance,
)
from clerk_deploy.environment.variable import Finding

if TYPE_CHECKING:
    from clerk_deploy.settings.models import EnvironmentSettings

INSTANCE_WORDS = {InstanceType.LIVE: "production", InstanceType.TEST: "development"}


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the settings say about values.

    Args:
        domains: Host names of the site.
        instance: The type of Clerk instance that the environment must use.
        satellite: The publishable key's domain need not hold the site's.
    """

    domains: tuple[str, ...]
    instance: InstanceType
    satellite: bool

    @classmethod
    def of(cls, settings: "EnvironmentSettings") -> "Rules":
        """The rules of an environment's settings."""
        return cls(
            domains=settings.domains, instance=settings.clerk.instance, satellite=settings.clerk.satellite
        )


def disagreements(values: Mapping[str, str], *, rules: Rules) -> Iterator[tuple[str, Finding]]:
    """Each variable that does not fit, with the reason.

    Args:
        values: Values that are right by themselves; a missing one is not compared.
        rules: What the settings say.
    """
    key = decode_publishable_key(values[PUBLISHABLE_KEY]) if PUBLISHABLE_KEY in values else None
    secret = secret_key_instance(values[SECRET_KEY]) if SECRET_KEY in values else None
    host = urlsplit(values[APP_URL]).hostname or "" if APP_URL in values else None
    if secret and (finding := _secret_key(secret, key, rules)):
        yield SECRET_KEY, finding
    if key and (finding := _publishable_key(key, rules)):
        yield PUBLISHABLE_KEY, finding
    if host is not None and (finding := _app_url(host, rules)):
        yield APP_URL, finding


def _secret_key(secret: InstanceType, key: PublishableKey | None, rules: Rules) -> Finding | None:
    if key and key.instance is not secret:
        return Finding(
            expected=f"it is a {secret} key and {PUBLISHABLE_KEY} a {key.instance} key: they must be of the "
            "same Clerk instance",
            next_step="copy both from the same instance in Clerk's dashboard",
        )
    return None if secret is rules.instance else _wrong_instance(secret, rules)


def _publishable_key(key: PublishableKey, rules: Rules) -> Finding | None:
    if key.instance is not rules.instance:
        return _wrong_instance(key.instance, rules)
    if key.instance is InstanceType.TEST:
        return None
    if any(domain.endswith(".vercel.app") for domain in rules.domains):
        return Finding(
            expected="Clerk refuses live keys on *.vercel.app",
            next_step="give the environment a domain of your own in cdk.json",
        )
    if rules.satellite or _holds(key.domain, rules.domains[0]):
        return None
    return Finding(
        expected=f"it belongs to {key.domain}, which does not hold the site's domain {rules.domains[0]}",
        next_step="copy the key of this site's Clerk instance; for a satellite domain or a proxy set "
        "clerk.satellite in cdk.json",
    )


def _app_url(host: str, rules: Rules) -> Finding | None:
    if host in rules.domains:
        return None
    return Finding(
        expected=f"its host must be {' or '.join(rules.domains)}, the site's domain in cdk.json",
        next_step=f"write https://{rules.domains[0]}, or correct `domain` in cdk.json",
    )


def _wrong_instance(found: InstanceType, rules: Rules) -> Finding:
    wanted = rules.instance
    return Finding(
        expected=f"it is a {found} key, and this environment uses Clerk's {INSTANCE_WORDS[wanted]} instance",
        next_step=f"copy the {wanted} key, or set clerk.instance to `{found}` in cdk.json",
    )


def _holds(domain: str, host: str) -> bool:
    return host == domain or host.endswith("." + domain)
