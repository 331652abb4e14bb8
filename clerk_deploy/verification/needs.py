"""What a check needs and the target lacks, in words that say how to supply it."""

from collections.abc import Callable
from typing import Final

from clerk_deploy.verification.context import Context
from clerk_deploy.verification.registry import Check, Need
from clerk_deploy.verification.which_app import is_client_side

LACKS: Final[dict[Need, tuple[Callable[[Context], bool], str]]] = {
    Need.HTTPS: (lambda c: c.target.is_https, "the address is not https"),
    Need.PUBLISHABLE_KEY: (
        lambda c: c.target.clerk_key is not None,
        "the publishable key is not known: push the environment, or give --env-file",
    ),
    Need.CLERK_SECRET: (
        lambda c: bool(c.target.clerk_secret_key),
        "Clerk's secret key cannot be read: it needs AWS credentials that may read the secrets",
    ),
    Need.SMOKE_USER: (
        lambda c: c.target.user is not None,
        "there is no smoke user of the deployment's tenant: `clerk-deploy smoke create`",
    ),
    Need.OTHER_TENANT_USER: (
        lambda c: c.target.other_user is not None,
        "there is no smoke user of another tenant: `clerk-deploy smoke create` makes both",
    ),
    Need.TENANT: (
        lambda c: bool(c.target.tenant),
        "the tenant is not known: push the environment, or give --env-file",
    ),
    Need.BACKEND: (
        lambda c: bool(c.target.api_base_url),
        "the backend's address is not known: push the environment, or give --env-file",
    ),
    Need.DNS: (
        lambda c: c.lookup is not None,
        "names are resolved by a proxy or by --resolve: set `verification.resolver` to ask a DNS server",
    ),
    Need.CLERK_CNAMES: (
        lambda c: bool(c.target.cnames),
        "the settings name no CNAMEs of Clerk: copy them from Clerk's Domains page to `clerk.cnames`",
    ),
    Need.SOCIAL: (lambda c: bool(c.target.social), "no social provider has a client id"),
    Need.SIGN_UP: (lambda c: c.target.sign_up, "it makes a user: asked for with --sign-up only"),
    Need.AWS: (
        lambda c: c.aws is not None and c.target.alarms is not None,
        "AWS is not asked: no environment with AWS credentials was named",
    ),
    Need.EARLIER_ASSETS: (
        lambda c: bool(c.target.earlier_assets),
        "no page from before a switch is known: a release verifies this",
    ),
    Need.ORIGINS: (lambda c: bool(c.target.origins), "the slots' own addresses are not known"),
    Need.BACKEND_SIGN_IN: (lambda c: not is_client_side(c), "client-side Clerk is live, the fallback"),
    Need.CLIENT_SIDE: (is_client_side, "users sign in by the app's own API, not at Clerk"),
}


def missing(check: Check, context: Context) -> str | None:
    """Why a check cannot be tried; None when it can.

    Args:
        check: The check.
        context: With the target.
    """
    for need in Need:
        if need in check.needs and not LACKS[need][0](context):
            return LACKS[need][1]
    return None
